"""Notices a process that hangs."""

from __future__ import annotations

import time

from stresstune.memory import sample

_LOOK_SECONDS = 1.0


class Stall:
    """Notices a process that neither computes nor changes its memory."""

    def __init__(self, pid: int, stall_seconds: float) -> None:
        self._pid = pid
        self._stall_seconds = stall_seconds
        self._seen: tuple[float, int] | None = None
        self._since = self._looked = time.monotonic()

    def seconds(self) -> float:
        """Say for how long nothing has moved."""
        now = time.monotonic()
        if now - self._looked >= _LOOK_SECONDS:
            self._looked = now
            seen = sample.cpu_seconds(self._pid), sample.quick_bytes(self._pid)
            if seen != self._seen:
                self._seen, self._since = seen, now
        return now - self._since

    @property
    def reached(self) -> bool:
        """Whether it has been so for too long."""
        return self.seconds() >= self._stall_seconds
