"""A real limit on memory: a control group, or RLIMIT_DATA where none can be made."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

MOUNT = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Cell:
    """Where processes run that may not use more memory than so much.

    Attributes:
        what: The limit in words.
        prefix: What stands in front of a command, so that it runs inside.
        folder: The control group, or None.
        counter: Its file that counts the kernel's kills, or None.
    """

    what: str
    prefix: tuple[str, ...]
    folder: Path | None = None
    counter: Path | None = None

    def kills(self) -> int:
        """Return how many processes the kernel has killed here."""
        if self.counter is None:
            return 0
        words = self.counter.read_text().split()
        return int(words[words.index("oom_kill") + 1])


@contextmanager
def cell(name: str, limit_bytes: int, mount: Path = MOUNT) -> Iterator[Cell]:
    """Make a limit, and take it away again."""
    try:
        made = _group(f"stresstune-proof-{os.getpid()}-{name}", limit_bytes, mount)
    except OSError as error:
        words = ("sh", "-c", f'ulimit -d {limit_bytes // 1024}; exec "$@"', "sh")
        yield Cell(f"RLIMIT_DATA for each process (no control group: {error})", words)
        return
    try:
        yield made
    finally:
        assert made.folder is not None
        _remove(made.folder)


def _group(name: str, limit_bytes: int, mount: Path) -> Cell:
    """Make a control group of its own, v2 or v1, whichever this machine has.

    Raises:
        OSError: It cannot be made, or not limited.
    """
    is_v2 = (mount / "cgroup.controllers").exists()
    folder = mount / name if is_v2 else mount / "memory" / name
    folder.mkdir()
    try:
        (folder / ("memory.max" if is_v2 else "memory.limit_in_bytes")).write_text(str(limit_bytes))
    except OSError:
        folder.rmdir()
        raise
    if is_v2:
        with suppress(OSError):  # there is none without swap
            (folder / "memory.swap.max").write_text("0")
    return Cell(
        "cgroup v2" if is_v2 else "cgroup v1",
        ("sh", "-c", f'echo $$ > "{folder}/cgroup.procs"; exec "$@"', "sh"),
        folder,
        folder / ("memory.events" if is_v2 else "memory.oom_control"),
    )


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
