from __future__ import annotations

import random

import pytest

from stresstune.api.knee import crowded, find_throughput, growth_ratio
from stresstune.load.driver import Driver
from stresstune.model.load import Attempt
from stresstune.testing import SimulatedService
from tests import virtual_time


def attempt(start: float, seconds: float, in_flight: int, outcome: str = "ok") -> Attempt:
    return Attempt(
        intended_seconds=start,
        started_seconds=start,
        finished_seconds=start + seconds,
        outcome=outcome,
        in_flight=in_flight,
    )


def ladder(service: SimulatedService, levels: tuple[int, ...] = (1, 1, 2, 4, 8, 16)) -> Driver:
    async def climb() -> Driver:
        from stresstune.api.probe import OutcomeReader

        driver = Driver(target=service, reader=OutcomeReader())
        for level in levels:
            await driver.volley(level)
            await driver.volley(level)
        return driver

    return virtual_time.run(climb)


@pytest.mark.parametrize(("places", "latency"), [(1, 0.8), (2, 1.5), (4, 2.0)])
def test_a_queue_is_found_with_the_throughput_behind_it(places: int, latency: float) -> None:
    service = SimulatedService(
        places=places, latency_seconds=latency, latency_sigma=0.2, seed=places
    )
    found = find_throughput(ladder(service).attempts)
    truth = places / (latency * 1.02)
    assert found is not None
    assert found.per_second == pytest.approx(truth, rel=0.2)
    assert found.low <= found.per_second <= found.high
    assert found.growth_ratio > 1.3
    assert 0.9 * latency < found.unqueued_seconds < 2 * latency


@pytest.mark.parametrize("seed", range(12))
def test_a_service_that_does_not_queue_has_no_throughput(seed: int) -> None:
    service = SimulatedService(latency_sigma=0.6, seed=seed)
    assert find_throughput(ladder(service).attempts) is None


def test_calls_are_parted_by_how_many_were_in_flight() -> None:
    calls = [attempt(0, 1, level) for level in (1, 2, 3, 8, 16)]
    few, many = crowded(calls)
    assert [call.in_flight for call in few] == [1, 2]
    assert [call.in_flight for call in many] == [16]
    assert crowded([attempt(0, 1, 4, "rejected")]) == ([], [])


def test_too_few_calls_tell_nothing_of_growth() -> None:
    assert growth_ratio([]) == 1.0
    assert growth_ratio([attempt(0, 1, 1), attempt(0, 9, 9)]) == 1.0


def test_a_few_long_answers_under_load_are_no_throughput_yet() -> None:
    alone = [attempt(place * 2, 1.0, 1) for place in range(6)]
    among = [attempt(20, 4.0 + place / 10, 8) for place in range(8)]
    assert growth_ratio([*alone, *among]) > 4
    assert find_throughput([*alone, *among]) is None


def test_answers_that_end_all_at_once_tell_no_rate() -> None:
    alone = [attempt(place * 2, 1.0, 1) for place in range(6)]
    among = [attempt(20 + place / 100, 30 - 20 - place / 100, 40) for place in range(30)]
    late = attempt(30.0, 9.0, 40)
    assert find_throughput([*alone, *among, late]) is None


def test_the_interval_holds_the_truth_nearly_always() -> None:
    held = 0
    for seed in range(20):
        service = SimulatedService(
            places=3, latency_seconds=1.0, latency_sigma=0.5, seed=seed * 31 + 7
        )
        found = find_throughput(ladder(service, (1, 1, 1, 2, 4, 24)).attempts)
        truth = 3 / 1.133
        held += found is not None and found.low * 0.95 <= truth <= found.high * 1.05
    assert held >= 15


def test_growth_is_judged_by_medians() -> None:
    chance = random.Random(1)
    calm = [attempt(place, chance.uniform(0.9, 1.1), 1) for place in range(10)]
    busy = [attempt(place, chance.uniform(0.9, 1.1), 10) for place in range(9)]
    assert growth_ratio([*calm, *busy, attempt(5, 60, 10)]) == pytest.approx(1.0, abs=0.1)
