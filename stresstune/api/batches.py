"""How well the mean of a series is known whose values follow each other unevenly: pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean

from stresstune.stats import Z_95, student_quantile

MOST_BATCHES = 10
"""The mean of gaps that follow each other is judged by so many means of them, or of fewer."""

CHANGE_Z, CHANGE_RATIO = 3.0, 0.25
"""A throughput has changed where its two halves differ by so many standard errors, and so much."""


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
