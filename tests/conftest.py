"""Fixtures that every room uses."""

from __future__ import annotations

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio; rooms that promise both backends override this."""
    return "asyncio"
