"""Slow mode: how long a pause makes the API carry the users that are wanted."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from typing import NamedTuple

from stresstune.model.policy import Policy
from stresstune.model.workload import Workload
from stresstune.policy.thresholds import DELAY_STEP_SECONDS


class Pace(NamedTuple):
    """So many users at such a pace.

    Attributes:
        sessions: How many are carried.
        delay_seconds: Slow mode's pause, or None where slow mode is not needed.
    """

    sessions: int
    delay_seconds: float | None


def choose(
    carried: Callable[[float], int], sessions: int, workload: Workload, policy: Policy
) -> Pace:
    """Choose the pace for so many users.

    Args:
        carried: How many sessions the API carries with a think time of so many seconds; never
            fewer with a longer one.
        sessions: Users that are wanted.
        workload: Its think time and its longest delay.
        policy: What to give up first, and the bounds.

    >>> choose(lambda think: int(think * 5), 30, Workload(), Policy())
    Pace(sessions=30, delay_seconds=4.0)
    """
    full_pace = carried(workload.think_seconds)
    fewest = min(sessions, policy.lower.max_concurrent_sessions or 1)
    if full_pace >= sessions:
        return Pace(sessions, None)
    if policy.prefer == "fewer_sessions" and full_pace >= fewest:
        return Pace(full_pace, None)
    delays = _delays(workload, policy)
    if not delays:
        return Pace(full_pace, None)
    goal = fewest if policy.prefer == "fewer_sessions" else sessions
    most = carried(workload.think_seconds + delays[-1])
    if most < goal:
        return Pace(most, delays[-1])
    return Pace(goal, _shortest(carried, goal, delays, workload.think_seconds))


def longest_delay_seconds(workload: Workload, policy: Policy) -> float:
    """Return the longest delay that users would bear and that the bounds allow."""
    upper = policy.upper.slow_mode_delay_seconds
    longest = workload.max_slow_mode_delay_seconds
    return max(min(longest, longest if upper is None else upper), _shortest_allowed(policy))


def _shortest(
    carried: Callable[[float], int], sessions: int, delays: list[float], think_seconds: float
) -> float:
    found = bisect_left(delays, sessions, key=lambda delay: carried(think_seconds + delay))
    return delays[found]


def _delays(workload: Workload, policy: Policy) -> list[float]:
    """Return the delays to choose from, in order: whole steps, then the longest one."""
    longest = longest_delay_seconds(workload, policy)
    shortest = _shortest_allowed(policy)
    steps = math.floor(longest / DELAY_STEP_SECONDS)
    whole = [step * DELAY_STEP_SECONDS for step in range(1, steps + 1)]
    allowed = {delay for delay in (shortest, *whole, longest) if delay >= shortest}
    return sorted(delay for delay in allowed if delay > 0)


def _shortest_allowed(policy: Policy) -> float:
    lower, upper = policy.lower.slow_mode_delay_seconds, policy.upper.slow_mode_delay_seconds
    shortest = lower or 0.0
    return shortest if upper is None else min(shortest, upper)
