"""Sessions of another kind that come at equal distances, as a report each thirtieth makes. Pure.

What was needed then is rare among what was seen, so that it could be met at any session as well as
at none. Where it comes again after as many sessions each time, the next is known instead.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, count
from typing import NamedTuple

from stresstune.memory.reckoning.steps import Increment

_STANDS_OUT_RATIO = 1 / 4
"""Of the largest, or of as large a share of what is held: reports of all grow with it."""

_LEAST_USUAL = 2.0
"""What stands out is more than so many usual sessions keep."""

_LEAST_TIMES = 2
"""Two at equal distances may be chance: of 200 random orders, 4 at most are taken for one."""

_MOST_SHARE = 1 / 3
"""What comes more often than in so many of the steps is met soon enough."""

_EVEN_RATIO = 0.25
"""What comes again is of one size, or of one share of what is held, to within this: seen in real
probes, what heaps keep free made it differ by a sixth."""

_LOOK_AHEAD = 1000
"""So many times ahead it is looked for; where all of these fit, it ends nothing."""

_MARGIN_RATIO = 0.02
"""What is expected to fit by less than this may not."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What comes at each so-manieth session.

    Attributes:
        held: Sessions held.
        kept_bytes: What these keep.
        period: After how many sessions it comes again; the least that explains what was seen.
        next_at: The session at which it comes next.
        usual_bytes: What a usual session keeps, and needs for a moment.
        more_bytes: So much more is kept or needed then, however many are held.
        more_ratio: And so much more of all that the sessions keep.
    """

    held: int
    kept_bytes: float
    period: int
    next_at: int
    usual_bytes: float
    more_bytes: float
    more_ratio: float

    def last_before(self, most: int, left_bytes: float, sum_of_next: Callable[[int], float]) -> int:
        """Give the last session before the one at which it does not fit.

        Args:
            most: Sessions that fit otherwise.
            left_bytes: What is left now.
            sum_of_next: What so many further sessions will keep.
        """
        for times in range(_LOOK_AHEAD):
            before = self.next_at + times * self.period - 1
            if before >= most:
                return most
            kept = sum_of_next(before - self.held)
            if (1 + _MARGIN_RATIO) * self._wanted_bytes(kept) > left_bytes - kept:
                return before
        return most

    @property
    def wanted_bytes(self) -> float:
        """What such a session would keep and need for a moment if it came now."""
        return self._wanted_bytes(0)

    def _wanted_bytes(self, more_kept_bytes: float) -> float:
        kept = self.kept_bytes + more_kept_bytes
        return self.usual_bytes + self.more_bytes + self.more_ratio * kept


def occasion_of(seen: Sequence[Increment], held: int) -> Occasion | None:
    """Find what came at equal distances, counted from the first session; None where nothing did.

    Args:
        seen: The steps after the warm-up.
        held: Sessions held after the last of them.

    >>> def step(number):
    ...     need = 0 if number % 30 else number * 1_000_000
    ...     return Increment(count=1, middle=number, bytes_each=1_000_000, transient_bytes=need)
    >>> found = occasion_of([step(number) for number in range(2, 80)], 79)
    >>> found.next_at, round(found.more_ratio, 2)
    (90, 1.0)
    """
    usual = _Usual(
        statistics.median(each.bytes_each for each in seen),
        statistics.median(each.transient_bytes for each in seen),
    )
    if usual.each <= 0:
        return None
    kept = list(accumulate((step.count * step.bytes_each for step in seen), initial=usual.each))
    places = _standing_out([usual.exceeded_by(step) for step in seen], kept[1:], usual.each)
    if not _LEAST_TIMES <= len(places) <= _MOST_SHARE * len(seen):
        return None
    period = _period([seen[place] for place in places], held)
    if period is None:
        return None
    came = [(seen[place], kept[place + 1]) for place in places]
    more, ratios = zip(*_more_each(came, period, usual), strict=True)
    # The first of many found a heap that had just begun.
    later = slice(1 if len(places) > _LEAST_TIMES else 0, None)
    grows = _unevenness(ratios[later]) < _unevenness(more[later])
    if _unevenness(ratios[later] if grows else more[later]) > _EVEN_RATIO:
        return None
    return Occasion(
        held=held,
        kept_bytes=kept[-1],
        period=period,
        next_at=(len(places) + 1) * period,
        usual_bytes=usual.each + usual.need,
        more_bytes=0.0 if grows else max(more[later]),
        more_ratio=max(ratios[later]) if grows else 0.0,
    )


class _Usual(NamedTuple):
    """A session of the usual kind: what it keeps, and what it needs for a moment."""

    each: float
    need: float

    def exceeded_by(self, step: Increment) -> float:
        """Tell how much more a step needed than if all of its sessions were of the usual kind."""
        return step.count * (step.bytes_each - self.each) + step.transient_bytes - self.need

    def hidden(self, step: Increment, session: int) -> float:
        """Tell how much of a need those of the same step hide that came after this session."""
        passed = step.transient_bytes - self.need > self.each
        return self.each * (step.last - session) if passed else 0.0


def _more_each(
    came: Sequence[tuple[Increment, float]], period: int, usual: _Usual
) -> Iterator[tuple[float, float]]:
    """Give how much more each took than a usual one, and as a share of what was kept by then."""
    for session, (step, kept_bytes) in zip(count(period, period), came, strict=False):
        hidden = usual.hidden(step, session)
        more = usual.exceeded_by(step) + hidden
        yield more, more / max(usual.each, kept_bytes - hidden)


def _standing_out(
    more_bytes: Sequence[float], kept_bytes: Sequence[float], usual_bytes: float
) -> list[int]:
    """Give the places of what stands out; of neighbours, what comes first: the rest is its wake."""
    least = _STANDS_OUT_RATIO * max(more_bytes)
    of_kept = least / max(kept_bytes[more_bytes.index(max(more_bytes))], 1.0)
    places = {
        place
        for place, (more, kept) in enumerate(zip(more_bytes, kept_bytes, strict=True))
        if more > max(_LEAST_USUAL * usual_bytes, min(least, of_kept * kept))
    }
    return sorted(place for place in places if place - 1 not in places)


def _period(steps: Sequence[Increment], held: int) -> int | None:
    """Find the least distance at which each of them has one session, and nothing is missing."""
    least = max(
        math.ceil((step.last - step.count + 1) / times) for times, step in enumerate(steps, start=1)
    )
    most = min(math.floor(step.last / times) for times, step in enumerate(steps, start=1))
    least = max(least, held // (len(steps) + 1) + 1)  # else one more would have come
    return least if 1 < least <= most else None


def _unevenness(values: Sequence[float]) -> float:
    """Give the range of some values by the largest."""
    return (max(values) - min(values)) / max(values)
