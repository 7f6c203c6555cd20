"""What is needed for a moment, beyond what the sessions hold: as it was seen, and carried on. Pure.

The kernel kills at the first moment that does not fit. Moments differ: threads meet in other ways
each time, and a heap that goes up in leaps is now half empty and now full. So each further session
is a chance to meet one of the moments that were seen, and the number that fits is where meeting one
that is too large becomes as likely as not.
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import dropwhile
from typing import Self, TypeVar

from stresstune.memory.reckoning.line import TREND_T, fit_line
from stresstune.memory.reckoning.steps import Increment

_T = TypeVar("_T")

LIKELY = 0.69
"""So many such moments are expected where having met one is as likely as not: ln 2."""

UNLIKELY = 0.1
"""And where having met one is one chance in ten."""

CERTAIN = 3.7
"""And where not having met one is one chance in forty."""

_LEAST_TO_RISE = 5
_LEAST_TO_SETTLE = 8
_LATER_SHARE = 0.5
"""A heap that has just begun says little of one that is full: this last part of the steps counts
where there are enough."""

_RISES_RATIO = 0.04
"""A rise by less than this share of what a session keeps may as well be chance."""

_RARE_RATIO = 2.0
"""What needs more than so many times as much as the others is of another kind."""

_DOUBTED_ERRORS = 1.28

_ANOTHER_HEAP_RATIO = 1 / 3
"""Heaps of several threads fall to pieces by chance: eight processes that made the same sessions
needed the same for a moment at first, to 4 MB, and by up to 31 MB more or less after a hundred."""

_WINDOWS = 200


@dataclass(frozen=True)
class Peaks:
    """What making a session needs for a moment beyond what is held then.

    Attributes:
        needs_bytes: As it was seen, in order of size, as it would be at `held` sessions.
        held: Sessions held at the end of what was seen.
        ages: How many sessions before `held` each of the needs was seen; () where all are of now.
        of_each: Sessions that one of the needs stands for.
        rise_bytes: So much more is needed with each further session (a heap that falls to pieces).
        doubt_bytes: How much more may be needed than was ever seen.
        trend_bytes: The rise as it looks, proved or not.
        trend_error_bytes: Its standard error.
    """

    needs_bytes: tuple[float, ...]
    held: int
    ages: tuple[float, ...] = ()
    of_each: float = 1.0
    rise_bytes: float = 0.0
    doubt_bytes: float = 0.0
    trend_bytes: float = 0.0
    trend_error_bytes: float = 0.0

    @cached_property
    def most_bytes(self) -> float:
        """The most that was seen."""
        return self.needs_bytes[-1]

    @cached_property
    def least_bytes(self) -> float:
        """The least that was seen."""
        return self.needs_bytes[0]

    def are_even(self, within_bytes: float) -> bool:
        """Whether all needs were alike."""
        return self.most_bytes - self.least_bytes <= within_bytes

    def steeper(self, errors: float) -> Self:
        """Let them rise as it looks, proved or not, and by so many of its standard errors more."""
        trend = self.trend_bytes + errors * self.trend_error_bytes
        more = max(0.0, trend - self.rise_bytes)
        ages = self.ages or (0.0,) * len(self.needs_bytes)
        aged = sorted(
            (need + more * age, age) for need, age in zip(self.needs_bytes, ages, strict=True)
        )
        return replace(
            self,
            needs_bytes=tuple(need for need, _ in aged),
            ages=tuple(age for _, age in aged),
            rise_bytes=self.rise_bytes + more,
        )

    def of_another_heap(self) -> Self:
        """Let them have risen by more, from the first session on, as they may the next time."""
        more = min(_ANOTHER_HEAP_RATIO * self.rise_bytes, TREND_T * self.trend_error_bytes)
        needs = tuple(need + more * self.held for need in self.needs_bytes)
        return replace(self, needs_bytes=needs, rise_bytes=self.rise_bytes + more)

    def half_doubted(self) -> Self:
        """Let all be larger by half of what is doubted: as likely as not, it is more."""
        return replace(
            self, needs_bytes=tuple(need + self.doubt_bytes / 2 for need in self.needs_bytes)
        )

    def doubted(self) -> Self:
        """Take every need for the largest one, and the doubts too."""
        steeper = self.steeper(_DOUBTED_ERRORS)
        return replace(steeper, needs_bytes=(steeper.most_bytes + self.doubt_bytes,), ages=())

    def last_before(self, left_bytes: Callable[[int], float], moments: float) -> int:
        """Count further sessions until so many moments are expected for which there is no room.

        Args:
            left_bytes: What is left when so many more are held (or fewer: below 0); never rises.
            moments: How many moments: `UNLIKELY`, `LIKELY` or `CERTAIN`.

        Returns:
            How many more than `held`; below 0 where not even those are safe from such a moment.
        """

        def left(more: int) -> float:
            return left_bytes(more) - self.rise_bytes * more

        def last_with(need_bytes: float) -> int:
            return last_that(lambda count: left(count - self.held) >= need_bytes) - self.held

        sure, possible = last_with(self.most_bytes), last_with(self.least_bytes)
        stride = max(1, (possible - sure) // _WINDOWS)
        met, more = 0.0, sure
        while more < possible:
            room = left(more + stride)
            too_large = len(self.needs_bytes) - bisect_right(self.needs_bytes, room)
            met += stride * too_large / len(self.needs_bytes) / self.of_each
            if met > moments:
                break
            more += stride
        return min(more, possible)


LARGEST_COUNT = 10**9
"""No number of sessions above this is reckoned with."""


def last_that(holds: Callable[[int], bool]) -> int:
    """Find the largest number for which it holds, where it holds for all smaller ones."""
    upper = 1
    while holds(upper) and upper < LARGEST_COUNT:
        upper *= 2
    if upper >= LARGEST_COUNT and holds(LARGEST_COUNT):
        return LARGEST_COUNT
    lower, upper = upper // 2, min(upper, LARGEST_COUNT)
    while upper - lower > 1:
        middle = (lower + upper) // 2
        lower, upper = (middle, upper) if holds(middle) else (lower, middle)
    return lower


def later(increments: Sequence[_T]) -> Sequence[_T]:
    """Give those that tell of the peaks to come."""
    if len(increments) < _LEAST_TO_SETTLE:
        return increments
    kept = max(_LEAST_TO_SETTLE, round(_LATER_SHARE * len(increments)))
    return increments[-kept:]


def peaks_of(
    increments: Sequence[Increment],
    held: int,
    mean_bytes: float,
    *,
    earlier: Sequence[Increment] = (),
    free: Sequence[tuple[float, float]] = (),
    threads: int = 1,
) -> Peaks:
    """Take the needs of these steps.

    Args:
        increments: The steps that count; one that says nothing of its needs is left out.
        held: Sessions held after the last of them.
        mean_bytes: What a session keeps.
        earlier: Steps before those that count, which tell of what is rare.
        free: What the allocator had free, by sessions held: a part of the needs that is known
            better than the whole.
        threads: How many sessions are made at a time. While the last few of a step are made, not
            all of them are at work, so that these tell nothing of how peaks meet.
    """
    told = [each for each in increments if each.needs_bytes]
    telling = later(told) or increments[-1:]
    points = [(each.last, each.transient_bytes) for each in telling]
    line = fit_line([(1.0, *point) for point in points])
    rise = max(rise_of(points, mean_bytes), rise_of(later(free), mean_bytes))
    before = [*earlier, *told[: -len(telling)]]
    rare = _rare(before, telling) if threads == 1 else []
    aged = sorted((need + rise * (held - last), held - last) for last, need in points + rare)
    needs = [need for need, _ in aged]
    usual = sorted(need + rise * (held - last) for last, need in points)
    return Peaks(
        needs_bytes=tuple(needs),
        held=held,
        ages=tuple(age for _, age in aged),
        of_each=sum(max(1, each.count - threads + 1) for each in telling) / len(telling),
        rise_bytes=rise,
        doubt_bytes=_doubt(usual),
        trend_bytes=line.slope,
        trend_error_bytes=line.slope_error if math.isfinite(line.slope_error) else 0.0,
    )


def _rare(before: Sequence[Increment], telling: Sequence[Increment]) -> list[tuple[float, float]]:
    """Give what was needed once and is rare (a report of all others): it may come again.

    But not what only a heap needed that had just begun, nor what needed more because it is larger;
    and where some of that kind came later, those tell of it.
    """
    seen = (*before, *telling)
    usual = _RARE_RATIO * statistics.median(each.transient_bytes for each in seen)
    if not before or max(each.transient_bytes for each in telling) > usual:
        return []
    large = _RARE_RATIO * statistics.median(each.bytes_each for each in seen)
    begun = dropwhile(lambda each: each.transient_bytes > usual, before)
    return [
        (each.last, each.transient_bytes)
        for each in begun
        if each.transient_bytes > usual and each.bytes_each <= large
    ]


def rise_of(points: Sequence[tuple[float, float]], mean_bytes: float) -> float:
    """Tell by how much more is needed with each session; 0 where that is not proved."""
    if len(points) < _LEAST_TO_RISE:
        return 0.0
    line = fit_line([(1.0, *point) for point in points])
    proved = line.slope > TREND_T * line.slope_error
    return line.slope if proved and line.slope > _RISES_RATIO * mean_bytes else 0.0


def _doubt(needs: Sequence[float]) -> float:
    """Tell how much more may be needed than was seen: where that was little, as it differs."""
    return needs[-1] - needs[0] if len(needs) < _LEAST_TO_RISE else statistics.pstdev(needs)
