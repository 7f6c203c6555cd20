"""Notices a process that hangs."""

from __future__ import annotations

import math
import time

from stresstune.memory.readings import sample

_LOOK_SECONDS = 1.0

_IDLE_RATIO = 0.02
"""A server that waits looks ten times a second at its clock: up to so much of a processor."""


class Stall:
    """Notices a process that, with all that it started, neither computes nor changes its memory."""

    def __init__(self, pid: int, stall_seconds: float) -> None:
        self._pid = pid
        self._stall_seconds = stall_seconds
        self._cpu_seconds, self._bytes = -math.inf, 0
        self._since = self._looked = time.monotonic()

    def seconds(self) -> float:
        """Say for how long nothing has moved."""
        now = time.monotonic()
        if now - self._looked >= _LOOK_SECONDS:
            if self._moved(now - self._looked):
                self._since = now
            self._looked = now
        return now - self._since

    def _moved(self, seconds: float) -> bool:
        """Whether it has computed or changed its memory since the latest look."""
        before = self._cpu_seconds, self._bytes
        pids = sample.tree(self._pid)
        self._cpu_seconds = sum(map(sample.cpu_seconds_of, pids))
        self._bytes = sum(map(sample.quick_bytes, pids))
        idle_seconds = _IDLE_RATIO * seconds * len(pids)
        return self._bytes != before[1] or self._cpu_seconds - before[0] > idle_seconds

    @property
    def reached(self) -> bool:
        """Whether it has been so for too long."""
        return self.seconds() >= self._stall_seconds
