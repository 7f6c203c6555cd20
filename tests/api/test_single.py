from __future__ import annotations

import heapq
import random
from statistics import fmean

import pytest

from stresstune.api.single import services_of_one_place
from stresstune.model.load import Attempt
from tests.api.attempts import attempt


def served(places: int, variation: float, seed: int, calls: int = 40) -> list[Attempt]:
    """Return calls alone, and then others that come quicker than they are served."""
    chance = random.Random(seed)
    free, ends, now, log = [0.0] * places, [], 0.0, []
    for number in range(calls):
        now = max(now, *free) + 0.1 if number < 4 else now + 0.3 / places
        work = max(chance.gauss(2.0, 2.0 * variation), 0.05)
        begun = max(now, heapq.heappop(free))
        heapq.heappush(free, begun + work)
        under_way = sum(end > now for end in ends) + 1
        ends.append(begun + work)
        log.append(attempt(now, begun + work - now, in_flight=under_way))
    return log


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("variation", [0.0, 0.1, 0.5])
def test_a_single_place_tells_how_long_it_works_on_each_call(variation: float, seed: int) -> None:
    calls = served(1, variation, seed)
    alone = sorted(calls[:4], key=lambda call: call.service_seconds)[:3]  # none by a rare chance
    services = services_of_one_place(calls, alone, 0.5)
    assert len(services) == len(calls)
    assert fmean(services) == pytest.approx(2.0, abs=0.5)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("variation", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("places", [2, 3, 6])
def test_calls_that_are_served_side_by_side_tell_it_not(
    places: int, variation: float, seed: int
) -> None:
    calls = served(places, variation, seed)
    assert services_of_one_place(calls, calls[:4], places / 2.0) == ()


def test_what_was_served_by_another_service_tells_nothing_of_this_one() -> None:
    slow = [attempt(place * 5.0, 4.0) for place in range(10)]
    quick = [attempt(60 + place * 2.0, 1.0) for place in range(20)]
    services = services_of_one_place([*slow, *quick], quick[:4], 1.0, since_seconds=60.0)
    assert set(services) == {1.0}


def test_too_few_calls_or_one_that_failed_tell_nothing() -> None:
    calls = served(1, 0.5, 1)
    assert services_of_one_place(calls[:15], calls[:4], 0.5) == ()
    assert services_of_one_place([*calls, attempt(99, 60, "timed_out")], calls[:4], 0.5) == ()
    assert services_of_one_place(calls, [], 0.5) == ()
