from __future__ import annotations

from stresstune.api.climb import STAGE_SECONDS, Climb
from stresstune.api.evidence import Evidence
from stresstune.model.workload import Workload
from tests.api.attempts import attempt


def climbing(top: int = 30) -> Climb:
    return Climb(evidence=Evidence(workload=Workload(), attempts=[]), top=top)


def test_a_level_doubles_once_it_has_been_answered() -> None:
    climb = climbing()
    levels = []
    for place in range(70):
        levels.append(climb.now(place / 100))
        climb.evidence.attempts.append(attempt(place))
    assert levels[0] == 1
    assert sorted(set(levels)) == [1, 2, 4, 8, 16, 30]
    assert levels == sorted(levels)
    assert levels.count(4) == 4
    assert climb.at_top


def test_slow_answers_do_not_hold_it_up() -> None:
    climb = climbing()
    seconds = [STAGE_SECONDS * stage for stage in range(1, 6)]
    assert [climb.now(at) for at in seconds] == [2, 4, 8, 16, 30]


def test_it_stays_below_a_cap_that_was_found() -> None:
    climb = climbing()
    for stage in range(1, 6):
        climb.now(STAGE_SECONDS * stage)
    climb.top = climb.level = 7
    assert climb.now(100.0) == 7


def test_it_rises_no_further_than_a_queue_needs() -> None:
    climb = climbing()
    calls = climb.evidence.attempts
    calls += [attempt(place * 2.0, 1.0 + place / 50) for place in range(8)]
    calls += [attempt(20 + n * 0.1, 20.0 + n * 0.8, in_flight=20) for n in range(30)]
    calls.append(attempt(60, 1.0))
    climb.level = 20
    assert climb.evidence.throughput() is not None
    assert climb.now(1000.0) == 20
    assert not climb.at_top


def test_it_rises_no_further_where_twice_as_many_would_be_late_by_littles_law() -> None:
    climb = climbing(100)
    served = 0
    for tenth in range(600):
        now = tenth / 10
        climb.now(now)
        while served < 2 * now - 2:  # two a second, the first after a second
            since = climb.level / 2 if served > 4 else 1.0
            made = attempt(now - since, seconds=since, in_flight=climb.level)
            climb.evidence.attempts.append(made)
            served += 1
    assert climb.level == 16  # 8 s each: 32 would take 16 s


def test_it_rises_on_where_answers_are_slow_but_wait_for_nobody() -> None:
    climb = climbing(30)
    for second in range(60):
        climb.now(float(second))
        made = [attempt(second - 8.0, seconds=8.0, in_flight=climb.level)] * (climb.level // 8)
        climb.evidence.attempts.extend(made if second >= 8 else [])
    assert climb.at_top
