"""What a refusal is taken for, where it is easily taken for something else."""

from __future__ import annotations

import pytest

from stresstune.api.probe import aprobe_api
from stresstune.model.api import ApiCapacity
from stresstune.model.workload import Budget, Workload
from stresstune.testing import FixedWindow, SimulatedService, SlidingWindow, TokenBucket
from tests import virtual_time


def probe(service: SimulatedService, sessions: int = 30, **budget: float) -> ApiCapacity:
    async def main() -> ApiCapacity:
        return await aprobe_api(service, Workload(sessions=sessions), budget=Budget(**budget))

    return virtual_time.run(main)


@pytest.mark.parametrize("seed", range(6))
def test_random_refusals_near_the_top_are_no_cap(seed: int) -> None:
    service = SimulatedService(overload_ratio=0.03, overload_code=429, latency_sigma=0.3, seed=seed)
    capacity = probe(service)
    assert "concurrency" not in {limit.kind for limit in capacity.limits}
    assert capacity.max_sessions(2.0) == 0


@pytest.mark.parametrize("code", [429, 503])
def test_rare_random_refusals_are_counted_and_borne(code: int) -> None:
    service = SimulatedService(overload_ratio=0.003, overload_code=code, latency_sigma=0.3, seed=11)
    capacity = probe(service)
    assert capacity.max_sessions(2.0) >= 25
    assert capacity.error_ratio <= 0.01


def test_503s_now_and_then_do_not_hide_a_quota() -> None:
    service = SimulatedService(
        rate=FixedWindow(150, phase_seconds=20), overload_ratio=0.005, latency_sigma=0.3, seed=2
    )
    capacity = probe(service)
    assert capacity.limits[0].kind == "requests_per_minute"
    assert capacity.limits[0].value == pytest.approx(150, rel=0.02)


@pytest.mark.parametrize("places", [1, 2, 5, 28])
def test_a_cap_is_told_at_any_height(places: int) -> None:
    capacity = probe(SimulatedService(concurrency=places, latency_sigma=0.3, seed=places))
    (limit,) = capacity.limits
    assert (limit.kind, limit.value) == ("concurrency", places)


def test_a_cap_above_the_wanted_sessions_is_never_met() -> None:
    capacity = probe(SimulatedService(concurrency=8, latency_sigma=0.3), sessions=4)
    assert (capacity.outcome, capacity.limits) == ("enough", ())


def test_a_quota_that_somebody_used_up_is_waited_for() -> None:
    service = SimulatedService(
        rate=FixedWindow(60, phase_seconds=25, used=60), latency_sigma=0.3, seed=3
    )
    capacity = probe(service)
    assert capacity.limits[0].kind == "requests_per_minute"
    assert capacity.limits[0].low <= 60


@pytest.mark.parametrize(
    "rate", [FixedWindow(200, phase_seconds=50), SlidingWindow(200), TokenBucket(200, burst=30)]
)
def test_a_quota_that_cannot_be_settled_in_time_is_a_lower_bound(rate: object) -> None:
    capacity = probe(SimulatedService(rate=rate, latency_sigma=0.3, seed=4), max_seconds=30)
    assert capacity.seconds <= 30.01
    assert all(limit.low <= 200 for limit in capacity.limits)
    assert capacity.max_sessions(2.0) <= 11
