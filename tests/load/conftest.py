from __future__ import annotations

import pytest

from tests import virtual_time


@pytest.fixture(params=virtual_time.BACKENDS)
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, object]]:
    """Everything under load/ holds on both backends; each test has a clock of its own."""
    return virtual_time.backend(request.param)
