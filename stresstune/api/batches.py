"""How well means are known of values that follow each other, and what those differ by: pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, pstdev

from stresstune.stats import Z_95, student_quantile

MOST_BATCHES = 10
"""The mean of gaps that follow each other is judged by so many means of them, or of fewer."""

CHANGE_Z, CHANGE_RATIO = 3.0, 0.25
"""A throughput has changed where its two halves differ by so many standard errors, and so much."""

MOST_APART = 8
"""Calls this far apart in the queue are compared at the most."""


def differ(before: Sequence[float], after: Sequence[float]) -> bool:
    """Return whether the means of two series surely differ, and by much."""
    change = abs(fmean(before) - fmean(after))
    error = math.hypot(batched_error(before), batched_error(after))
    return change > max(CHANGE_Z * error, CHANGE_RATIO * fmean(after))


def batched_error(gaps: Sequence[float]) -> float:
    """Return the standard error of the mean gap, by batch means."""
    batches = _batches(gaps)
    if batches < 2:
        return fmean(gaps)
    size = len(gaps) // batches
    means = [fmean(gaps[place * size : (place + 1) * size]) for place in range(batches)]
    centre = fmean(means)
    return math.sqrt(sum((mean - centre) ** 2 for mean in means) / (batches - 1) / batches)


def quantile_of_batches(gaps: Sequence[float]) -> float:
    """Return how many of those errors leave out one mean in twenty (Student 1908)."""
    return student_quantile(Z_95, max(_batches(gaps) - 1, 1))


def _batches(gaps: Sequence[float]) -> int:
    return min(MOST_BATCHES, len(gaps) // 2)


def spread_of(alone: Sequence[float], in_queue: Sequence[float]) -> float:
    """Return how much services differ by, as a standard deviation.

    Calls that follow each other in a queue wait almost equally long, so that what they differ by is
    mostly their own service; there are many more of them than of calls alone. Places that end
    together make some neighbours differ more: the distance in the queue at which calls differ least
    is taken. Since a service depends on nothing before it, half of its variance at least is seen
    there: what few calls alone differ by beyond that is chance.

    Args:
        alone: Response times of calls that met no queue, at least one.
        in_queue: Those of calls that did, in the order of their starts.
    """
    distances = range(1, min(MOST_APART, len(in_queue) // 4) + 1)
    squares = (
        fmean((b - a) ** 2 for a, b in zip(in_queue, in_queue[apart:], strict=False))
        for apart in distances
    )
    seen = math.sqrt(min(squares, default=0.0) / 2)
    return max(min(pstdev(alone), math.sqrt(2) * seen), seen)
