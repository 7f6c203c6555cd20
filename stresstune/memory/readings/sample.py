"""Reads the memory of processes; the only user of psutil.

On Linux the files under /proc are read directly: they know page tables and high-water marks, and
cost a tenth. Elsewhere psutil gives what the system has.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped] # its stubs are a package of their own

from stresstune.memory.readings.kernel_files import kilobytes, read_file

_PROC = Path("/proc/self")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_KERNEL_STACK_BYTES = 16 * 1024
"""What the kernel charges for the stack of a thread (x86-64 and arm64)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Memory of a process tree at one moment.

    Attributes:
        rss_bytes: Resident, with shared pages counted once for each process.
        charged_bytes: What the kernel charges for these processes and cannot take back: anonymous
            and shared memory, swap, page tables, thread stacks.
        transient_bytes: High-water mark of the resident set since `reset_peaks`, less what is
            resident now; 0 where the system does not keep it.
        data_bytes: Largest writable address space of a process (what RLIMIT_DATA limits).
        shared_bytes: The part of it that is shared memory, which a group's ``shmem`` counts too.
        kernel_bytes: The part of it that a group's kernel memory counts too: page tables, stacks.
        pss_bytes: Resident, shared pages divided among those who share; None if not read.
        uss_bytes: Private to these processes; None if not read.
        swap_bytes: Swapped out.
        processes: How many there are.
    """

    rss_bytes: int
    charged_bytes: int
    transient_bytes: int = 0
    data_bytes: int = 0
    shared_bytes: int = 0
    kernel_bytes: int = 0
    pss_bytes: int | None = None
    uss_bytes: int | None = None
    swap_bytes: int = 0
    processes: int = 1

    @property
    def peak_bytes(self) -> int:
        """High-water mark of the resident set since `reset_peaks`."""
        return self.rss_bytes + self.transient_bytes


def read_tree(pid: int, *, exact: bool = True, itself: bool = True) -> Reading | None:
    """Read a process and all its descendants; None where they are gone.

    Args:
        pid: The first process.
        exact: Also read PSS and USS, which takes 17 ms for each GiB held. Trees of more than one
            process are always read so, since their resident sets cannot be added.
        itself: Count the first process too, and not its descendants only.
    """
    pids = tree(pid, itself=itself)
    exact = exact or len(pids) > 1
    readings = [reading for each in pids if (reading := _read_one(each, exact=exact))]
    return _add(readings) if readings else None


def read_process(pid: int, *, exact: bool = True) -> Reading | None:
    """Read one process, without its descendants; None where it is gone."""
    return _read_one(pid, exact=exact)


def tree(pid: int, *, itself: bool = True) -> tuple[int, ...]:
    """List a process and all its descendants, or these only."""
    return ((pid,) if itself else ()) + descendants(pid)


def quick_bytes(pid: int, *, data: bool = False) -> int:
    """Read in some microseconds what a process holds, shared memory not counted; 0 if gone.

    Args:
        pid: The process.
        data: Its writable address space instead of what is resident.
    """
    try:
        fields = read_file(f"/proc/{pid}/statm").split()
        pages = int(fields[5]) if data else int(fields[1]) - int(fields[2])
    except (OSError, IndexError, ValueError):
        reading = None if _PROC.is_dir() else _read_by_psutil(pid)
        return reading.charged_bytes if reading else 0
    return pages * _PAGE_BYTES


def quick_tree_bytes(pid: int, *, data: bool = False, itself: bool = True) -> int:
    """Read the same for a whole tree: the sum, or the largest writable address space."""
    each = [quick_bytes(one, data=data) for one in tree(pid, itself=itself)]
    return max(each, default=0) if data else sum(each)


def _add(readings: list[Reading]) -> Reading:
    def total(name: str) -> int:
        return sum(getattr(reading, name) or 0 for reading in readings)

    counted = all(reading.pss_bytes is not None for reading in readings)
    return Reading(
        rss_bytes=total("rss_bytes"),
        charged_bytes=total("charged_bytes"),
        transient_bytes=total("transient_bytes"),
        data_bytes=max(reading.data_bytes for reading in readings),
        shared_bytes=total("shared_bytes"),
        kernel_bytes=total("kernel_bytes"),
        pss_bytes=total("pss_bytes") if counted else None,
        uss_bytes=total("uss_bytes") if counted else None,
        swap_bytes=total("swap_bytes"),
        processes=len(readings),
    )


def _read_one(pid: int, *, exact: bool) -> Reading | None:
    status = kilobytes(f"/proc/{pid}/status")
    if "VmRSS" not in status:
        return _read_by_psutil(pid)
    rollup = kilobytes(f"/proc/{pid}/smaps_rollup") if exact else {}
    shared = rollup.get("Pss_Shmem", status.get("RssShmem", 0))
    swap = rollup.get("SwapPss", status.get("VmSwap", 0))
    stacks = status.get("Threads", 0) // 1024 * _KERNEL_STACK_BYTES
    kernel = status.get("VmPTE", 0) + stacks
    return Reading(
        rss_bytes=status["VmRSS"],
        charged_bytes=rollup.get("Pss_Anon", status.get("RssAnon", status["VmRSS"]))
        + shared
        + swap
        + kernel,
        transient_bytes=max(0, status.get("VmHWM", 0) - status["VmRSS"]),
        data_bytes=status.get("VmData", 0),
        shared_bytes=shared,
        kernel_bytes=kernel,
        pss_bytes=rollup.get("Pss"),
        uss_bytes=rollup["Private_Clean"] + rollup["Private_Dirty"] if rollup else None,
        swap_bytes=swap,
    )


def _read_by_psutil(pid: int) -> Reading | None:
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        memory = process.memory_full_info()
    except psutil.Error:
        return None
    uss = getattr(memory, "uss", memory.rss)
    pss = getattr(memory, "pss", None)
    return Reading(
        rss_bytes=memory.rss,
        charged_bytes=uss if pss is None else pss,
        pss_bytes=pss,
        uss_bytes=uss,
    )


def descendants(pid: int) -> tuple[int, ...]:
    """List the living descendants of a process, parents before children."""
    direct = _children(pid)
    if direct is None:
        try:
            return tuple(child.pid for child in psutil.Process(pid).children(recursive=True))
        except psutil.Error:
            return ()
    return tuple(each for child in direct for each in (child, *descendants(child)))


def _children(pid: int) -> list[int] | None:
    """Read the children of a process from /proc; None where the kernel does not list them."""
    tasks = f"/proc/{pid}/task"
    try:
        return [
            int(child)
            for task in os.listdir(tasks)  # noqa: PTH208 - a third of the time, for each look
            for child in read_file(f"{tasks}/{task}/children").split()
        ]
    except OSError:
        return None


def handle_count(pid: int) -> int:
    """Count the open files and the threads of a process, which have limits of their own.

    0 where the system does not tell, or the process is gone.
    """
    try:
        return sum(1 for name in ("fd", "task") for _ in Path(f"/proc/{pid}/{name}").iterdir())
    except OSError:
        return 0


def reset_peaks(pid: int) -> None:
    """Begin a new high-water mark for a process and its descendants (proc(5), clear_refs)."""
    for each in (pid, *descendants(pid)):
        with contextlib.suppress(OSError):
            Path(f"/proc/{each}/clear_refs").write_text("5")


def take_peak(pid: int) -> int:
    """Give the most that a process held since this was last asked, in bytes that are charged.

    Its descendants are not counted; 0 if it is gone.
    """
    try:
        status = kilobytes(f"/proc/{pid}/status")
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    except OSError:
        return 0
    # File pages can go; page tables cannot.
    return max(0, status.get("VmHWM", 0) - status.get("RssFile", 0) + status.get("VmPTE", 0))


def start_time(pid: int) -> str:
    """Name the moment at which a process began; with its number it is unique. "" if gone."""
    try:
        # The name of the program, in brackets, may hold anything (proc(5)).
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[19]
    except OSError:
        with contextlib.suppress(psutil.Error):
            return str(psutil.Process(pid).create_time())
        return ""


def is_running(pid: int) -> bool:
    """Say whether a process is there and has not ended.

    A zombie holds no memory, unless it is the first of several threads and others are not through.
    """
    try:
        process = psutil.Process(pid)
        return bool(process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1)
    except psutil.Error:
        return False


def environment_values(name: str) -> Iterator[tuple[int, str]]:
    """Give a variable's value in each process of this user that has it and lets itself be read."""
    start = b"\0" + name.encode() + b"="
    for pid in psutil.pids():
        if pid == os.getpid():
            continue
        try:
            variables = b"\0" + read_file(f"/proc/{pid}/environ")
        except OSError:
            yield from () if _PROC.is_dir() else _environment_by_psutil(pid, name)
            continue
        _, found, rest = variables.partition(start)
        if found:
            yield pid, rest.partition(b"\0")[0].decode(errors="replace")


def _environment_by_psutil(pid: int, name: str) -> Iterator[tuple[int, str]]:
    with contextlib.suppress(psutil.Error, OSError):
        value = psutil.Process(pid).environ().get(name)
        if value is not None:
            yield pid, value


def command_line(pid: int) -> str:
    """Give a process's command line, or ""."""
    with contextlib.suppress(psutil.Error, OSError):
        return " ".join(psutil.Process(pid).cmdline())
    return ""


def cpu_seconds_of(pid: int) -> float:
    """Give the CPU time that a process has used, in seconds; 0 where it is gone."""
    try:
        # The name of the program, in brackets, may hold anything (proc(5)).
        user, system = read_file(f"/proc/{pid}/stat").rpartition(b")")[2].split()[11:13]
    except (OSError, ValueError):
        with contextlib.suppress(psutil.Error):
            times = psutil.Process(pid).cpu_times()
            return float(times.user + times.system)
        return 0.0
    return (int(user) + int(system)) / _TICKS_PER_SECOND


def host_memory() -> tuple[int | None, int]:
    """Read the host's memory and what is available of it, in bytes."""
    memory = psutil.virtual_memory()
    return memory.total, memory.available
