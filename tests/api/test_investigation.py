"""What a refusal is taken for, where it is easily taken for something else."""

from __future__ import annotations

import pytest

from stresstune.api.probe import aprobe_api
from stresstune.model.api import ApiCapacity
from stresstune.model.workload import Budget, Workload
from stresstune.testing import FixedWindow, SimulatedService, SlidingWindow, TokenBucket
from stresstune.testing.service import Answer
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


@pytest.mark.no_cover
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


def test_a_service_that_is_away_now_and_then_carries_nobody_whatever_its_quota() -> None:
    class AwayNowAndThen(SimulatedService):
        def arrive(self, now_seconds: float) -> Answer:
            self.overload_ratio = float((now_seconds + 23.0) % 90.0 < 6.0)
            return super().arrive(now_seconds)

    rate = FixedWindow(210, phase_seconds=43)
    capacity = probe(AwayNowAndThen(rate=rate, latency_sigma=0.4, seed=21))
    assert {limit.kind for limit in capacity.limits} == {"overload", "requests_per_minute"}
    assert capacity.max_sessions(2.0) == 0


@pytest.mark.no_cover
@pytest.mark.parametrize("places", [1, 2, 5, 28])
def test_a_cap_is_told_at_any_height(places: int) -> None:
    capacity = probe(SimulatedService(concurrency=places, latency_sigma=0.3, seed=places))
    (limit,) = capacity.limits
    assert (limit.kind, limit.value) == ("concurrency", places)


def test_a_cap_and_a_quota_that_are_met_within_a_moment_are_told_apart() -> None:
    service = SimulatedService(rate=SlidingWindow(90), concurrency=20, latency_seconds=0.15)
    capacity = probe(service)
    found = {limit.kind: limit.value for limit in capacity.limits}
    assert found == {"requests_per_minute": 90, "concurrency": 20}
    assert capacity.max_sessions(2.0) == 2


def test_why_it_goes_on_after_a_cap_is_said() -> None:
    said: list[str] = []

    async def main() -> ApiCapacity:
        service = SimulatedService(concurrency=5)
        return await aprobe_api(service, on_progress=lambda event: said.append(event.message))

    virtual_time.run(main)
    assert "up to 5 calls in flight, the cap: does a quota bind before it?" in said


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


@pytest.mark.parametrize("seconds", [10.0, 30.0, 120.0])
def test_a_sliding_window_of_another_length_is_told_by_when_it_opens_again(seconds: float) -> None:
    service = SimulatedService(
        rate=SlidingWindow(40, window_seconds=seconds), latency_sigma=0.3, seed=5
    )
    capacity = probe(service, max_seconds=400)
    (limit,) = capacity.limits
    assert (limit.kind, limit.window_seconds) == ("requests_per_minute", seconds)
    assert limit.value == pytest.approx(40 * 60 / seconds)


@pytest.mark.no_cover
def test_a_window_of_minutes_that_opened_again_is_not_taken_for_the_day() -> None:
    window = FixedWindow(300, window_seconds=300, phase_seconds=40)
    capacity = probe(SimulatedService(rate=window, latency_sigma=0.3), max_seconds=400)
    (limit,) = capacity.limits
    assert limit.kind == "requests_per_minute"
    assert 0 < limit.low <= 60  # as many a minute as 300 in five are; it may be in ten
    assert 1 <= capacity.max_sessions(2.0) <= 3


def test_a_minute_is_believed_once_it_was_seen_to_turn_again() -> None:
    # it opens again after half a minute, as a minute might that began half a minute before
    service = SimulatedService(
        rate=FixedWindow(50, window_seconds=300.0, phase_seconds=30.0), latency_sigma=0.3, seed=5
    )
    capacity = probe(service)
    (limit,) = capacity.limits
    assert (limit.kind, limit.provenance) == ("requests_per_minute", "lower_bound")
    assert 0 < limit.low <= 10  # 50 in five minutes
    assert "a longer one would have had to turn just while it was looked at" in limit.evidence


def test_what_never_opened_again_may_be_the_day() -> None:
    service = SimulatedService(
        rate=FixedWindow(50, window_seconds=3600.0, phase_seconds=30.0 - 1800.0), latency_sigma=0.3
    )
    (limit,) = probe(service).limits
    assert (limit.kind, limit.provenance) == ("requests_per_day", "lower_bound")
    assert "may be the day" in limit.evidence


@pytest.mark.parametrize("max_tokens", [2_600, 26_000])
def test_the_first_call_tells_what_the_others_cost(max_tokens: int) -> None:
    service = SimulatedService(input_tokens=260, latency_sigma=0.3)
    capacity = probe(service, max_tokens=max_tokens)
    assert capacity.requests_sent == max_tokens // 260


def test_what_somebody_else_used_of_a_sliding_window_is_waited_for() -> None:
    service = SimulatedService(rate=SlidingWindow(120, used=40), latency_sigma=0.3, seed=7)
    capacity = probe(service)
    (limit,) = capacity.limits
    assert limit.kind == "requests_per_minute"
    assert 100 <= limit.low <= 120


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", range(4))
def test_one_slow_place_is_a_queue_and_no_overload(seed: int) -> None:
    service = SimulatedService(places=1, latency_seconds=5.0, latency_sigma=0.5, seed=seed)
    patient = Workload(sessions=50, latency_objective_seconds=30.0)
    capacity = virtual_time.run(lambda: aprobe_api(service, patient))
    assert [limit.kind for limit in capacity.limits] == ["throughput"]
    assert 1 <= capacity.max_sessions(2.0) <= 5
    assert capacity.requests_sent < 100


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", range(1, 5))
def test_users_who_hardly_pause_between_slow_answers_are_proved_within_the_time(seed: int) -> None:
    service = SimulatedService(latency_seconds=11.0, latency_sigma=0.3, seed=seed)
    busy = Workload(sessions=10, think_seconds=1.0, latency_objective_seconds=60.0)
    capacity = virtual_time.run(lambda: aprobe_api(service, busy))
    assert capacity.outcome == "enough"
    assert capacity.max_sessions(1.0) >= 10
