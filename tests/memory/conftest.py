"""What the tests of the memory room share: small trees, real control groups, session factories."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

FACTORIES = Path(__file__).parent / "factories"
V1_MEMORY = Path("/sys/fs/cgroup/memory")


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """The asynchronous twin promises both."""
    return request.param


@pytest.fixture(autouse=True)
def _no_stated_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STRESSTUNE_MEMORY_LIMIT", raising=False)


@pytest.fixture
def factories(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the factories of these tests importable, here and in the sessions' process."""
    monkeypatch.syspath_prepend(str(FACTORIES))
    return FACTORIES


class RealGroup:
    """A cgroup v1 memory group that is there as long as the test."""

    def __init__(self, limit_bytes: int) -> None:
        self.folder = V1_MEMORY / f"stresstune-test-{os.getpid()}-{time.monotonic_ns()}"
        self.folder.mkdir()
        (self.folder / "memory.limit_in_bytes").write_text(str(limit_bytes))

    def enter(self) -> None:
        """Move the calling process in; for ``preexec_fn``."""
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))

    @property
    def kills(self) -> int:
        lines = (self.folder / "memory.oom_control").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))

    @property
    def pids(self) -> list[int]:
        return [int(pid) for pid in (self.folder / "cgroup.procs").read_text().split()]

    def remove(self) -> None:
        for _ in range(100):
            with contextlib.suppress(OSError):
                self.folder.rmdir()
                return
            time.sleep(0.05)
        raise AssertionError(f"{self.folder} is still in use by {self.pids}")


@pytest.fixture
def real_group() -> Iterator[type[RealGroup]]:
    """Make real memory groups; skips where this machine does not allow it."""
    made: list[RealGroup] = []

    def make(limit_bytes: int) -> RealGroup:
        made.append(RealGroup(limit_bytes))
        return made[-1]

    if not (V1_MEMORY / "cgroup.procs").exists() or not os.access(V1_MEMORY, os.W_OK):
        pytest.skip("no writable cgroup v1 memory controller here (needs root)")
    yield make
    for group in made:
        group.remove()
