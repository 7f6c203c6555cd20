from __future__ import annotations

import pytest

from stresstune.model.workload import Workload
from stresstune.testing import (
    Experience,
    FixedWindow,
    SimulatedService,
    live,
    most_users_that_hold,
)

pytestmark = pytest.mark.no_cover


def test_users_make_as_many_calls_as_the_response_time_law_says() -> None:
    life = live(SimulatedService(latency_seconds=1.5), 30, think_seconds=2.0, seconds=3000)
    assert life.calls == pytest.approx(30 / 3.5 * 3000, rel=0.01)
    assert (life.failed, life.p95_seconds) == (0, 1.5)


def test_users_by_the_clock_make_as_many() -> None:
    life = live(
        SimulatedService(latency_seconds=1.5), 30, think_seconds=2.0, seconds=900, exponential=False
    )
    assert life.calls == pytest.approx(30 / 3.5 * 900, rel=0.01)


def test_the_first_minute_is_not_counted() -> None:
    # the window that is open at the start is used up by somebody else, and turns after 50 s
    service = SimulatedService(rate=FixedWindow(10_000, phase_seconds=50, used=10_000))
    assert live(service, 10, think_seconds=2.0).failed == 0
    assert service.refused > 0


def test_nor_is_that_all_came_within_one_pause() -> None:
    # 100 users with a call in 62 s make 97 in a minute, give or take 10; at first it is 150
    service = SimulatedService(rate=FixedWindow(120, phase_seconds=30), latency_seconds=2.0)
    assert live(service, 100, think_seconds=60.0).failed == 0
    assert service.refused > 0


@pytest.mark.parametrize(
    ("failed", "p95", "holds"), [(10, 9.9, True), (11, 1.0, False), (0, 10.1, False)]
)
def test_it_holds_within_the_tolerance_and_the_objective(
    failed: int, p95: float, holds: bool
) -> None:
    experience = Experience(calls=1000, failed=failed, p95_seconds=p95)
    assert experience.holds(Workload()) == holds


@pytest.mark.parametrize(("quota", "truth"), [(150, 8), (300, 17), (10, 0), (4000, 30)])
def test_the_truth_of_a_minute_quota(quota: int, truth: int) -> None:
    def service(seed: int) -> SimulatedService:
        return SimulatedService(rate=FixedWindow(quota), latency_seconds=1.5, seed=seed)

    assert abs(most_users_that_hold(service, at_most=30) - truth) <= 1


def test_users_without_a_pause_are_as_many_as_calls_in_flight() -> None:
    eager = Workload(think_seconds=0.0)

    def service(seed: int) -> SimulatedService:
        return SimulatedService(concurrency=3, latency_seconds=1.0, refusal_seconds=0.5)

    assert most_users_that_hold(service, eager, at_most=5, rounds=1) == 3


def test_a_service_that_refuses_everything_carries_nobody() -> None:
    assert most_users_that_hold(lambda seed: SimulatedService(rate=FixedWindow(0)), at_most=5) == 0
