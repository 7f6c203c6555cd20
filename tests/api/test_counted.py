from __future__ import annotations

from collections.abc import Callable

import pytest

from stresstune.api.probe import ApiRun, aprobe_api, probe_with
from stresstune.model.api import ApiCapacity
from stresstune.model.workload import Budget, Workload
from stresstune.testing import FixedWindow, RateLimit, SimulatedService, SlidingWindow, TokenBucket
from tests import virtual_time
from tests.api.neighbour import Neighboured


def found_of(rate: RateLimit, *, max_seconds: float = 180, latency: float = 1.5) -> ApiCapacity:
    service = SimulatedService(rate=rate, stated=True, latency_seconds=latency, latency_sigma=0.3)

    async def probe() -> ApiCapacity:
        return await aprobe_api(service, Workload(), budget=Budget(max_seconds=max_seconds))

    return virtual_time.run(probe)


@pytest.mark.parametrize("latency", [0.1, 1.5])
@pytest.mark.parametrize(
    ("rate", "counts"),
    [
        (lambda: SlidingWindow(quota=60, counts_rejected=True), True),
        (lambda: SlidingWindow(quota=60), False),
        (lambda: FixedWindow(quota=60), False),
        (lambda: TokenBucket(quota=60, burst=60), False),
    ],
)
def test_a_stated_quota_is_seen_to_count_refused_calls_or_not(
    rate: Callable[[], RateLimit], counts: bool, latency: float
) -> None:
    found = found_of(rate(), latency=latency)
    (limit,) = found.limits
    assert (limit.value, limit.provenance, limit.counts_rejected) == (60, "stated", counts)
    assert ("refused calls are counted too" in limit.evidence) is counts


@pytest.mark.parametrize(("quota", "latency"), [(14, 0.2), (100, 0.05)])
def test_it_is_seen_where_the_calls_came_nearly_all_at_once(quota: int, latency: float) -> None:
    found = found_of(SlidingWindow(quota=quota, counts_rejected=True), latency=latency)
    assert found.limits[0].counts_rejected
    assert found.requests_sent <= 1.25 * quota + 12


def test_what_admits_again_at_the_stated_time_is_no_rolling_window() -> None:
    found = found_of(FixedWindow(quota=60, phase_seconds=30), latency=0.1)
    assert not found.limits[0].counts_rejected
    assert found.requests_sent <= 66
    assert found.seconds < 33


def test_a_stated_delay_that_lies_does_not_hide_that_they_count() -> None:
    service = SimulatedService(
        rate=SlidingWindow(quota=60, counts_rejected=True), stated=True, lying_delay_seconds=3.0
    )

    async def probe() -> ApiCapacity:
        return await aprobe_api(service, Workload())

    found = virtual_time.run(probe)
    assert found.limits[0].counts_rejected


def test_a_window_of_which_somebody_had_used_a_part_turns_later_and_does_not_count_them() -> None:
    rate = Neighboured(FixedWindow(280, phase_seconds=13.8), 90, 22)
    assert not found_of(rate).limits[0].counts_rejected


def test_where_all_fit_in_any_case_nothing_more_is_asked() -> None:
    service = SimulatedService(
        rate=SlidingWindow(quota=60, counts_rejected=True), stated=True, latency_seconds=0.1
    )

    async def probe() -> ApiCapacity:
        return await aprobe_api(service, Workload(sessions=9, think_seconds=15.0))

    found = virtual_time.run(probe)
    assert found.limits[0].value == 60
    assert found.seconds < 60
    assert found.max_sessions(15.0) >= 9


def test_without_the_time_for_it_nothing_more_is_asked() -> None:
    found = found_of(SlidingWindow(quota=60, counts_rejected=True), max_seconds=30)
    assert found.rejected == 1
    assert not found.limits[0].counts_rejected


def test_a_rehearsal_does_not_wait_for_a_minute() -> None:
    service = SimulatedService(rate=SlidingWindow(quota=60), stated=True)
    service.simulated = True  # type: ignore[attr-defined]

    async def probe() -> ApiCapacity:
        return await probe_with(ApiRun(Workload(), Budget()), service)

    found = virtual_time.run(probe)
    assert found.rejected == 1
    assert found.seconds < 60


@pytest.mark.parametrize("quota", [0, 5])
def test_a_quota_that_carries_hardly_anybody_is_not_asked_again(quota: int) -> None:
    found = found_of(SlidingWindow(quota=quota))
    assert (found.limits[0].value, found.requests_sent) == (quota, quota + 1)


@pytest.mark.parametrize(
    ("rate", "resets"),
    [
        (lambda: FixedWindow(quota=60, phase_seconds=20), True),
        (lambda: SlidingWindow(quota=60), False),
        (lambda: SlidingWindow(quota=60, counts_rejected=True), False),
        (lambda: TokenBucket(quota=60, burst=10), False),
    ],
)
def test_a_stated_quota_is_seen_to_turn_as_a_whole_or_not(
    rate: Callable[[], RateLimit], resets: bool
) -> None:
    (limit,) = found_of(rate()).limits
    assert limit.resets is resets
    assert ("as its window turns" in limit.evidence) is resets
