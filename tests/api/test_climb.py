from __future__ import annotations

import pytest

from stresstune.api.climb import STAGE_SECONDS, Climb
from stresstune.api.evidence import Evidence
from stresstune.model.workload import Workload
from tests.api.attempts import attempt


def climbing(top: int = 30, objective_seconds: float = 10.0) -> Climb:
    workload = Workload(latency_objective_seconds=objective_seconds)
    return Climb(evidence=Evidence(workload=workload, attempts=[]), top=top)


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
    climb = climbing(objective_seconds=60.0)
    climb.evidence.attempts.append(attempt(0.0, seconds=STAGE_SECONDS))
    climb.evidence.pending = dict.fromkeys(range(9), STAGE_SECONDS)
    seconds = [STAGE_SECONDS * (1 + stage) for stage in range(1, 5)]
    assert [climb.now(STAGE_SECONDS), *map(climb.now, seconds[:1])] == [2, 4]
    climb.evidence.attempts += [attempt(STAGE_SECONDS, seconds=4.0, in_flight=2) for _ in range(9)]
    climb.evidence.pending = {}
    assert [climb.now(at) for at in seconds[1:]] == [8, 16, 30]


def test_before_the_first_answer_hardly_anybody_else_is_made_to_wait() -> None:
    climb = climbing()
    assert [climb.now(STAGE_SECONDS * stage) for stage in range(6)] == [1, 2, 2, 2, 2, 2]
    climb.evidence.attempts.append(attempt(0.0, seconds=4.0))
    assert climb.now(18.0) == 4


def test_no_more_are_asked_unanswered_than_would_be_answered_in_time_one_after_the_other() -> None:
    climb = climbing(objective_seconds=30.0)
    climb.evidence.attempts.append(attempt(0.0, seconds=5.0))
    assert [climb.now(STAGE_SECONDS * stage) for stage in range(2, 8)] == [2, 4, 8, 8, 8, 8]
    climb = climbing(objective_seconds=30.0)
    climb.evidence.attempts.append(attempt(0.0, seconds=5.0))
    assert [climb.now(STAGE_SECONDS * stage) for stage in range(2, 5)] == [2, 4, 8]
    climb.evidence.attempts += [attempt(10.0, seconds=5.0, in_flight=4) for _ in range(2)]
    assert climb.now(15.5) == 8
    climb.evidence.attempts += [attempt(10.0, seconds=5.0, in_flight=8) for _ in range(2)]
    assert climb.now(15.5) == 16


def test_where_most_calls_take_longer_than_alone_it_rises_by_answers_only() -> None:
    climb = climbing(objective_seconds=60.0)
    climb.level = 4
    climb.evidence.attempts += [attempt(0.0, seconds=4.0), attempt(4.0, seconds=17.0, in_flight=2)]
    climb._since_attempts = 2
    climb.evidence.pending = {1: 4.5, 2: 5.0, 3: 5.5}
    assert climb.now(22.0) == 4
    climb.evidence.pending = {1: 18.0, 2: 19.0, 3: 20.0}
    assert climb.now(22.0) == 8


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
        made = [attempt(second - 8.0, seconds=8.0, in_flight=climb.level)] * max(
            climb.level // 8, 1
        )
        climb.evidence.attempts.extend(made if second >= 8 else [])
    assert climb.at_top


def test_once_it_is_seen_to_queue_it_is_not_looked_at_again_with_every_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = []

    def looked(_: Climb, seconds: float) -> bool:
        looks.append(seconds)
        return True

    monkeypatch.setattr(Climb, "_would_only_queue", looked)
    climb = climbing()
    climb.level = 16
    climb.evidence.attempts += [attempt(place) for place in range(16)]
    for place in range(200):
        climb.now(1000.0 + place)
        climb.evidence.attempts.append(attempt(place))
    assert len(looks) == 200 // 8
