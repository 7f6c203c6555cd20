"""What the tests of the memory room share: small trees, real control groups, session factories."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.memory.groups import NO_GROUPS, RealGroup, can_make_groups

FACTORIES = Path(__file__).parent / "factories"


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """The asynchronous twin promises both."""
    return request.param


@pytest.fixture(autouse=True)
def _no_stated_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STRESSTUNE_MEMORY_LIMIT", raising=False)


@pytest.fixture(autouse=True)
def _only_what_is_meant_is_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coverage's own memory in the measured processes would be counted with theirs."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    monkeypatch.delenv("COVERAGE_PROCESS_START", raising=False)


@pytest.fixture
def factories(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the factories of these tests importable, here and in the sessions' process."""
    monkeypatch.syspath_prepend(str(FACTORIES))
    return FACTORIES


@pytest.fixture
def real_group() -> Iterator[type[RealGroup]]:
    """Make real memory groups; skips where this machine does not allow it."""
    made: list[RealGroup] = []

    def make(limit_bytes: int) -> RealGroup:
        made.append(RealGroup(limit_bytes))
        return made[-1]

    if not can_make_groups():
        pytest.skip(NO_GROUPS)
    yield make
    for group in made:
        group.remove()
