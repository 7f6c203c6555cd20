"""Calls over a fleet, in virtual time: hosts with clocks of their own, and ways that take time."""

from __future__ import annotations

import anyio
import pytest

from stresstune.api.probe import ApiRun, probe_with
from stresstune.fleet.agent import lost
from stresstune.fleet.target import PATIENCE_SECONDS, FleetTarget
from stresstune.load.driver import Driver
from stresstune.model.workload import Budget, Workload
from stresstune.testing import FixedWindow, SimulatedService
from stresstune.workflow.fleet.calls import until_alone
from tests.fleet.fake_post import FakePost
from tests.fleet.reading import OutcomeReader
from tests.virtual_time import BACKENDS, run


def fleet(posts: list[FakePost]) -> FleetTarget:
    return FleetTarget(posts, name="a simulated service")


@pytest.mark.parametrize("backend", BACKENDS)
def test_calls_are_striped_and_told_by_our_clock_without_the_way(backend: str) -> None:
    async def main() -> None:
        service = SimulatedService(latency_seconds=1.0)
        async with anyio.create_task_group() as tasks:
            posts = [
                FakePost("a", service, tasks, ahead_seconds=5000.0),
                FakePost("b", service, tasks, ahead_seconds=-70.0, way_seconds=0.03),
            ]
            async with fleet(posts) as target:
                driver = Driver(target, OutcomeReader())
                made = await driver.volley(10)
                assert [line.calls for line in target.lines] == [5, 5]
            tasks.cancel_scope.cancel()
        assert all(post.closed for post in posts)
        for attempt in made:
            assert attempt.outcome == "ok"
            assert attempt.service_seconds == pytest.approx(1.0, abs=1e-6)
            assert attempt.latency_seconds == pytest.approx(1.0, abs=1e-6)
            assert 0.0 < attempt.started_seconds < 0.3
        assert driver.way_seconds > 0.0

    run(main, on=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_schedule_and_one_budget_find_the_quota_that_the_hosts_share(backend: str) -> None:
    async def main() -> None:
        service = SimulatedService(rate=FixedWindow(60), latency_seconds=0.8, stated=True)
        probing = ApiRun(Workload(sessions=30), Budget(max_requests=200))
        async with anyio.create_task_group() as tasks:
            posts = [
                FakePost(name, service, tasks, ahead_seconds=ahead, way_seconds=0.01)
                for name, ahead in (("a", 0.0), ("b", 900.0), ("c", -3.0))
            ]
            found = await probe_with(probing, fleet(posts))
            tasks.cancel_scope.cancel()
        assert (found.limits[0].kind, found.limits[0].value) == ("requests_per_minute", 60.0)
        assert found.requests_sent == service.calls
        assert found.health.ok

    run(main, on=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_host_that_falls_silent_is_given_up_and_the_others_go_on(backend: str) -> None:
    async def main() -> None:
        service = SimulatedService(latency_seconds=1.0)
        async with anyio.create_task_group() as tasks:
            posts = [
                FakePost("a", service, tasks),
                FakePost("b", service, tasks, dies_at_seconds=0.5),
            ]
            async with fleet(posts) as target:
                driver = Driver(target, OutcomeReader())
                made = await driver.volley(4)
                again = await driver.volley(2)
                lines = {line.post.name: line for line in target.lines}
            tasks.cancel_scope.cancel()
        gone = [one for one in made if one.error == "lost with its host"]
        assert len(gone) == 2
        assert {one.outcome for one in gone} == {"ignored"}
        assert max(one.finished_seconds for one in gone) < 3 * PATIENCE_SECONDS
        assert [one.outcome for one in again] == ["ok", "ok"]
        assert "did not answer" in lines["b"].lost_because
        assert not lines["a"].lost_because

    run(main, on=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_when_no_host_is_left_the_probe_ends_with_what_it_knows(backend: str) -> None:
    async def main() -> None:
        service = SimulatedService(latency_seconds=1.0)
        probing = ApiRun(Workload(sessions=30), Budget())
        async with anyio.create_task_group() as tasks:
            posts = [FakePost("a", service, tasks, dies_at_seconds=3.0)]
            target = fleet(posts)
            assert await until_alone(probing, target) is None
            assert anyio.current_time() < 30.0
            tasks.cancel_scope.cancel()
        found = probing.capacity()
        assert found.outcome == "inconclusive"
        assert 0 < found.requests_sent <= service.calls + 30

    run(main, on=backend)


def test_a_lost_call_ends_no_earlier_than_it_was_due() -> None:
    assert lost(5.0, 3.0).finished_seconds == 5.0
