from __future__ import annotations

from stresstune.api.enough import in_flight_that_proves, is_enough, is_hopeless
from stresstune.api.evidence import Evidence
from stresstune.model.workload import Workload
from tests.api.attempts import attempt


def asked(calls: int, failed: int) -> bool:
    """Say whether so many calls, evenly over a minute, are enough for a class of three."""
    made = [
        attempt(60 * place / calls, outcome="failed" if place < failed else "ok", in_flight=3)
        for place in range(calls)
    ]
    return is_enough(Evidence(workload=Workload(sessions=3, think_seconds=8.0), attempts=made))


def test_a_failure_among_few_calls_is_looked_into_before_it_is_enough() -> None:
    assert asked(200, failed=0)
    assert not asked(200, failed=1)
    assert asked(800, failed=4)


def test_slow_answers_are_given_half_a_minute_to_become_quicker() -> None:
    def hopeless(seconds: int) -> bool:
        made = [attempt(place * seconds / 40, seconds=12.0) for place in range(41)]
        return is_hopeless(Evidence(workload=Workload(sessions=3), attempts=made))

    assert not hopeless(20)
    assert hopeless(30)


def in_flight_for(think_seconds: float, *, refusals: int = 0) -> int:
    """Return how many calls in flight prove that ten fit whose answers take ten seconds."""
    made = [attempt(place, seconds=10.0, in_flight=10) for place in range(60)]
    known = Evidence(workload=Workload(sessions=10, think_seconds=think_seconds), attempts=made)
    if refusals:
        known.find_cap(10)
    return in_flight_that_proves(known, 10)


def test_users_who_hardly_pause_are_proved_by_a_few_more_calls_in_flight_than_there_are_users() -> (
    None
):
    assert in_flight_for(20.0) == 10
    assert 10 < in_flight_for(1.0) <= 13
    assert in_flight_for(1.0, refusals=1) == 10
