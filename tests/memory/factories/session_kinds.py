# ruff: noqa: PLW0603 - a factory has nothing but its module to count with
"""Sessions of many kinds, for the sacrificial process: good ones and bad ones."""

from __future__ import annotations

import contextlib
import mmap
import os
import random
import socket
import subprocess
import sys
import time
from pathlib import Path

MB = 10**6
_random = random.Random(7)
_count = 0
_model: bytearray | None = None
_registry: list[bytearray] = []


def noise(size: int) -> bytearray:
    block = os.urandom(min(size, MB))
    made = bytearray(size)
    for at in range(0, size, len(block)):
        made[at : at + len(block)] = block[: size - at]
    return made


def equal() -> object:
    return noise(20 * MB)


def tiny() -> object:
    return noise(60_000)


def small_objects() -> object:
    return {f"key {n}": [n, str(n), (n, n + 1)] for n in range(40_000)}


def unequal() -> object:
    return noise(int(_random.lognormvariate(2.5, 0.7) * MB))


def growing() -> object:
    global _count
    _count += 1
    return noise(10 * MB + _count * MB)


def shared_model() -> object:
    global _model
    if _model is None:
        _model = noise(100 * MB)
    return (_model, noise(10 * MB))


def short_peak() -> object:
    kept = noise(8 * MB)
    noise(40 * MB)
    return kept


def base64_text() -> object:
    from base64 import b64encode

    pictures = [noise(_random.randrange(60_000, 900_000)) for _ in range(30)]
    return [b64encode(picture).decode() for picture in pictures]


def in_shared_memory() -> object:
    """Memory that no process maps: a file in tmpfs, already unlinked."""
    file = os.memfd_create("session")
    os.write(file, noise(20 * MB))
    return file


def in_a_closed_file() -> object:
    """A named file in tmpfs that nobody has open: its folder comes by the environment."""
    path = Path(os.environ["SESSIONS_FOLDER"]) / f"{os.getpid()}-{time.monotonic_ns()}"
    path.write_bytes(noise(20 * MB))
    return path


def at_full_speed() -> object:
    """All of its pages by one system call, which lets nobody look at them meanwhile."""
    pages = mmap.mmap(-1, 64 * MB, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    pages.madvise(23)  # MADV_POPULATE_WRITE
    return pages


def in_named_shared_memory() -> object:
    from multiprocessing.shared_memory import SharedMemory

    name = f"{os.environ['SESSIONS_FOLDER']}-{os.getpid()}-{time.monotonic_ns()}"
    memory = SharedMemory(name, create=True, size=20 * MB)
    memory.buf[: 20 * MB] = noise(20 * MB)
    return memory


def in_socket_buffers() -> object:
    """Bytes on their way, in the kernel's memory."""
    pairs = [socket.socketpair() for _ in range(20)]
    for here, _there in pairs:
        here.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while here.send(b"x" * 16384):
                pass
    return pairs


def nothing() -> None:
    return None


def the_same() -> object:
    return _random


def next_to_nothing() -> object:
    return object()


def keeps_it_in_the_module() -> None:
    _registry.append(noise(5 * MB))


def never_awaited() -> object:
    return asynchronous()


def never_run() -> object:
    return (noise(MB) for _ in range(3))


def raises() -> object:
    raise RuntimeError("no camera\nfound")


def raises_later() -> object:
    global _count
    _count += 1
    if _count > 3:
        raise RuntimeError("no more cameras")
    return noise(MB)


def fails_in_the_second_process() -> object:
    """Which process this is stands in a folder that comes by the environment."""
    mine = Path(os.environ["SESSIONS_FOLDER"]) / str(os.getpid())
    mine.touch()
    if len(list(mine.parent.iterdir())) == 2:
        raise RuntimeError("no second camera")
    return noise(20 * MB)


def hangs() -> object:
    time.sleep(3600)
    return None


def _touched(size_bytes: int) -> bytearray:
    return bytearray(b"x") * size_bytes


def reports_now_and_then() -> object:
    """Each 12th session makes a report of the others, of another size than anything before."""
    global _count
    _count += 1
    for needed_mb in [40, 180] if _count % 12 == 0 else [40]:
        _touched(needed_mb * MB)
    return _touched(8 * MB)


def report_at_once() -> object:
    """The 20th touches a large piece at once; before, 80 MB are needed for a moment."""
    global _count
    _count += 1
    kept = _touched(12 * MB)
    for needed_mb in [80, 300] if _count == 20 else [80]:
        _touched(needed_mb * MB)
    return kept


def reserves() -> object:
    """Each holds addresses that it never uses."""
    return [mmap.mmap(-1, 200 * MB, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS), noise(5 * MB)]


def hangs_later() -> object:
    global _count
    _count += 1
    if _count > 3:
        time.sleep(3600)
    return noise(5 * MB)


def exits() -> object:
    sys.exit(3)


def vanishes() -> object:
    print("I leave", file=sys.stderr, flush=True)
    os._exit(4)


def forks() -> object:
    """Leave a process behind for each session, in a session of its own."""
    pid = os.fork()
    if pid == 0:
        os.setsid()
        kept = noise(5 * MB)
        time.sleep(3600)
        os._exit(len(kept) % 2)
    return noise(5 * MB)


def forks_and_returns_twice() -> object:
    os.fork()
    return noise(MB)


def starts_a_program() -> object:
    return subprocess.Popen(["sleep", "3600"], start_new_session=True)


def prints_megabytes() -> object:
    for _ in range(40):
        print("x" * 100_000)
        print("y" * 100_000, file=sys.stderr)
    return noise(MB)


def allocates_everything() -> object:
    kept = []
    while True:
        kept.append(noise(8 * MB))


def fills_at_full_speed() -> object:
    """Fresh pages as fast as the kernel gives them."""
    kept = []
    while True:
        piece = mmap.mmap(-1, 64 * MB)
        piece.madvise(mmap.MADV_POPULATE_WRITE if hasattr(mmap, "MADV_POPULATE_WRITE") else 23)
        kept.append(piece)


def out_of_memory() -> object:
    raise MemoryError


async def asynchronous() -> object:
    return None


not_callable = 3


class Factories:
    @staticmethod
    def method() -> object:
        return noise(MB)


def loses_the_third() -> object:
    """A process of its own, of which the third is killed at once."""
    global _count
    _count += 1
    kept = subprocess.Popen(["sleep", "1000"])
    if _count == 3:
        kept.kill()
    return kept
