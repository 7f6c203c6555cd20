"""A hard stop just below the limit: the kernel refuses memory instead of killing for it.

RLIMIT_DATA counts writable address space, touched or not. As a limit for a whole probe it would be
wrong (a thread's stack counts 8 MiB and holds 40 kB), but for the last steps before a guard it is
what no polling can be: in time, always.
"""

from __future__ import annotations

import math
import sys

from stresstune.memory.ends import guard
from stresstune.memory.readings import sample

_MAX_UNTOUCHED_BYTES = 8 * 2**20
"""Heaps of several threads give pages back and keep the addresses: no limit on those stops them."""


class HardStop:
    """Holds one process back; its children are not held."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._allowed: int | None = None
        self.left_bytes = math.inf
        """What was left when it was set; without end where it is not."""

    @property
    def is_armed(self) -> bool:
        """Whether the process is held back now."""
        return self._allowed is not None

    def arm(self, room_bytes: int) -> bool:
        """Refuse the process more than this room; False where that cannot be done."""
        data_bytes = sample.quick_bytes(self._pid, data=True)
        untouched = data_bytes - sample.quick_bytes(self._pid)
        if data_bytes == 0 or untouched > _MAX_UNTOUCHED_BYTES:
            return False  # it could use so much more without asking
        left_bytes = room_bytes - guard.HARD_STOP_BYTES
        if self._set(data_bytes + left_bytes):
            self.left_bytes = left_bytes
            return True
        return False

    def lift(self) -> None:
        """Take the hard stop away."""
        if self.is_armed:
            self._set(None)
            self.left_bytes = math.inf

    def _set(self, allowed_bytes: int | None) -> bool:
        if sys.platform != "linux":
            return False
        import resource  # noqa: PLC0415 - not on every platform

        wanted = resource.RLIM_INFINITY if allowed_bytes is None else max(0, allowed_bytes)
        try:
            soft, hard = resource.prlimit(self._pid, resource.RLIMIT_DATA)
            if soft not in (resource.RLIM_INFINITY, self._allowed):
                return False  # it has a limit of its own, and that is watched as such
            resource.prlimit(self._pid, resource.RLIMIT_DATA, (wanted, hard))
        except (OSError, ValueError):
            return False
        self._allowed = allowed_bytes if allowed_bytes is None else wanted
        return True
