from __future__ import annotations

import random
from statistics import fmean

import pytest

from stresstune.api.knee import find_throughput
from stresstune.api.response import completed, response_time
from stresstune.load.driver import CUT_OFF
from stresstune.model.load import Attempt
from tests.api.attempts import attempt


def test_without_a_call_there_is_no_response_time() -> None:
    assert response_time([], None, 10.0).seconds == ()
    assert response_time([], None, 10.0).high_seconds == 0.0


def test_calls_that_were_cut_off_are_as_long_as_those_that_took_longer() -> None:
    chance = random.Random(5)
    truth = [chance.lognormvariate(2.0, 0.7) for _ in range(4000)]
    seen = [(seconds, chance.uniform(5, 20)) for seconds in truth]
    ended = [seconds for seconds, until in seen if seconds <= until]
    cut = [until for seconds, until in seen if seconds > until]
    assert fmean(ended) < 0.85 * fmean(truth)
    # what is beyond the longest that ended is not known
    assert fmean(completed(ended, cut)) == pytest.approx(fmean(truth), rel=0.1)


def test_calls_cut_off_at_the_end_may_make_answers_longer_and_never_shorter() -> None:
    ended = [attempt(place, 5.0 + place % 5) for place in range(40)]
    cut = [attempt(40 + place, 6.0, "ignored", error=CUT_OFF) for place in range(20)]
    without = response_time(ended, None, 10.0)
    found = response_time([*ended, *cut], None, 10.0)
    assert found.high_seconds > without.high_seconds
    assert found.low_seconds == without.low_seconds
    assert found.seconds == without.seconds


def test_a_call_that_hangs_is_no_answer_that_comes_late() -> None:
    ended = [attempt(place, 5.0 + place % 5) for place in range(40)]
    hung = attempt(40, 100.0, "ignored", error=CUT_OFF)
    assert response_time([*ended, hung], None, 10.0) == response_time(ended, None, 10.0)


def queue(seed: int, alone: int, places: int = 4, mean: float = 2.0) -> list[Attempt]:
    """Return calls alone, and then 60 of which 30 are under way."""
    chance = random.Random(seed)
    works = [chance.expovariate(1 / mean) for _ in range(alone + 60)]
    calls = [attempt(100.0 * number, works[number]) for number in range(alone)]
    begin = 100.0 * alone
    free = [begin] * places
    for number, work in enumerate(works[alone:]):
        free.sort()
        free[0] += work
        start = begin + max(0, number - 30) * mean / places
        calls.append(attempt(start, max(free[0] - start, work), in_flight=min(number + 1, 30)))
    return calls


def test_the_mean_of_few_calls_beside_a_queue_is_rarely_outside_of_its_interval() -> None:
    too_short = too_long = 0
    for seed in range(300):
        calls = queue(seed, alone=6)
        throughput = find_throughput(calls)
        if throughput is None:  # these few happened to take long
            continue
        found = response_time(calls, throughput, 10.0)
        too_short += found.high_seconds < 2.0
        too_long += found.low_seconds > 2.0
    assert too_short < 0.1 * 300
    assert 0 < too_long < 0.1 * 300


def test_where_calls_may_have_waited_a_rate_is_reckoned_with_those_among_few() -> None:
    first = attempt(0.0, 9.0)
    few = [attempt(10 + 5 * place, seconds) for place, seconds in enumerate((4.0, 7.0, 5.0))]
    many = [attempt(40 + place, 6.5 + place % 3, in_flight=12) for place in range(12)]
    calls = [first, *few, *many]
    assert find_throughput(calls) is None
    found = response_time(calls, None, 10.0, few_users=True)
    assert found.low_seconds == pytest.approx(16 / 3)
    assert response_time(calls, None, 10.0).low_seconds > 6.5
    as_quick = [attempt(40 + place, 5.0 + place % 3, in_flight=12) for place in range(12)]
    assert response_time([first, *few, *as_quick], None, 10.0, few_users=True).low_seconds > 5.5


def test_two_calls_alone_that_were_quick_by_chance_do_not_stand_for_all_among_few() -> None:
    few = [attempt(0.0, 4.9), attempt(70.0, 1.3), attempt(130.0, 0.9)]
    pairs = [attempt(5 + 40 * place, 2.7 + place, in_flight=2) for place in range(4)]
    many = [attempt(200 + place, 2.5 + place % 3 / 5, in_flight=12) for place in range(60)]
    found = response_time([*few, *pairs, *many], None, 10.0, few_users=True)
    assert found.low_seconds > 2.0


@pytest.mark.parametrize("seconds", [0.0, 1e-6])
def test_calls_alone_that_are_answered_at_once_have_an_interval_too(seconds: float) -> None:
    alone = [attempt(float(place), seconds) for place in range(8)]
    line = [attempt(10 + place, 20.0 + place * 7919 % 13, in_flight=20) for place in range(40)]
    calls = [*alone, *line]
    throughput = find_throughput(calls)
    assert throughput is not None
    found = response_time(calls, throughput, 10.0)
    assert 0.0 <= found.low_seconds <= seconds + 1e-9
    assert seconds - 1e-9 <= found.high_seconds < 0.1
