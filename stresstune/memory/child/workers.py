"""The processes of an app: which were visited, and which ended with the sessions that they held."""

from __future__ import annotations

import re
from typing import NamedTuple

from stresstune.memory.readings import sample

_LEAST_BYTES = 512 * 1024
"""A process that grew by less while sessions came has held none: it only helped for a moment."""

_NUMBERS = re.compile(r"\d+")
"""Workers of the same kind are told which one they are by a number."""


class Visits(NamedTuple):
    """Who of an app's processes holds sessions.

    Attributes:
        visited: So many do.
        awaited: So many are like these, and hold none yet.
    """

    visited: int = 0
    awaited: int = 0


class Workers:
    """Looks at them after each step; whoever supervises them is none of them."""

    def __init__(self) -> None:
        self._first_bytes: dict[int, int] = {}
        self._bytes: dict[int, int] = {}
        self._kinds: dict[int, str] = {}
        self.visits = Visits()

    def lost(self, client: int) -> str:
        """Look at an app's processes, and say who ended since the latest look; "" if nobody did.

        Another may have come in its place. And `visits` are as of this look.

        Args:
            client: The process whose descendants they are.
        """
        before = self._bytes
        pids = sample.descendants(client)
        self._bytes = {pid: size for pid in pids if (size := sample.quick_bytes(pid))}
        self._first_bytes = {**self._bytes, **self._first_bytes}
        self.visits = self._look_for_visits()
        for pid in before.keys() - self._bytes.keys():
            if self._has_grown(pid, before[pid]):
                return (
                    f"process {pid} of the app ended, and the sessions that it held with it; "
                    "is it replaced after a number of requests?"
                )
        return ""

    def _has_grown(self, pid: int, size_bytes: int) -> bool:
        return size_bytes - self._first_bytes[pid] >= _LEAST_BYTES

    def _look_for_visits(self) -> Visits:
        visited = {pid for pid, size in self._bytes.items() if self._has_grown(pid, size)}
        if len(self._bytes) == 1:
            return Visits(len(visited))
        kinds = {self._kind(pid) for pid in visited}
        alike = [
            pid
            for pid in self._bytes.keys() - visited
            if self._kind(pid) in kinds and not visited.intersection(sample.descendants(pid))
        ]
        return Visits(len(visited), len(alike))

    def _kind(self, pid: int) -> str:
        if pid not in self._kinds:
            self._kinds[pid] = _NUMBERS.sub("", sample.command_line(pid))
        return self._kinds[pid]
