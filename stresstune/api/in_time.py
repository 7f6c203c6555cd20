"""How many calls a second are served at the latency objective? Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import correlation, linear_regression

from stresstune.model.load import Attempt

NEAR_RATIO, LEAST_NEAR = 0.6, 12
"""Answers that take the latency objective, give or take this ratio, and so many of them, tell how
many calls in flight are answered in time."""

CORRELATION_OF_A_LINE = 0.9
"""Response times that follow the calls in flight less closely are moved by something else."""


def in_time_per_second(attempts: Sequence[Attempt], objective_seconds: float) -> float:
    """Return the throughput at the most calls in flight that are answered in time; else infinite.

    A server that slows down with every call, instead of queueing those beyond its places, serves
    fewer a second among few calls than among many. So the response times around the objective are
    fitted by a line over the calls in flight, which at the objective says how many there may be.

    Args:
        attempts: Calls at several levels of concurrency.
        objective_seconds: When an answer is late.
    """
    near = [
        (attempt.in_flight, attempt.service_seconds)
        for attempt in attempts
        if attempt.outcome == "ok"
        and NEAR_RATIO * objective_seconds
        < attempt.service_seconds
        < objective_seconds / NEAR_RATIO
    ]
    levels = [level for level, _ in near]
    times = [seconds for _, seconds in near]
    if len(near) < LEAST_NEAR or max(levels) < 1.2 * min(levels) or max(times) == min(times):
        return math.inf
    if correlation(levels, times) < CORRELATION_OF_A_LINE:
        return math.inf
    slope, foot = linear_regression(levels, times)
    at_objective = (objective_seconds - foot) / slope
    return max(at_objective, 1.0) / objective_seconds
