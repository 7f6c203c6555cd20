"""The truth by experiment: let so many users live on a service, and see whether it holds."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass

from stresstune.model.workload import Workload
from stresstune.stats import quantile
from stresstune.testing.service import SimulatedService

_SETTLED_SECONDS = 60.0
_SETTLED_PAUSES = 4
"""Users who all came within one pause make more calls at first than ever after."""


@dataclass(frozen=True, kw_only=True)
class Experience:
    """What users met.

    Attributes:
        calls: How many they made.
        failed: How many of these failed.
        p95_seconds: 95th percentile of the response times of the others (0 if there are none).
    """

    calls: int
    failed: int
    p95_seconds: float

    def holds(self, workload: Workload) -> bool:
        """Return whether that is bearable, by the workload's tolerance and latency objective."""
        few_failures = self.failed <= workload.error_tolerance_ratio * self.calls
        return few_failures and self.p95_seconds <= workload.latency_objective_seconds


def live(
    service: SimulatedService,
    users: int,
    *,
    think_seconds: float,
    seconds: float = 900.0,
    seed: int = 0,
    exponential: bool = True,
) -> Experience:
    """Let users live on a service for some virtual time.

    Args:
        service: A fresh one.
        users: How many.
        think_seconds: Mean pause between an answer (or a refusal) and the next call.
        seconds: For how long, after a minute, or four pauses where these are longer, that are not
            counted.
        seed: Of the pauses.
        exponential: Pauses are drawn from an exponential distribution; otherwise they are all
            alike, give or take a tenth.
    """
    chance = random.Random(seed)

    def pause() -> float:
        if exponential:
            return chance.expovariate(1 / think_seconds) if think_seconds > 0 else 0.0
        return think_seconds * chance.uniform(0.9, 1.1)

    settled = max(_SETTLED_SECONDS, _SETTLED_PAUSES * think_seconds)
    calls = failed = 0
    latencies: list[float] = []
    due = [(chance.uniform(0, think_seconds + 1.0), user) for user in range(users)]
    heapq.heapify(due)
    while due and due[0][0] < settled + seconds:
        now, user = heapq.heappop(due)
        answer = service.arrive(now)
        if now >= settled:
            calls += 1
            failed += answer.error is not None
            if answer.error is None:
                latencies.append(answer.seconds)
        heapq.heappush(due, (now + answer.seconds + pause(), user))
    p95 = quantile(latencies, 0.95) if latencies else 0.0
    return Experience(calls=calls, failed=failed, p95_seconds=p95)


def users_hold(
    make_service: Callable[[int], SimulatedService],
    users: int,
    workload: Workload | None = None,
    *,
    rounds: int = 3,
    exponential: bool = True,
) -> bool:
    """Return whether so many users can live on a service, found by letting them.

    Args:
        make_service: Makes a fresh service from a seed.
        users: How many.
        workload: Think time, error tolerance and latency objective of the users.
        rounds: Lives with different seeds; the calls of all of them count together.
        exponential: See `live`.
    """
    workload = workload or Workload()
    lives = [
        live(
            make_service(seed),
            users,
            think_seconds=workload.think_seconds,
            seed=seed,
            exponential=exponential,
        )
        for seed in range(rounds)
    ]
    together = Experience(
        calls=sum(life.calls for life in lives),
        failed=sum(life.failed for life in lives),
        p95_seconds=sum(life.p95_seconds for life in lives) / rounds,
    )
    return together.holds(workload)


def most_users_that_hold(
    make_service: Callable[[int], SimulatedService],
    workload: Workload | None = None,
    *,
    at_most: int = 200,
    rounds: int = 3,
    exponential: bool = True,
) -> int:
    """Return the largest number of users that a service carries, found by bisection.

    Args:
        make_service: Makes a fresh service from a seed.
        workload: Think time, error tolerance and latency objective of the users.
        at_most: Where the search ends.
        rounds: See `users_hold`.
        exponential: See `live`.

    Returns:
        0 to ``at_most``.
    """

    def holds(users: int) -> bool:
        return users_hold(make_service, users, workload, rounds=rounds, exponential=exponential)

    if holds(at_most):
        return at_most
    low, high = 0, at_most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
