from __future__ import annotations

import anyio
import pytest

from stresstune.api.caller import LEAST_GAP_SECONDS, Caller, Streamed
from stresstune.api.evidence import Evidence
from stresstune.api.ledger import Ledger
from stresstune.api.probe import OutcomeReader
from stresstune.load.driver import Driver
from stresstune.model.workload import Budget, Workload
from stresstune.testing import FixedWindow, SimulatedService
from tests import virtual_time

pytestmark = pytest.mark.anyio


@pytest.fixture(params=virtual_time.BACKENDS)
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, object]]:
    return virtual_time.backend(request.param)


def calling(service: SimulatedService, tasks: object, **budget: float) -> Caller:
    evidence = Evidence(workload=Workload(), attempts=[])
    driver = Driver(target=service, reader=OutcomeReader(), attempts=evidence.attempts)
    evidence.pending = driver.pending
    ledger = Ledger(budget=Budget(**budget))
    return Caller(driver=driver, ledger=ledger, evidence=evidence, tasks=tasks)


async def streamed(service: SimulatedService, **options: object) -> tuple[Streamed, Caller]:
    budget = {key: options.pop(key) for key in ("max_requests", "max_seconds") if key in options}
    async with anyio.create_task_group() as tasks:
        caller = calling(service, tasks, **budget)
        result = await caller.stream(lambda: 8, lambda: 0.05, **options)
    return result, caller


async def test_a_stream_ends_at_the_first_refusal_and_says_how_many_were_in_flight() -> None:
    found, caller = await streamed(SimulatedService(rate=FixedWindow(5), latency_seconds=3.0))
    assert found.refusal is not None
    assert (found.admitted, found.in_flight) == (5, 5)
    assert caller.ledger.sent == len(caller.evidence.attempts) == 6


async def test_a_stream_goes_through_refusals_if_told() -> None:
    found, _ = await streamed(
        SimulatedService(rate=FixedWindow(5)), through_refusals=True, at_most=20
    )
    assert found.admitted == 5
    assert found.refusal is not None


async def test_a_stream_makes_no_more_calls_than_told_or_left() -> None:
    service = SimulatedService()
    found, _ = await streamed(service, at_most=12)
    assert (found.admitted, found.refusal, service.calls) == (12, None, 12)
    service = SimulatedService()
    found, _ = await streamed(service, max_requests=9)
    assert service.calls == 9


async def test_a_late_refusal_is_waited_for() -> None:
    service = SimulatedService(rate=FixedWindow(3), latency_seconds=5.0, refusal_seconds=0.12)
    found, _ = await streamed(service, at_most=4)
    assert found.refusal is not None
    assert found.in_flight == 3


async def test_nothing_is_begun_that_could_not_be_waited_for() -> None:
    service = SimulatedService(latency_seconds=4.0)
    _, caller = await streamed(service, max_seconds=20.0)
    assert max(a.started_seconds for a in caller.evidence.attempts) < 20.0 - 4.0
    assert not caller.can_spend()
    assert not caller.can_wait(1.0)


async def test_it_waits_until_few_are_under_way() -> None:
    async with anyio.create_task_group() as tasks:
        caller = calling(SimulatedService(latency_seconds=2.0), tasks)
        await caller.stream(lambda: 8, lambda: 0.05, at_most=8)
        assert caller.driver.in_flight > 4
        await caller.falls_to(2)
        assert caller.driver.in_flight == 2


async def test_starts_are_spread_over_the_shorter_answers() -> None:
    async with anyio.create_task_group() as tasks:
        caller = calling(SimulatedService(latency_seconds=2.0), tasks)
        assert caller.typical_seconds() == caller.short_seconds() == 1.0  # until one has ended
        await caller.stream(lambda: 4, lambda: 0.05, at_most=8)
        await caller.falls_to(0)
        assert caller.gap_seconds(10) == pytest.approx(0.1)
        assert caller.gap_seconds(10, 0.95) == pytest.approx(0.19)
        assert caller.gap_seconds(100_000) == LEAST_GAP_SECONDS
