from __future__ import annotations

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """The engine is asyncio's; what is pure of it is tried in virtual time, on trio."""
    return "asyncio"
