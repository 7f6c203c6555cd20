"""What calls that all went well prove: pure.

A quota that was never met is only known from below. Its window may have turned in the middle of
the calls, so that each half of them was counted in a window of its own: 1,000 calls that went well
prove a quota of 500 for certain, and more only by how unlikely such a turn is. A bucket that was
full at the start may have paid for all of them.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from stresstune.stats import quantile

PHASE_RISK_RATIO = 0.15
"""Chance that is taken, once the budget is spent, of the window having turned at the one moment
that hides a quota. It is a chance of a chance: the quota would also have to lie in the narrow range
between the half of all calls, which is proved for certain, and what was wanted."""

BUCKET_RATIO = 0.25
"""Size of the largest bucket that is reckoned with, as a share of what flows in during a window;
the services that say anything about it give a sixth."""

BUCKET_STARTS = 6
"""Calls, evenly among all, from which on it is reckoned what a full bucket must have admitted."""

WINDOW_SECONDS = 60.0


def proven_in_window(
    starts_seconds: Sequence[float],
    *,
    phase_risk_ratio: float = 0.0,
    window_seconds: float = WINDOW_SECONDS,
) -> int:
    """Return the quota a window that calls without a refusal prove.

    The lower of two readings: for a fixed window, the calls in the fullest window, whenever it
    turned; for a bucket, what must have flowed in.

    Args:
        starts_seconds: When they were admitted.
        phase_risk_ratio: Share of the phases of a fixed window, those that hide most, that are
            left out.
        window_seconds: Length of the window.

    >>> proven_in_window([i / 20 for i in range(1000)])
    500
    >>> proven_in_window([i / 20 for i in range(1000)], phase_risk_ratio=0.15)
    597
    """
    if not starts_seconds:
        return 0
    ordered = sorted(starts_seconds)
    by_phase = [
        _fullest_window(ordered, window_seconds, phase * window_seconds / 60) for phase in range(60)
    ]
    return int(min(quantile(by_phase, phase_risk_ratio), _bucket_proof(ordered, window_seconds)))


def most_in_window(starts_seconds: Sequence[float], window_seconds: float = WINDOW_SECONDS) -> int:
    """Return the largest number of calls in any span of the window's length.

    >>> most_in_window([0.0, 1.0, 59.0, 61.5])
    3
    """
    ordered = sorted(starts_seconds)
    most, first = 0, 0
    for place, start in enumerate(ordered):
        while ordered[first] <= start - window_seconds:
            first += 1
        most = max(most, place - first + 1)
    return most


def _fullest_window(ordered: Sequence[float], window_seconds: float, phase: float) -> int:
    most, begin = 0, ordered[0] - window_seconds + phase
    place = bisect.bisect_left(ordered, begin)
    while place < len(ordered):
        begin += window_seconds
        after = bisect.bisect_left(ordered, begin)
        most, place = max(most, after - place), after
    return most


def _bucket_proof(ordered: Sequence[float], window_seconds: float) -> float:
    """Reckon from several calls on: what came slowly before takes nothing from what came then."""
    step = max(len(ordered) // BUCKET_STARTS, 1)
    return max(
        _proof_from(ordered[first:], window_seconds) for first in range(0, len(ordered), step)
    )


def _proof_from(ordered: Sequence[float], window_seconds: float) -> float:
    first = ordered[0]
    return max(
        place / (BUCKET_RATIO + (start - first) / window_seconds)
        for place, start in enumerate(ordered, start=1)
    )
