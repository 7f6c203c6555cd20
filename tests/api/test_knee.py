from __future__ import annotations

import random

import pytest

from stresstune.api.in_time import in_time_per_second
from stresstune.api.knee import (
    crowded,
    find_throughput,
    growth_ratio,
    is_queue_unmeasured,
)
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


def served_in_turn(seconds: list[float], places: int, in_flight: int) -> list[Attempt]:
    """Return the calls of a closed loop on a server with so many places, in the order of starts."""
    free, ends, calls = [0.0] * places, [], []
    for number, service in enumerate(seconds):
        start = 0.001 * number if number < in_flight else sorted(ends)[number - in_flight]
        begin = max(start, free[0])
        free = sorted([*free[1:], begin + service])
        ends.append(begin + service)
        calls.append(attempt(start, begin + service - start, min(number + 1, in_flight)))
    return calls


def test_pauses_between_calls_are_no_part_of_a_throughput() -> None:
    calls = served_in_turn([1.0] * 60, places=2, in_flight=20)
    after = [
        attempt(call.started_seconds + 200, call.service_seconds, call.in_flight) for call in calls
    ]
    found = find_throughput([*calls, *after])
    assert found is not None
    assert found.per_second == pytest.approx(2.0, rel=0.05)


@pytest.mark.parametrize(("before", "after"), [(4.0, 1.0), (1.0, 4.0)])
def test_a_throughput_that_has_changed_is_that_of_late(before: float, after: float) -> None:
    calls = served_in_turn([before] * 40 + [after] * 80, places=2, in_flight=20)
    found = find_throughput(calls)
    assert found is not None
    assert found.per_second == pytest.approx(2 / after, rel=0.05)
    assert found.since_seconds > 0


def test_how_much_services_differ_is_read_from_the_queue() -> None:
    chance = random.Random(5)
    calls = served_in_turn([chance.expovariate(0.5) for _ in range(300)], places=4, in_flight=24)
    found = find_throughput(calls)
    assert found is not None
    assert found.unqueued_sd_seconds == pytest.approx(2.0, rel=0.35)
    even = find_throughput(served_in_turn([2.0] * 300, places=4, in_flight=24))
    assert even is not None
    assert even.unqueued_sd_seconds < 0.5


def test_a_server_that_slows_down_with_every_call_is_read_at_the_objective() -> None:
    slower = [attempt(n, 2.0 + 0.4 * n, n) for n in range(1, 41)]
    # at 10 s there are 20 calls in flight
    assert in_time_per_second(slower, 10.0) == pytest.approx(2.0)
    assert in_time_per_second(slower[:10], 10.0) == float("inf")  # none is near the objective
    assert in_time_per_second([attempt(n, 9.0, n) for n in range(1, 41)], 10.0) == float("inf")


def test_a_queue_is_unmeasured_until_enough_answers_have_come() -> None:
    alone = [attempt(place, 1.0, 1) for place in range(6)]
    queue = served_in_turn([1.0] * 60, places=1, in_flight=10)
    shifted = [attempt(c.started_seconds + 10, c.service_seconds, c.in_flight) for c in queue]
    assert not is_queue_unmeasured(alone)
    assert is_queue_unmeasured([*alone, *shifted[:14]])
    assert not is_queue_unmeasured([*alone, *shifted])


def test_who_gave_up_waiting_was_in_the_queue_too() -> None:
    alone = [attempt(place * 2 - 100, 2.0, 1) for place in range(6)]
    queue = served_in_turn([2.0] * 40, places=1, in_flight=40)
    patient, impatient = queue[:20], queue[20:]
    gave_up = [attempt(call.started_seconds, 42.0, 40, "timed_out") for call in impatient]
    found = find_throughput([*alone, *patient, *gave_up])
    assert found is not None
    assert found.per_second == pytest.approx(0.5, rel=0.05)
    assert find_throughput([*alone, *patient]) is None  # too few of them were among many others


def test_two_at_a_time_wait_for_each_other_where_there_is_one_place() -> None:
    first, second = attempt(0, 4.0, 1), attempt(3.5, 8.0, 2)
    few, _ = crowded([first, second])
    assert few == [first]
    few, _ = crowded([first, attempt(3.5, 4.5, 2)])
    assert len(few) == 2


def test_one_call_alone_tells_growth_beside_many_that_all_took_much_longer() -> None:
    alone = attempt(0, 4.0, 1)
    assert growth_ratio([alone, *[attempt(5, 17.0, 4)] * 16]) == pytest.approx(17 / 4)
    assert growth_ratio([alone, *[attempt(5, 17.0, 4)] * 15]) == 1.0
    assert growth_ratio([alone, *[attempt(5, 7.0, 4)] * 16]) == 1.0


def test_a_throughput_is_known_no_better_than_its_services_are_even() -> None:
    def width(seconds: list[float]) -> float:
        alone = [attempt(place * 9 - 999, service, 1) for place, service in enumerate((2, 4, 6, 8))]
        found = find_throughput([*alone, *served_in_turn(seconds, places=1, in_flight=9)])
        assert found is not None
        return found.per_second / found.low - 1

    uneven = [2.0, 4.0, 6.0, 8.0] * 10  # batches of four that are all alike, by chance
    assert width(uneven) > 1.96 * 0.4 / 40**0.5
    assert width([5.0] * 40) < width(uneven)


def test_calls_alone_before_and_after_the_others_tell_together() -> None:
    def alone(*starts: float, seconds: float) -> list[Attempt]:
        return [attempt(start, seconds, 1) for start in starts]

    many = [attempt(20.0 + place / 10, 9.0 + place / 10, 16) for place in range(40)]
    after = alone(90, 100, 110, 120, seconds=2.0)
    few, _ = crowded([*alone(0, 5, seconds=2.1), *many, *after])
    assert len(few) == 6
    few, _ = crowded([*alone(0, 5, seconds=4.0), *many, *after])  # it was slow at first
    assert few == after


def test_one_slow_call_alone_is_not_what_calls_differ_by() -> None:
    service = SimulatedService(places=3, latency_seconds=2.0, latency_sigma=0.2, seed=2)
    found = find_throughput(ladder(service).attempts)
    slow = [attempt(1000.0, 2.0, 1), attempt(1010.0, 20.0, 1)]
    with_slow = find_throughput([*slow, *ladder(service).attempts])
    assert found is not None
    assert with_slow is not None
    assert found.unqueued_sd_seconds <= with_slow.unqueued_sd_seconds < 3.0


def test_calls_among_no_more_than_are_surely_served_at_once_tell_like_those_alone() -> None:
    quiet = [attempt(10.0 * place, 1.9 + 0.1 * (place % 3), 1) for place in range(6)]
    some = [attempt(60.0 + place, 2.0, 4) for place in range(5)]
    # six places of two seconds, and a queue of twenty
    many = [attempt(80.0 + place / 3, 7.0 + place % 2 / 10, 24) for place in range(60)]
    found = find_throughput([*quiet, *some, *many])
    assert found is not None
    assert found.per_second == pytest.approx(3.0, rel=0.1)
    assert {call.in_flight for call in found.alone} == {1, 4}
    assert len(found.alone) == 11


def test_calls_among_more_than_may_be_served_at_once_may_have_waited() -> None:
    quiet = [attempt(10.0 * place, 1.9 + 0.1 * (place % 3), 1) for place in range(6)]
    some = [attempt(60.0 + place, 2.0, 8) for place in range(5)]
    many = [attempt(80.0 + place / 3, 7.0 + place % 2 / 10, 24) for place in range(60)]
    found = find_throughput([*quiet, *some, *many])
    assert found is not None
    assert {call.in_flight for call in found.alone} == {1}
