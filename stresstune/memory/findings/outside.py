"""What the sessions hold outside of their processes, as far as it can be told from what others do.

Certain is what processes have open or mapped: the sessions' counts, everybody else's does not. The
rest of what the control group is charged meanwhile (files that nobody has open, buffers of the
kernel) is the sessions' if it comes with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from stresstune.memory.readings.cgroup import Usage
from stresstune.memory.readings.holdings import Holdings
from stresstune.memory.readings.sample import Reading
from stresstune.memory.reckoning.fit import EQUAL_SPREAD_RATIO
from stresstune.memory.reckoning.line import fit_line

_NOISE_RATIO = 0.02
_NOISE_BYTES = 4 * 2**20
_KERNEL_PER_CACHE_RATIO = 0.0275
"""What the kernel keeps for each byte of a file in memory (a buffer head of 104 bytes and a part of
a tree for each page of 4096), and gives back with it."""

_NEWS_BYTES = 512 * 1024
"""Looking what others hold takes some tenths of a millisecond for each of them."""

_STEPS_TO_FOLLOW = 5
_FOLLOWS_T = 10.0
"""Standard errors of the slope: what comes by itself seldom rises so evenly."""
_BURST_RATIO = 0.5
"""What came in one step for more than this share did not come with the sessions."""


@dataclass(frozen=True, slots=True)
class Around:
    """What there was outside of the sessions' processes after a step.

    Attributes:
        usage: The control group's, where there is one.
        own_bytes: Files in memory that the sessions' processes have open, and not mapped.
        others: What all other processes in the group hold.
    """

    usage: Usage | None = None
    own_bytes: int = 0
    others: Holdings = field(default_factory=Holdings)


class Outside:
    """What is outside of the sessions' processes, step by step."""

    def __init__(self, *, quiet: bool = True) -> None:
        """Prepare to note.

        Args:
            quiet: Hardly anybody else is in the group, so that little that follows the sessions is
                theirs.
        """
        self._quiet = quiet
        self._first: tuple[Around, Reading] | None = None
        self._held: list[int] = []
        self._grown_bytes = 0
        self._certain: list[int] = []
        self._files: list[int] = []
        self._kernel: list[int] = []
        self._at_the_look = 0
        self.others = Holdings()
        """What others held at the latest look."""

    def note(self, held: int, reading: Reading, around: Around) -> None:
        """Note what there is after a step; the first is that of the empty process."""
        first, before = self._first = self._first or (around, reading)
        self._held.append(held)
        self._certain.append(max(0, around.own_bytes - first.own_bytes))
        self._grown_bytes = reading.charged_bytes - before.charged_bytes + self._certain[-1]
        self._files.append(_files(around, first, reading, before))
        self._kernel.append(_kernel(around, first, reading, before))
        if held == 0 or around.others is not self.others:
            self.others = around.others
            self._at_the_look = self._files[-1] + self._kernel[-1]

    def keep_ends(self) -> None:
        """Forget the steps between the first and the latest."""
        for each in (self._held, self._certain, self._files, self._kernel):
            del each[1:-1]

    def is_news(self, reading: Reading, around: Around) -> bool:
        """Whether what has come or gone since the latest look at the others is worth another."""
        if self._first is None:
            return True
        first, before = self._first
        rest = _files(around, first, reading, before) + _kernel(around, first, reading, before)
        return abs(rest - self._at_the_look) > _NEWS_BYTES

    @property
    def bytes_now(self) -> int:
        """What the sessions hold outside of their processes after the latest step."""
        return self._certain[-1] + sum(rest[-1] for rest in self._rests())

    def bytes_each(self) -> list[int]:
        """Tell the same for each step, by what is known now."""
        return [sum(each) for each in zip(self._certain, *self._rests(), strict=True)]

    def _rests(self) -> Iterator[list[int]]:
        # Files that nobody has open do not come by themselves; the kernel's own memory comes and
        # goes with whatever others do.
        if not self._held:
            return
        if self._is_theirs(self._files, much_is_enough=True):
            yield self._files
        if self._is_theirs(self._kernel, much_is_enough=False):
            yield self._kernel

    def _is_theirs(self, rest: list[int], *, much_is_enough: bool) -> bool:
        if rest[-1] > max(_NOISE_BYTES, _NOISE_RATIO * self._grown_bytes):
            return much_is_enough or self._comes_with_the_sessions(rest)
        little = self._quiet and rest[-1] > EQUAL_SPREAD_RATIO * self._grown_bytes
        return little and self._comes_with_the_sessions(rest)

    def _comes_with_the_sessions(self, rest: list[int]) -> bool:
        if len(rest) < _STEPS_TO_FOLLOW:
            return False
        if max(after - before for before, after in pairwise(rest)) > _BURST_RATIO * rest[-1]:
            return False
        points = zip(self._held, rest, strict=True)
        line = fit_line([(1.0, float(held), float(seen)) for held, seen in points])
        return line.slope > _FOLLOWS_T * line.slope_error


def _files(now: Around, before: Around, reading: Reading, first: Reading) -> int:
    if now.usage is None or before.usage is None:
        return 0
    known = (
        (reading.shared_bytes - first.shared_bytes)
        + (now.own_bytes - before.own_bytes)
        + (now.others.shared_bytes - before.others.shared_bytes)
    )
    return max(0, now.usage.shared_bytes - before.usage.shared_bytes - known)


def _kernel(now: Around, before: Around, reading: Reading, first: Reading) -> int:
    if now.usage is None or before.usage is None:
        return 0
    cached = max(0, now.usage.file_bytes - before.usage.file_bytes)
    known = (
        (reading.kernel_bytes - first.kernel_bytes)
        + (now.others.kernel_bytes - before.others.kernel_bytes)
        + round(_KERNEL_PER_CACHE_RATIO * cached)
    )
    return max(0, now.usage.kernel_bytes - before.usage.kernel_bytes - known)
