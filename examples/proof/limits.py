"""A real limit on memory: a control group, or RLIMIT_DATA where none can be made."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_V1 = Path("/sys/fs/cgroup/memory")


@dataclass(frozen=True)
class Cell:
    """Where processes run that may not use more memory than so much.

    Attributes:
        what: The limit in words.
        prefix: What stands in front of a command, so that it runs inside.
        folder: The control group, or None.
    """

    what: str
    prefix: tuple[str, ...]
    folder: Path | None

    def kills(self) -> int:
        """Return how many processes the kernel has killed here."""
        if self.folder is None:
            return 0
        words = (self.folder / "memory.oom_control").read_text().split()
        return int(words[words.index("oom_kill") + 1])


@contextmanager
def cell(name: str, limit_bytes: int) -> Iterator[Cell]:
    """Make a limit, and take it away again."""
    folder = _V1 / f"stresstune-proof-{os.getpid()}-{name}"
    try:
        folder.mkdir()
    except OSError as error:
        kib = limit_bytes // 1024
        words = ("sh", "-c", f'ulimit -d {kib}; exec "$@"', "sh")
        yield Cell(f"RLIMIT_DATA for each process (no control group: {error})", words, None)
        return
    try:
        (folder / "memory.limit_in_bytes").write_text(str(limit_bytes))
        words = ("sh", "-c", f'echo $$ > "{folder}/cgroup.procs"; exec "$@"', "sh")
        yield Cell("cgroup v1", words, folder)
    finally:
        _remove(folder)


def _remove(folder: Path, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            folder.rmdir()
        except OSError:  # its last process is still going
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
