"""Whether an app makes sessions together, or one after the other while their users wait. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

_AS_GOOD_AS_ALL = 2
"""Threads take turns unevenly, so that what is half made may as well be whole."""


def made_together_ratio(took_seconds: Sequence[float]) -> float:
    """Say how much of the others was made when the first of them was complete.

    Args:
        took_seconds: For sessions that were asked for together, the time until each was complete.

    Returns:
        From 0 (they waited) to 1; also where there is one only, of which nothing can be said.

    >>> made_together_ratio([1.0, 2.0, 3.0]), made_together_ratio([3.1, 3.0, 3.2])
    (0.0, 1.0)
    """
    first, *others = sorted(took_seconds) or [0.0]
    if not others or first <= 0:
        return 1.0
    made = [max(0.0, 1 - (each - first) / first) for each in others]
    return min(1.0, _AS_GOOD_AS_ALL * statistics.fmean(made))
