"""Watches the ends of memory: what is used inside each, what others hold there, what is left."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Self

from stresstune.memory.ends import guard
from stresstune.memory.ends.limits import Ceiling, read_host, survey
from stresstune.memory.readings import cgroup, sample
from stresstune.memory.readings.cgroup import Group
from stresstune.memory.readings.passing import Passing
from stresstune.memory.readings.sample import Reading

_FEW_OTHERS = 4


@dataclass(frozen=True, slots=True)
class Boundary:
    """One end of memory, and what is used inside it by those who are not part of the probe.

    Attributes:
        ceiling: Which end.
        others_bytes: What others hold there: neither the caller nor the sessions' process. On a
            machine that is only reckoned with, and under a limit for each process, there is nobody.
    """

    ceiling: Ceiling
    others_bytes: int

    @property
    def room_bytes(self) -> int:
        """What the app can have, its own interpreter included."""
        return max(0, self.ceiling.limit_bytes - self.others_bytes)

    def brought_nearer_by(self, standing_by_bytes: int) -> int:
        """Tell how much nearer the guard is because of who stands by; see `Ledger`."""
        return 0 if self.ceiling.kind in ("modelled", "data") else standing_by_bytes

    def measure(self, reading: Reading) -> int:
        """Tell what of a reading counts against this end."""
        return reading.data_bytes if self.ceiling.kind == "data" else reading.charged_bytes


def look_around(
    ceilings: Iterable[Ceiling], own: Collection[int] | None = None
) -> tuple[Boundary, ...]:
    """Measure what others hold inside each end.

    Args:
        ceilings: The ends.
        own: Processes that are no others; by default the calling one, which is to be asked before
            it has started any.
    """
    pids = {os.getpid()} if own is None else set(own)
    own_bytes = stated_bytes(pids)
    return tuple(Boundary(each, _others_bytes(each, own_bytes, pids)) for each in ceilings)


def others_bytes() -> int:
    """Measure what others hold inside the end of memory that is nearest here, in bytes."""
    around = look_around(survey().ceilings)
    return min(around, key=lambda each: each.room_bytes).others_bytes if around else 0


def _others_bytes(ceiling: Ceiling, own_bytes: int, own: set[int]) -> int:
    if ceiling.kind in ("modelled", "data"):
        return 0
    held = held_bytes(ceiling)
    # The caller may have been moved into the group after its memory was charged elsewhere; what
    # the others say for themselves is then the truer number, up to the whole charge.
    stated = stated_by_others(ceiling.group, own) if ceiling.group else 0
    return max(0, held - own_bytes, min(held, stated))


def held_bytes(ceiling: Ceiling) -> int:
    """Read what is held inside a real end and cannot be taken back, by anybody, in bytes."""
    if ceiling.kind == "host":
        total, available = read_host()
        return max(0, (total or 0) - available)
    usage = cgroup.read_usage(ceiling.group) if ceiling.group else None
    return usage.held_bytes if usage else 0


def is_quiet(group: Group | None) -> bool:
    """Tell whether hardly anybody but the calling process is in a group."""
    others = cgroup.pids_in(group) - {os.getpid()} if group else set()
    return len(others) <= _FEW_OTHERS


def stated_by_others(group: Group, own: Collection[int]) -> int:
    """Sum up what all but these processes say that they hold in a group, in bytes."""
    return stated_bytes(cgroup.pids_in(group) - set(own) - {0})


def with_more_of_others(boundaries: Iterable[Boundary], more_bytes: int) -> tuple[Boundary, ...]:
    """Let others hold so much more inside each end that they share."""
    return tuple(
        replace(each, others_bytes=each.others_bytes + max(0, more_bytes))
        if each.ceiling.group
        else each
        for each in boundaries
    )


def stated_bytes(pids: Collection[int]) -> int:
    """Sum up what processes say that they hold themselves."""
    return sum(each.charged_bytes for pid in pids if (each := sample.read_process(pid)))


@dataclass(slots=True)
class _Room:
    """What was left before a guard at the latest look, and when the next one is due."""

    boundary: Boundary
    bytes: int = 0
    due: float = 0.0


class Watch:
    """Looks, every few milliseconds, how much room is left before the nearest guard.

    A look costs some 10 µs: one number from an open file. Only where that says that the guard is
    near, the page cache that can go is counted out.
    """

    def __init__(
        self,
        boundaries: tuple[Boundary, ...],
        group: Group | None = None,
        *,
        unguarded: bool = False,
        itself: bool = True,
    ) -> None:
        """Prepare to watch.

        Args:
            boundaries: The ends.
            group: The nearest control group, which sees who comes and goes.
            unguarded: Do not stop anybody.
            itself: The watched process counts, and not its descendants only.
        """
        self._boundaries = boundaries
        self._itself = itself
        self._unguarded = unguarded
        self._files: dict[str, int] = {}
        self._rooms = [_Room(boundary) for boundary in boundaries]
        self._due, self._nearest = 0.0, 0
        self.passing = Passing(group)
        self.armed = False
        """A hard stop is set as well, so that the guard may stand nearer to the limit."""

    def __enter__(self) -> Self:
        for boundary in self._boundaries:
            path = _counter(boundary.ceiling)
            if path is not None and path not in self._files:
                with contextlib.suppress(OSError):
                    self._files[path] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in self._files.values():
            os.close(descriptor)
        self._files.clear()

    def room_above_guard(self, pid: int, *, exact: bool = False) -> int:
        """Give the bytes left before the nearest guard; 0 or less means stop.

        Args:
            pid: The sessions' process.
            exact: Count out the page cache that can go, however much room there seems to be.
        """
        if self._unguarded or not self._boundaries:
            self._due = math.inf
            return 2**62
        now = time.monotonic()
        if exact or now >= self._due:
            for each in self._rooms:
                self._look(each, pid, now, exact=exact)
            self._nearest = min(each.bytes for each in self._rooms)
            self._due = min(each.due for each in self._rooms)
        return self._nearest

    @property
    def due(self) -> float:
        """When the next look may find that the guard is reached, on `time.monotonic`'s clock."""
        return self._due

    def _look(self, seen: _Room, pid: int, now: float, *, exact: bool) -> None:
        """Look, unless the last look was so recent that nothing can have used up the room."""
        if exact or now >= seen.due:
            seen.bytes = self._room(seen.boundary, pid, exact=exact)
            seen.due = now + guard.look_again_seconds(seen.bytes)

    def room_bytes(self, pid: int) -> int:
        """Give the bytes left before the nearest limit itself; 0 where none is known."""
        rooms = (
            self._room(each, pid, exact=True) + self._margin(each) for each in self._boundaries
        )
        return min(rooms, default=0)

    def _margin(self, boundary: Boundary) -> int:
        margin = guard.margin_bytes(boundary.ceiling.limit_bytes)
        return min(margin, guard.ARMED_MARGIN_BYTES) if self.armed else margin

    def _room(self, boundary: Boundary, pid: int, *, exact: bool) -> int:
        limit = boundary.ceiling.limit_bytes
        margin = self._margin(boundary)
        if boundary.ceiling.kind == "data":
            return limit - margin - sample.quick_tree_bytes(pid, data=True, itself=self._itself)
        if boundary.ceiling.kind == "modelled":
            return self._modelled_room(limit - margin, pid, near_bytes=2 * margin, exact=exact)
        room = limit - margin - self._quick(boundary.ceiling)
        if (exact or room < 2 * margin) and boundary.ceiling.group:
            room = limit - margin - held_bytes(boundary.ceiling)
        return room

    def _modelled_room(self, end_bytes: int, pid: int, *, near_bytes: int, exact: bool) -> int:
        room = end_bytes - sample.quick_tree_bytes(pid, itself=self._itself)
        if exact or room < near_bytes:
            # Pages that forked processes still share were counted once for each of them.
            reading = sample.read_tree(pid, exact=False, itself=self._itself)
            room = end_bytes - (reading.charged_bytes if reading else 0)
        return room

    def _quick(self, ceiling: Ceiling) -> int:
        path = _counter(ceiling)
        descriptor = self._files.get(path) if path else None
        if descriptor is None or ceiling.kind == "host":
            return held_bytes(ceiling)
        try:
            return int(os.pread(descriptor, 32, 0))
        except (OSError, ValueError):
            return held_bytes(ceiling)


def _counter(ceiling: Ceiling) -> str | None:
    return cgroup.usage_file(ceiling.group) if ceiling.group else None
