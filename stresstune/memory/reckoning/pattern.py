"""Sizes in an order: what comes next is known, and need not be drawn from all that came."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from itertools import pairwise

from stresstune.memory.reckoning.steps import Increment

_SAME_RATIO = 0.02
"""Sizes are the same where they differ by less than this share of the largest."""

_LEAST_TIMES = 3
_LEAST_REPEATED = 12
"""Of two sizes, of which one is drawn four times in five, so many are in the order of those before
by chance one time in a hundred."""

_LEAP_RATIO = 1 / 8
_GROWS_RATIO = 1.3
"""Tables grow by half or more at a time; what is unequal seldom does so three times running."""

_DOUBLES_WITHIN = 0.2


def next_in_order(seen: Sequence[Increment]) -> Sequence[Increment]:
    """Give those that come next, if sizes come again in the same order; () where they do not.

    >>> def step(number, size):
    ...     return Increment(count=1, middle=number, bytes_each=size, transient_bytes=0)
    >>> sizes = [8, 8, 32] * 6
    >>> [each.bytes_each for each in next_in_order([step(*each) for each in enumerate(sizes)])]
    [8, 8, 32]
    """
    most = min(len(seen) // _LEAST_TIMES, len(seen) - _LEAST_REPEATED)
    period = next((each for each in range(1, most + 1) if _comes_again(seen, each)), 0)
    ordered = seen[-period:] if period > 1 else ()  # what comes again after one is equal
    return ordered if sum(each.bytes_each for each in ordered) > 0 else ()


def leaps_grow(seen: Sequence[Increment]) -> bool:
    """Tell whether a few large steps stand out, each larger than the one before: a table doubles.

    >>> def step(number, size):
    ...     return Increment(count=1, middle=number, bytes_each=size, transient_bytes=0)
    >>> leaps = [step(n, n if n in (4, 8, 16) else 1) for n in range(20)]
    >>> leaps_grow(leaps), leaps_grow(leaps[::-1])
    (True, False)
    """
    usual = statistics.median(each.bytes_each for each in seen)
    sizes = [_beyond_bytes(each, usual) for each in _leaps(seen)]
    grow = all(now > _GROWS_RATIO * before for before, now in pairwise(sizes))
    return len(sizes) >= _LEAST_TIMES and grow


def before_next_doubling(seen: Sequence[Increment]) -> int | None:
    """Tell how many sessions there are before the next of leaps that grow, where they double.

    A table that is full at some number is full again at twice that. None where they do not come at
    twice the number each time, or where the next should have come already.

    >>> def step(number, size):
    ...     return Increment(count=1, middle=number, bytes_each=size, transient_bytes=0)
    >>> before_next_doubling([step(n, n if n in (4, 8, 16) else 1) for n in range(20)])
    31
    """
    *_, before, latest = _leaps(seen)
    held = math.floor(seen[-1].last)
    doubles = abs(latest.middle / before.middle - 2) < _DOUBLES_WITHIN
    # In a step of several it is not seen which of them it was.
    if not doubles or held >= 2 * latest.last:
        return None
    return max(held, math.floor(2 * latest.middle) - 1)


def _leaps(seen: Sequence[Increment]) -> list[Increment]:
    """Give those that stand out."""
    usual = statistics.median(each.bytes_each for each in seen)
    least = _LEAP_RATIO * max(_beyond_bytes(each, usual) for each in seen)
    return [each for each in seen if _beyond_bytes(each, usual) > least]


def _beyond_bytes(step: Increment, usual_bytes: float) -> float:
    return step.count * (step.bytes_each - usual_bytes) + step.transient_bytes


def _comes_again(seen: Sequence[Increment], period: int) -> bool:
    slack = _SAME_RATIO * max(each.bytes_each for each in seen)
    return all(
        before.count == now.count and abs(before.bytes_each - now.bytes_each) <= slack
        for before, now in zip(seen, seen[period:], strict=False)
    )
