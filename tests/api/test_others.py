"""Somebody else uses the quota while we probe."""

from __future__ import annotations

import pytest

from stresstune.api.probe import aprobe_api
from stresstune.model.api import ApiCapacity
from stresstune.model.workload import Budget, Workload
from stresstune.testing import (
    FixedWindow,
    SimulatedService,
    SlidingWindow,
    TokenBucket,
    users_hold,
)
from tests import virtual_time
from tests.api.neighbour import Neighboured

pytestmark = pytest.mark.no_cover


def probe(
    service: SimulatedService, workload: Workload | None = None, **budget: float
) -> ApiCapacity:
    async def main() -> ApiCapacity:
        return await aprobe_api(service, workload, budget=Budget(**budget))

    return virtual_time.run(main)


LIMITS = {
    "fixed": lambda quota: FixedWindow(quota, phase_seconds=17),
    "sliding": SlidingWindow,
    "bucket": lambda quota: TokenBucket(quota, burst=quota / 6),
}


@pytest.mark.parametrize(
    ("quota", "others", "stated"), [(240, 80, True), (240, 80, False), (120, 60, True)]
)
@pytest.mark.parametrize("kind", sorted(LIMITS))
def test_what_a_steady_neighbour_takes_is_not_recommended(
    kind: str, quota: int, others: int, stated: bool
) -> None:
    def service(seed: int) -> SimulatedService:
        rate = Neighboured(LIMITS[kind](quota), others, seed)
        return SimulatedService(rate=rate, stated=stated, latency_sigma=0.3, seed=seed)

    capacity = probe(service(3))
    assert capacity.requests_sent <= 1000
    assert capacity.seconds <= 180.1
    carried = capacity.max_sessions(2.0)
    assert users_hold(service, carried)
    if stated:
        assert capacity.limits[0].value == quota
        assert carried > 0  # where nothing is stated, it may look like refusals at random


@pytest.mark.parametrize(("others", "seed"), [(40, 1), (60, 2), (60, 3)])
def test_a_neighbour_who_had_called_before_is_looked_for_in_a_sliding_window_too(
    others: int, seed: int
) -> None:
    def service(seed: int) -> SimulatedService:
        rate = Neighboured(SlidingWindow(152), others, seed)
        return SimulatedService(rate=rate, latency_seconds=0.23, latency_sigma=0.3, seed=seed)

    workload = Workload(sessions=12)
    capacity = probe(service(seed), workload)
    carried = capacity.max_sessions(workload.think_seconds)
    assert carried > 0
    assert capacity.seconds <= 180.0
    assert users_hold(service, carried, workload)


def test_it_is_said_what_is_left() -> None:
    rate = Neighboured(SlidingWindow(240), 120)
    (limit,) = probe(SimulatedService(rate=rate, stated=True, latency_sigma=0.3)).limits
    assert 80 <= limit.low < 120 * 1.1
    assert "somebody else takes a part" in limit.evidence
    assert limit.high == 240


@pytest.mark.parametrize("kind", sorted(LIMITS))
def test_who_was_there_before_us_and_went_takes_nothing(kind: str) -> None:
    used = {
        "fixed": FixedWindow(120, phase_seconds=33, used=60),
        "sliding": SlidingWindow(120, used=60),
        "bucket": TokenBucket(120, burst=20, used=10),
    }
    (limit,) = probe(SimulatedService(rate=used[kind], stated=True, latency_sigma=0.3)).limits
    assert (limit.value, limit.low) == (120, 120)


def test_a_service_that_never_admits_a_call_carries_nobody() -> None:
    service = SimulatedService(rate=Neighboured(SlidingWindow(900), 100_000), stated=True)
    capacity = probe(service)
    assert capacity.limits[0].value == 900
    assert capacity.max_sessions(2.0) == 0
    assert capacity.seconds < 180


def test_a_token_quota_is_shared_likewise() -> None:
    def service(seed: int) -> SimulatedService:
        rate = Neighboured(FixedWindow(60_000, phase_seconds=40), 100, seed)
        return SimulatedService(
            tokens=rate, input_tokens_sd=60, stated=True, latency_sigma=0.3, seed=seed
        )

    capacity = probe(service(1))
    assert capacity.limits[0].kind == "tokens_per_minute"
    assert capacity.max_sessions(2.0) > 0
    assert users_hold(service, capacity.max_sessions(2.0))


def test_the_budget_holds_during_the_second_look() -> None:
    rate = Neighboured(SlidingWindow(240), 120)
    service = SimulatedService(rate=rate, stated=True, latency_sigma=0.3)
    capacity = probe(service, max_requests=260, max_seconds=100)
    assert capacity.requests_sent <= 260
    assert capacity.seconds <= 100.1
    assert capacity.limits[0].value == 240


@pytest.mark.parametrize(("quota", "burst"), [(60, 1.0), (60, 4.0), (150, 12.0)])
def test_a_stated_bucket_that_explains_all_calls_is_shared_with_nobody(
    quota: float, burst: float
) -> None:
    def service(seed: int) -> SimulatedService:
        return SimulatedService(
            rate=TokenBucket(quota, burst=burst), stated=True, latency_sigma=0.3, seed=seed
        )

    (limit,) = probe(service(2)).limits
    assert (limit.value, limit.low, limit.flows) == (quota, quota, True)
    assert limit.burst == pytest.approx(burst, abs=0.2)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["fixed", "sliding"])
def test_a_stated_window_is_taken_for_no_bucket(kind: str, seed: int) -> None:
    for rate in (Neighboured(LIMITS[kind](60), 20, seed), LIMITS[kind](24), LIMITS[kind](90)):
        service = SimulatedService(rate=rate, stated=True, latency_sigma=0.5, seed=seed)
        (limit,) = probe(service).limits
        assert not limit.flows
    used = {
        "fixed": FixedWindow(40, phase_seconds=9, used=25),
        "sliding": SlidingWindow(40, used=25),
    }
    (limit,) = probe(SimulatedService(rate=used[kind], stated=True, latency_sigma=0.3)).limits
    assert not limit.flows
