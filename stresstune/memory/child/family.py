"""Who belongs to the sessions' process, and whether one of them was killed."""

from __future__ import annotations

import signal
import time

from stresstune.memory.child import gone
from stresstune.memory.readings import sample
from stresstune.memory.readings.kernel_files import read_file

_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


class Family:
    """The sessions' process and its descendants, as of the latest look."""

    def __init__(self, pid: int) -> None:
        """Take a first look.

        Args:
            pid: The sessions' process.
        """
        self._pid = pid
        self._alive: set[int] = set()
        self._dead: set[int] = set()
        self.look()

    def look(self) -> None:
        """Note who is there now."""
        there = set(sample.tree(self._pid))
        self._alive = {pid for pid in there if sample.is_running(pid)}
        self._dead = there - self._alive

    def has_lost_one(self) -> bool:
        """Whether one of them is gone since the latest look, or lies there killed.

        Whoever is killed gives its memory back before it is gone, so this takes its time.
        """
        deadline = time.monotonic() + gone.GIVEN_BACK_SECONDS
        while not self._is_one_gone():
            if time.monotonic() >= deadline:
                return False
            time.sleep(gone.LOOK_SECONDS)
        return True

    def _is_one_gone(self) -> bool:
        if not all(map(sample.is_running, self._alive)):
            return True
        # One who came since then, and was killed at once, may still lie there.
        return any(map(_was_killed, set(sample.descendants(self._pid)) - self._dead))


def _was_killed(pid: int) -> bool:
    """Whether SIGKILL has ended a process that nobody has waited for yet."""
    try:
        # The name of the program, in brackets, may hold anything (proc(5)).
        fields = read_file(f"/proc/{pid}/stat").rpartition(b")")[2].split()
        return fields[0] == b"Z" and int(fields[49]) == _KILL
    except (OSError, IndexError, ValueError):
        return False
