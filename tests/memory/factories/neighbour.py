"""Somebody else in the control group, who takes more and more memory that no process seems to hold.

``python neighbour.py KIND``: prints a line when it has begun, ends with its input.
"""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
import tempfile
import threading

MB = 10**6
PIECE = bytes(2 * MB)


def file() -> object:
    """A file in memory, as programs pass each other."""
    kept = os.memfd_create("neighbour")
    os.write(kept, PIECE)
    return kept


def browser() -> object:
    """A file that has lost its name, and that two processes map."""
    with tempfile.TemporaryFile(dir="/dev/shm") as kept:
        kept.write(PIECE)
        kept.flush()
        mapped = mmap.mmap(kept.fileno(), len(PIECE))
    mapped[:] = PIECE
    return mapped


def shared() -> object:
    """A piece that processes share from their beginning, as databases do."""
    kept = mmap.mmap(-1, len(PIECE))
    kept.write(PIECE)
    return kept


def processes() -> object:
    """Processes, with their tables and stacks."""
    return [subprocess.Popen(["sleep", "1000"]) for _ in range(2)]


def main() -> None:
    make, kept, ended = globals()[sys.argv[1]], [], threading.Event()

    def work() -> None:
        while len(kept) < 150 and not ended.is_set():
            kept.append(make())
            print("up", flush=True) if len(kept) == 1 else ended.wait(0.05)

    worker = threading.Thread(target=work)
    worker.start()
    sys.stdin.read()
    ended.set()
    worker.join()  # what it began just now is ended as well
    for each in kept:
        for process in each if isinstance(each, list) else ():
            process.kill()


if __name__ == "__main__":
    main()
