"""The last that a process said on standard error."""

from __future__ import annotations

import contextlib
import os
import time
from typing import IO

_BYTES = 8192


class Tail:
    """Reads all and keeps the end."""

    def __init__(self) -> None:
        self._bytes = b""

    def take(self, stream: IO[bytes]) -> None:
        """Read until the end; however much is printed, nobody ever waits for us."""
        with contextlib.suppress(OSError, ValueError):
            while piece := os.read(stream.fileno(), 65536):
                self._bytes = (self._bytes + piece)[-_BYTES:]

    def lines(self, count: int, *, wait_seconds: float = 0.2) -> tuple[str, ...]:
        """Give the last lines that are not empty, at most so many."""
        deadline = time.monotonic() + wait_seconds
        while not self._bytes.strip() and time.monotonic() < deadline:
            time.sleep(0.005)  # another thread reads it
        lines = self._bytes.decode(errors="replace").split("\n")
        return tuple(line.strip() for line in lines if line.strip())[-count:]
