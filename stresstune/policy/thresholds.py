"""Numbers of the policy that are no setting, each with its unit and its reason.

The thresholds that a person may move are fields of `Policy`; these are the classic answers to them.
"""

from __future__ import annotations

TIGHT_MEMORY_SHARE = 1 / 2
"""Share of the wanted sessions to let in where two thirds of them or fewer fit (15 of 30)."""

CRITICAL_MEMORY_SHARE = 1 / 3
"""Share of the wanted sessions to let in where fewer than half of them fit (10 of 30)."""

CLASSIC_CONCERNING_SHARE = 2 / 3
"""Share to let in after a burst or ramp with a few rejections (20 of 30)."""

CLASSIC_CRITICAL_SHARE = 1 / 2
"""Share to let in after a burst or ramp with many rejections (15 of 30), with slow mode on."""

FALLBACK_SHARE = 1 / 2
"""Share to let in where nothing can be measured (15 of 30): everybody works in pairs."""

DELAY_STEP_SECONDS = 0.5
"""Slow-mode delays are whole multiples of this, rounded up: people see no finer difference, and
noise in the measured latency does not make a new value."""

SLACK = 1e-9
"""What a product of a whole number and a ratio may be off by (0.7 x 10 is 7, not 6.999…)."""


def share_of(sessions: int, ratio: float) -> int:
    """Return a share of so many sessions, rounded down, never below 0.

    >>> share_of(24, 0.8), share_of(30, TIGHT_MEMORY_SHARE), share_of(10, 1 - 0.3)
    (19, 15, 7)
    """
    return max(0, int(sessions * ratio + SLACK))


def is_below(count: int, sessions: int, ratio: float) -> bool:
    """Tell whether a count is less than a share of so many sessions.

    >>> is_below(20, 30, 2 / 3), is_below(19, 30, 2 / 3)
    (False, True)
    """
    return count < sessions * ratio - SLACK
