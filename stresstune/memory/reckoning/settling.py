"""Which of the sessions that were seen tell of those to come. Pure."""

from __future__ import annotations

import math
import statistics
from bisect import bisect_right
from itertools import accumulate, pairwise

from stresstune.memory.reckoning.line import TREND_T, fit_line
from stresstune.memory.reckoning.steps import Increment

_CALMER = 0.2
"""A beginning is left out where the rest varies by less than this share of the whole."""

_SLACK_RATIO = 0.02
"""A size that differs by less from the rest is one of them."""

_SAME_RATIO = 0.005
"""A beginning that was smaller by less than this is none: to leave it out would change nothing but
what it tells of peaks."""

_LEAST_TAPERED = 8
"""A half of fewer says too little of what is still to come."""


def merged(increments: list[Increment]) -> list[Increment]:
    """Join small steps until all are of a size, since each carries the same error of reading."""
    wanted = max(each.count for each in increments) / 2
    joined: list[Increment] = []
    open_step: Increment | None = None
    for each in increments:
        open_step = _join(open_step, each) if open_step else each
        if open_step.count >= wanted:
            joined.append(open_step)
            open_step = None
    if open_step:
        joined.append(_join(joined.pop(), open_step) if joined else open_step)
    return joined


def _join(first: Increment, second: Increment) -> Increment:
    count = first.count + second.count
    return Increment(
        count=count,
        middle=(first.count * first.middle + second.count * second.middle) / count,
        bytes_each=(first.count * first.bytes_each + second.count * second.bytes_each) / count,
        transient_bytes=max(first.transient_bytes, second.transient_bytes),
        needs_bytes=first.needs_bytes + second.needs_bytes,
    )


def settled(increments: list[Increment]) -> list[Increment]:
    """Leave out a beginning that differs from what came after it (caches, a heap that fills)."""
    spreads = _relative_spreads([each.bytes_each for each in increments])
    best, best_spread = increments, _CALMER * spreads[0]
    for start in range(1, _half(increments) + 1):
        begin, rest = increments[:start], increments[start:]
        if len(rest) >= 3 and spreads[start] < best_spread and _stands_apart(begin, rest):
            best, best_spread = rest, _CALMER * spreads[start]
    return best


def _half(increments: list[Increment]) -> int:
    """Tell how many of them have up to half of the sessions."""
    up_to = list(accumulate(each.count for each in increments))
    return bisect_right(up_to, up_to[-1] / 2)


def tapered(increments: list[Increment]) -> list[Increment]:
    """Leave out the first half, again and again, while it is proved that sizes shrink.

    Their middle has to fall as well: one that is large among many is no trend.
    """
    half = len(increments) // 2
    if half < _LEAST_TAPERED:
        return increments
    early, late = (
        statistics.median(each.bytes_each for each in part)
        for part in (increments[:half], increments[half:])
    )
    sizes = fit_line([(each.count, each.middle, each.bytes_each) for each in increments])
    shrink = sizes.slope < -TREND_T * sizes.slope_error
    return (
        tapered(increments[half:]) if shrink and late < (1 - _SLACK_RATIO) * early else increments
    )


def _relative_spreads(sizes: list[float]) -> list[float]:
    """Give the standard deviation by the mean, of all and of all from the second on, and so on.

    In one pass from the end (Welford 1962), since there may be thousands.
    """
    found, mean, squares = [], 0.0, 0.0
    for count, size in enumerate(reversed(sizes), start=1):
        off = size - mean
        mean += off / count
        squares += off * (size - mean)
        found.append(_relative(math.sqrt(max(0.0, squares) / count), mean))
    return found[::-1]


def _relative(spread: float, mean: float) -> float:
    if mean > 0:
        return spread / mean
    return math.inf if spread > 0 else 0.0  # where memory was given back, nothing has settled


def _stands_apart(begin: list[Increment], rest: list[Increment]) -> bool:
    """Whether the beginning was all smaller, or differed in one piece that does not come again.

    A pattern that comes again (every fifth is large, a table that doubles) must not be taken for a
    beginning; what came late and once (a model, loaded by the third session) may be, when the calm
    after it has lasted twice as long as what led up to it.
    """
    low, high = _range(rest)
    slack = max(high - low, _SLACK_RATIO * high)
    if all(each.bytes_each < low - _SAME_RATIO * high for each in begin):
        return True
    larger = [each.bytes_each > high + slack for each in begin]
    smaller = [each.bytes_each < low - slack for each in begin]
    # Smaller ones beside it (a heap that begins) say nothing of a model.
    differs = larger if any(larger) else smaller
    pieces = sum(now and not before for before, now in pairwise([False, *differs]))
    lasted = sum(each.count for each in rest) >= 2 * sum(each.count for each in begin)
    return pieces == 1 and (differs[0] or lasted)


def _range(increments: list[Increment]) -> tuple[float, float]:
    sizes = [each.bytes_each for each in increments]
    return min(sizes), max(sizes)
