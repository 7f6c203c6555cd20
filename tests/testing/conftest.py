from __future__ import annotations

import pytest

from tests import virtual_time


@pytest.fixture(params=virtual_time.BACKENDS)
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, object]]:
    """What users are given for their own tests holds on both backends."""
    return virtual_time.backend(request.param)
