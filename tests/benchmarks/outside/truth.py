"""The truth by experiment: independent users live on a fresh copy of a service."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable

from tests.benchmarks.outside.services import Service

SETTLED_SECONDS = 60.0

LEAST_CALLS = 3_000
"""Few users live longer: one failure in a hundred calls is not seen among a hundred."""


def hold(
    make: Callable[[int], Service],
    users: int,
    *,
    think_seconds: float,
    tolerance: float,
    objective: float,
    seconds: float = 900.0,
    rounds: int = 3,
    exponential: bool = True,
) -> bool:
    """Whether so many users meet few failures, and 95 % of all answers in time."""
    if users == 0:
        return True
    seconds = min(max(seconds, LEAST_CALLS * (think_seconds + 1.5) / users), 20_000.0)
    calls = failed = late = 0
    for seed in range(100, 100 + rounds):
        service = make(seed)
        chance = random.Random(f"users {seed}")

        def pause(chance: random.Random = chance) -> float:
            if exponential:
                return chance.expovariate(1 / think_seconds) if think_seconds else 0.0
            return think_seconds * chance.uniform(0.9, 1.1)

        due = [(chance.uniform(0, think_seconds + 1.0), user) for user in range(users)]
        heapq.heapify(due)
        while due and due[0][0] < SETTLED_SECONDS + seconds:
            now, user = heapq.heappop(due)
            answer = service.arrive(now)
            took = min(answer.seconds, 120.0)  # a browser gives up some time
            if now >= SETTLED_SECONDS:
                calls += 1
                failed += answer.error is not None or answer.seconds > 120.0
                late += answer.error is None and answer.seconds > objective
            heapq.heappush(due, (now + took + pause(), user))
    return failed <= tolerance * calls and late <= 0.05 * max(calls - failed, 1)


def most_that_hold(
    make: Callable[[int], Service],
    *,
    at_most: int,
    think_seconds: float,
    tolerance: float,
    objective: float,
    exponential: bool = True,
) -> int:
    """The largest number of users that holds, by bisection, at most ``at_most``."""

    def holds(users: int) -> bool:
        return hold(
            make,
            users,
            think_seconds=think_seconds,
            tolerance=tolerance,
            objective=objective,
            exponential=exponential,
        )

    if holds(at_most):
        return at_most
    low, high = 0, at_most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
