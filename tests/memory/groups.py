"""Real control groups, in which the kernel really kills."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

V1_MEMORY = Path("/sys/fs/cgroup/memory")
NO_GROUPS = "no writable cgroup v1 memory controller here (it needs root)"


def can_make_groups() -> bool:
    return (V1_MEMORY / "cgroup.procs").exists() and os.access(V1_MEMORY, os.W_OK)


class RealGroup:
    """A cgroup v1 memory group that is there as long as the test."""

    def __init__(self, limit_bytes: int) -> None:
        self.folder = V1_MEMORY / f"stresstune-test-{os.getpid()}-{time.monotonic_ns()}"
        self.folder.mkdir()
        (self.folder / "memory.limit_in_bytes").write_text(str(limit_bytes))

    def inside(self, *command: object) -> list[str]:
        """Make a command run in this group from its first instruction on."""
        enter = 'echo $$ > "$0" && exec "$@"'
        return ["/bin/sh", "-c", enter, f"{self.folder}/cgroup.procs", *map(str, command)]

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
