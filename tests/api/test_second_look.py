"""A quota that nobody else uses is found whole by the second look, whenever that begins."""

from __future__ import annotations

import anyio

from stresstune.api.caller import Caller
from stresstune.api.evidence import Evidence
from stresstune.api.ledger import Ledger
from stresstune.api.others import SecondLook
from stresstune.api.probe import OutcomeReader
from stresstune.load.driver import Driver
from stresstune.model.workload import Budget, Workload
from stresstune.testing import FixedWindow, RateLimit, SimulatedService, TokenBucket
from tests import virtual_time


def left(
    rate: RateLimit, quota: float, *, first: int, rest_seconds: float, opens_seconds: float
) -> tuple[float, float] | None:
    """Make some calls, wait, make half as many again, and look."""
    service = SimulatedService(rate=rate, latency_seconds=0.5)

    async def main() -> tuple[float, float] | None:
        evidence = Evidence(workload=Workload(), attempts=[])
        driver = Driver(target=service, reader=OutcomeReader(), attempts=evidence.attempts)
        evidence.pending = driver.pending
        async with anyio.create_task_group() as tasks:
            caller = Caller(driver=driver, ledger=Ledger(Budget()), evidence=evidence, tasks=tasks)
            await caller.stream(lambda: 8, lambda: 0.1, at_most=first)
            await anyio.sleep(rest_seconds - driver.now())
            await caller.stream(lambda: 8, lambda: 0.1, at_most=first // 2)
            return await SecondLook(caller, evidence, 8).left(quota, opens_seconds)

    return virtual_time.run(main)


def test_calls_that_were_made_since_the_window_turned_are_counted_in() -> None:
    rate = FixedWindow(27, phase_seconds=40)
    found = left(rate, 27, first=27, rest_seconds=42.0, opens_seconds=40.0)
    assert found == (27, 27)


def test_what_opened_during_a_long_pause_is_looked_at_from_its_end() -> None:
    rate = TokenBucket(60, burst=5)
    assert left(rate, 40, first=3, rest_seconds=4.0, opens_seconds=63.0) == (40, 40)
