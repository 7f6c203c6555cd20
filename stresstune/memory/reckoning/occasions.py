"""Sessions of another kind that come at equal distances, as a report each thirtieth makes. Pure.

What was needed then is rare among what was seen, so that it could be met at any session as well as
at none. Where it comes again after as many sessions each time, the next is known instead.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from stresstune.memory.reckoning.steps import Increment

_STANDS_OUT_RATIO = 1 / 4
"""Of the largest: a report of all at the thirtieth is a third of the one at the ninetieth."""

_LEAST_TIMES = 2
_MOST_SHARE = 1 / 4
"""What comes more often than in so many of the steps is met soon enough."""

_EVEN_RATIO = 0.25
"""The first finds a heap that has just begun, and takes up to a fifth more."""

_LOOK_AHEAD = 1000


@dataclass(frozen=True, slots=True)
class Occasion:
    """What comes at each so-manieth session.

    Attributes:
        period: After how many sessions it comes again; the least that explains what was seen.
        next_at: The session at which it comes next.
        usual_bytes: What a usual session keeps, and needs for a moment.
        more_bytes: So much more is kept or needed then, however many are held.
        more_ratio: And so much more of all that the sessions keep.
    """

    period: int
    next_at: int
    usual_bytes: float
    more_bytes: float
    more_ratio: float

    def last_before(self, held: int, most: int, left_bytes: Callable[[int], float]) -> int:
        """Give the last session before the one at which it does not fit.

        Args:
            held: Sessions held now.
            most: Sessions that fit otherwise.
            left_bytes: What is left when so many more are held.
        """
        ahead = range(self.next_at, self.next_at + self.period * _LOOK_AHEAD, self.period)
        for session in ahead:
            before = session - 1
            if before >= most:
                return most
            left = left_bytes(before - held)
            kept = self.more_ratio * (left_bytes(-held) - left)
            if self.usual_bytes + self.more_bytes + kept > left:
                return max(held, before)
        return most


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
    usual_each = statistics.median(each.bytes_each for each in seen)
    usual_need = statistics.median(each.transient_bytes for each in seen)
    kept = list(accumulate((step.count * step.bytes_each for step in seen), initial=usual_each))

    def more_than_usual(step: Increment) -> float:
        return step.count * (step.bytes_each - usual_each) + step.transient_bytes - usual_need

    places = _standing_out([more_than_usual(step) for step in seen], usual_each)
    if not _LEAST_TIMES <= len(places) <= _MOST_SHARE * len(seen):
        return None
    period = _period([seen[place] for place in places], held)
    if period is None:
        return None
    # Those of the same step that came after it hide so much of what was needed for a moment.
    hidden = [
        usual_each * (seen[place].last - times * period)
        if seen[place].transient_bytes - usual_need > usual_each
        else 0.0
        for times, place in enumerate(places, start=1)
    ]
    more = [more_than_usual(seen[place]) + at for place, at in zip(places, hidden, strict=True)]
    all_kept = [kept[place + 1] - at for place, at in zip(places, hidden, strict=True)]
    ratios = [each / of for each, of in zip(more, all_kept, strict=True)]
    if min(_range(more), _range(ratios)) > _EVEN_RATIO:
        return None
    grows = _range(ratios) < _range(more)
    return Occasion(
        period=period,
        next_at=(len(places) + 1) * period,
        usual_bytes=usual_each + usual_need,
        more_bytes=0.0 if grows else more[-1],
        more_ratio=ratios[-1] if grows else 0.0,
    )


def _standing_out(more_bytes: Sequence[float], usual_bytes: float) -> list[int]:
    """Give the places of what stands out; of neighbours, what comes first: the rest is its wake."""
    least = max(usual_bytes, _STANDS_OUT_RATIO * max(more_bytes))
    places = [place for place, more in enumerate(more_bytes) if more > least]
    return [place for place in places if place - 1 not in places]


def _period(steps: Sequence[Increment], held: int) -> int | None:
    """Find the least distance at which each of them has one session, and nothing is missing."""
    least = max(
        math.ceil((step.last - step.count + 1) / times) for times, step in enumerate(steps, start=1)
    )
    most = min(math.floor(step.last / times) for times, step in enumerate(steps, start=1))
    least = max(least, held // (len(steps) + 1) + 1)  # else one more would have come
    return least if 1 < least <= most else None


def _range(values: Sequence[float]) -> float:
    return (max(values) - min(values)) / max(values)
