"""Users of one kind, and the search for how many of them hold."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

MAX_SESSIONS = 100_000
"""Where the search for a number of sessions ends; nothing here is made for more."""

REMEMBERED = 4096
"""Answers that each search keeps: a recommendation asks the same ones for every number it explains,
and for each size of a fleet."""


class Users(msgspec.Struct, frozen=True, kw_only=True):
    """Users of one kind.

    Attributes:
        think_seconds: Z, mean pause between an answer and the next call.
        latency_seconds: R, mean response time of a call that succeeds.
        latency_sd_seconds: Its standard deviation.
        tolerance_ratio: Share of calls that may fail for the reason under study.
    """

    think_seconds: float
    latency_seconds: float
    latency_sd_seconds: float = 0.0
    tolerance_ratio: float = 0.01

    @property
    def cycle_seconds(self) -> float:
        """R + Z, from one call of a user to the next."""
        return max(self.think_seconds + self.latency_seconds, 1e-6)

    @property
    def dispersion(self) -> float:
        """Variance over mean of the number of calls in a long window (renewal theory).

        It is the squared coefficient of variation of a user's cycle: 1 for Poisson arrivals.
        """
        variance = self.think_seconds**2 + self.latency_sd_seconds**2
        return min(max(variance / self.cycle_seconds**2, 0.02), 4.0)

    @property
    def refusal_feedback(self) -> float:
        """How much sooner a refused user is back than a served one (at least 1)."""
        return self.cycle_seconds / max(self.think_seconds, 0.05 * self.cycle_seconds)


def largest(holds: Callable[[int], bool]) -> int:
    """Return the largest n in 0 … `MAX_SESSIONS` with ``holds(n)``, if it is monotone.

    >>> largest(lambda n: n * n <= 50)
    7
    """
    low, high = 0, 1
    while high <= MAX_SESSIONS and holds(high):
        low, high = high, high * 2
    high = min(high, MAX_SESSIONS + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
