"""What processes hold of the memory that a control group is charged for beside their own pages.

Files in memory (tmpfs, memfd) are charged to whoever wrote them, and are no process's resident set
until they are mapped; page tables and stacks are the kernel's. Whose they are shows in /proc only.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from stresstune.memory.readings import sample

_BLOCK_BYTES = 512
"""What ``st_blocks`` counts in, whatever the file system's own block is (stat(2))."""

_File = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Holdings:
    """What some processes hold, each piece counted once.

    Attributes:
        mapped_bytes: Shared memory that they have mapped, divided among those who share it.
        open_bytes: Files in memory that they have open, and not mapped.
        kernel_bytes: Their page tables and the stacks of their threads.
    """

    mapped_bytes: int = 0
    open_bytes: int = 0
    kernel_bytes: int = 0

    @property
    def shared_bytes(self) -> int:
        """All of a group's ``shmem`` that is theirs for certain."""
        return self.mapped_bytes + self.open_bytes


def open_bytes(pids: Collection[int]) -> int:
    """Add up the files in memory that processes have open, and not mapped."""
    files = {file: size for pid in pids for file, size in _open_files(pid)}
    if not files:
        return 0
    mapped = {file for pid in pids for file in _mapped_files(pid)}
    return sum(size for file, size in files.items() if file not in mapped)


def holdings(pids: Collection[int]) -> Holdings:
    """Read what processes hold; those that are gone hold nothing.

    >>> import os
    >>> file = os.memfd_create("seen")
    >>> before = holdings([os.getpid()]).open_bytes
    >>> os.write(file, bytes(1_048_576))
    1048576
    >>> holdings([os.getpid()]).open_bytes - before
    1048576
    >>> os.close(file)
    """
    readings = [reading for pid in pids if (reading := _read(pid))]
    return Holdings(
        mapped_bytes=sum(each.shared_bytes for each in readings),
        open_bytes=open_bytes(pids),
        kernel_bytes=sum(each.kernel_bytes for each in readings),
    )


def _read(pid: int) -> sample.Reading | None:
    """Read one process; the slow way, which divides what is shared, only where something is."""
    quick = sample.read_process(pid, exact=False)
    return sample.read_process(pid) if quick and quick.shared_bytes else quick


def _open_files(pid: int) -> Iterator[tuple[_File, int]]:
    with contextlib.suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                seen = os.stat(descriptor)  # noqa: PTH116 - a third of the time, for each of many
                if stat.S_ISREG(seen.st_mode) and seen.st_dev in _devices():
                    yield (seen.st_dev, seen.st_ino), seen.st_blocks * _BLOCK_BYTES


def _mapped_files(pid: int) -> Iterator[_File]:
    with contextlib.suppress(OSError), Path(f"/proc/{pid}/maps").open(errors="replace") as lines:
        for line in lines:
            _, _, _, device, number = line.split(None, 5)[:5]
            if number != "0":
                major, _, minor = device.partition(":")
                yield os.makedev(int(major, 16), int(minor, 16)), int(number)


@cache
def _devices() -> frozenset[int]:
    """Number the file systems that live in memory: those mounted, and the kernel's own."""
    found = set()
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_text(errors="replace").splitlines():
            before, _, after = line.partition(" - ")
            if after.partition(" ")[0] == "tmpfs":
                major, _, minor = before.split()[2].partition(":")
                found.add(os.makedev(int(major), int(minor)))
    with contextlib.suppress(OSError, AttributeError):
        file = os.memfd_create("stresstune")
        found.add(os.fstat(file).st_dev)
        os.close(file)
    return frozenset(found)
