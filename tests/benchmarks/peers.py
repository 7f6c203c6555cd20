"""What people do today, on the same simulated services: kept simple, as people keep it."""

from __future__ import annotations

from dataclasses import dataclass

import anyio

from stresstune.api.classic import aramp
from stresstune.api.probe import OutcomeReader
from stresstune.load.driver import Driver
from stresstune.load.pacer import ConstantPace
from stresstune.model.workload import Workload
from stresstune.testing import SimulatedService

PROBE_SECONDS = 10.0
"""Length of one pass-or-fail probe."""

STEPS_OF_BISECTION = 5


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What a method recommends, and what it cost.

    Attributes:
        sessions: How many it would let in.
        requests: Calls that it made.
        seconds: How long it took.
    """

    sessions: int
    requests: int
    seconds: float


async def classic_ramp(service: SimulatedService, workload: Workload) -> Advice:
    """Ramp from 5 to 50 by 5 with 2 s between, read by the classic table of tiers.

    No rejection: everybody; breaking point from two thirds of the wanted sessions on: two thirds;
    below: half (DESIGN section 6, third row; 30, 20 and 15 for a class of 30).
    """
    wanted = workload.sessions
    begin = anyio.current_time()
    result = await aramp(service)
    broke = result.breaking_point
    if broke is None or broke > wanted:
        sessions = wanted
    else:
        sessions = 2 * wanted // 3 if broke >= 2 / 3 * wanted else wanted // 2
    return Advice(sessions=sessions, requests=service.calls, seconds=anyio.current_time() - begin)


async def pass_or_fail_bisection(service: SimulatedService, workload: Workload) -> Advice:
    """Double a constant rate until a probe of 10 s fails, then bisect between pass and fail.

    A probe passes if no more calls fail than the workload tolerates, and 95 % of the answers come
    within its latency objective. The highest rate that passed is turned into sessions by the
    response time law with the mean latency seen. It stops at what the wanted sessions need.
    """
    begin = anyio.current_time()
    driver = Driver(target=service, reader=OutcomeReader())
    wanted_per_second = workload.sessions / (workload.think_seconds + await _alone(driver))

    async def passes(rate: float) -> bool:
        pace = ConstantPace(rate_per_second=rate, seconds=PROBE_SECONDS)
        calls = await driver.open_loop(pace)
        failed = sum(call.outcome != "ok" for call in calls)
        late = sum(call.latency_seconds > workload.latency_objective_seconds for call in calls)
        return failed <= workload.error_tolerance_ratio * len(calls) and late <= 0.05 * len(calls)

    passed, failed = 0.0, None
    rate = 0.5
    while failed is None and passed < wanted_per_second:
        rate = min(rate, wanted_per_second)
        passed, failed = (rate, None) if await passes(rate) else (passed, rate)
        rate *= 2
    for _ in range(STEPS_OF_BISECTION if failed is not None else 0):
        middle = (passed + failed) / 2
        passed, failed = (middle, failed) if await passes(middle) else (passed, middle)
    answers = [call.latency_seconds for call in driver.attempts if call.outcome == "ok"]
    latency = sum(answers) / len(answers) if answers else 0.0
    sessions = int(passed * (workload.think_seconds + latency) + 1e-6)
    return Advice(
        sessions=workload.sessions if failed is None else min(sessions, workload.sessions),
        requests=service.calls,
        seconds=anyio.current_time() - begin,
    )


async def _alone(driver: Driver) -> float:
    """Response time of one call alone."""
    return (await driver.call()).latency_seconds
