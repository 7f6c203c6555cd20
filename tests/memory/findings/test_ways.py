"""Several processes that made the same sessions, and the number that holds for all of them."""

import random
import statistics

import pytest

from stresstune.memory.findings import ways
from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.readings.sample import Reading
from stresstune.memory.reckoning.forecast import Projection

MB = 10**6
ROOM = 402 * MB


def way(each_mb: float, *, sessions: int = 60, uneven_mb: float = 0) -> Ledger:
    ledger = Ledger(group=None)
    ledger.add(Reading(rss_bytes=10 * MB, charged_bytes=10 * MB), 0)
    for n in range(1, sessions + 1):
        uneven = uneven_mb * (n * 7 % 5)
        ledger.note_height(round((20 + each_mb * n + uneven) * MB), nothing=0)
    return ledger


def number(*seen: Ledger) -> int:
    projection = ways.project(seen, ROOM, 4)
    assert projection is not None
    return projection.sessions


def way_up(seed: int, each_mb: float, *, to_mb: float) -> Ledger:
    """A way that peaks of up to 15 MB make uneven, until the guard ends it."""
    draw, ledger = random.Random(seed), way(0, sessions=0)
    while (at := 60 + each_mb * len(ledger.heights_bytes) + draw.uniform(0, 15)) < to_mb:
        ledger.note_height(round(at * MB), nothing=0)
    ledger.guarded = to_mb < ROOM / MB
    return ledger


def out_of_heaps(*seen: Ledger, ratio: float = 0.0) -> list[Ledger]:
    for ledger in seen:
        ledger.heaps_ratio = ratio
    return list(seen)


def said(seen: list[Ledger]) -> Projection:
    projection = ways.project(seen, ROOM, 4, stopped_at_bytes=350 * MB)
    assert projection is not None
    return projection


def test_where_all_go_one_way_that_is_the_number():
    assert number(way(5)) == number(way(5), way(5)) == number(way(5), way(5), way(5)) == 76
    assert not said([way(5), way(5), way(5)]).sizes_vary


def test_what_was_left_outside_in_one_process_only_was_left_by_others(
    monkeypatch: pytest.MonkeyPatch,
):
    seen = [way(5), way(5), way(5)]
    outside = {id(seen[0]): 90 * MB, id(seen[1]): 6 * MB, id(seen[2]): 6 * MB}
    monkeypatch.setattr(Ledger, "outside_bytes", property(lambda it: outside.get(id(it), 0)))
    monkeypatch.setattr(Ledger, "held", property(lambda it: len(it.heights_bytes)))
    assert number(*seen) == 74
    assert number(*seen[:2]) < 70


def test_no_other_process_is_killed_before_the_number_where_heaps_do_not_differ():
    predicted = [
        said([way_up(3 * seed + n, 4, to_mb=350) for n in range(3)]).sessions for seed in range(12)
    ]
    killed = [way_up(seed, 4, to_mb=ROOM / MB).completed for seed in range(60, 120)]
    assert max(predicted) <= 1.03 * min(killed)
    assert min(predicted) >= 0.9 * statistics.median(killed)


def test_where_heaps_differ_hardly_any_is_killed_before_the_number_and_the_interval_holds_it():
    draw = random.Random(5)

    def another(seed: int, to_mb: float) -> Ledger:
        return way_up(seed, 4 * (1 + 0.05 * draw.gauss(0, 1)), to_mb=to_mb)

    seen = [said([another(3 * seed + n, 350) for n in range(3)]) for seed in range(30)]
    killed = [another(seed, ROOM / MB).completed for seed in range(200, 300)]
    pairs = [(each, at) for each in seen for at in killed]
    assert sum(each.sessions > 1.03 * at for each, at in pairs) <= 0.05 * len(pairs)
    assert sum(each.low <= at <= each.high for each, at in pairs) >= 0.85 * len(pairs)
    assert statistics.median(each.sessions for each in seen) >= 0.75 * statistics.median(killed)


def test_three_that_are_alike_do_not_prove_that_a_fourth_is():
    """Where heaps fill in one of two ways, a tenth apart, all of them may have filled in one."""
    alike = said([way_up(seed, 4, to_mb=350) for seed in range(3)])
    assert alike.sessions <= 1.03 * way_up(9, 4.4, to_mb=ROOM / MB).completed
    assert alike.sizes_vary


def test_how_far_they_differ_is_said():
    apart = said([way(5), way(6)])
    assert apart.sizes_vary
    assert apart.low <= apart.sessions < 63
    assert apart.high >= 76


def test_what_heaps_may_become_is_doubted_less_the_more_were_seen():
    uneven = [way(5, uneven_mb=8) for _ in range(3)]
    assert number(*uneven[:1]) < number(*uneven[:2]) <= number(*uneven) < number(way(5))


def test_more_than_six_differ_as_six_do():
    assert said([way(5), *[way(5.1), way(5.3)] * 4]).sizes_vary


def test_heaps_that_hold_nothing_need_not_be_doubted():
    uneven = [way(5, uneven_mb=10) for _ in range(3)]
    doubted = said(uneven)
    sure = said(out_of_heaps(*uneven))
    half = said(out_of_heaps(*uneven, ratio=0.5))
    assert doubted.sessions <= half.sessions <= sure.sessions
    assert sure.high - sure.low < half.high - half.low < doubted.high - doubted.low


def test_the_fullest_heaps_are_the_ones_that_count():
    uneven = [way(5, uneven_mb=10) for _ in range(3)]
    all_of_it = said(uneven)
    out_of_heaps(*uneven[1:])
    assert said(uneven) == all_of_it


def test_what_processes_that_differ_were_seen_to_do_counts_where_nothing_is_in_heaps():
    assert said(out_of_heaps(way(5), way(6))).sizes_vary


def test_what_each_process_held_is_not_taken_back():
    differ = [way_up(nth, each, to_mb=395) for nth, each in enumerate([3.6, 4.4, 3.9])]
    assert said(differ).sessions >= min(each.completed for each in differ)


def test_hardly_any_holds_fewer_than_each_of_several_did():
    differ = [way_up(nth, 4 + 0.2 * nth, to_mb=350) for nth in range(3)]
    held = min(each.completed for each in differ)
    assert 0.95 * held < said(differ).low < held
    assert said(differ[1:]).low < 0.9 * held
    few = said([way(20, sessions=3) for _ in range(3)])
    assert (few.low, few.sizes_vary) == (2, True)


def test_what_one_differs_by_chance_holds_for_all():
    """Else the one that happened to keep to its line would be believed too well."""
    even, uneven = way(5), way(5, uneven_mb=10)
    assert number(even, even, uneven) < number(even, even, even)


@pytest.mark.parametrize("each_mb", [(5, 6.5, 8), (3, 3.1, 9), (5, 5, 5.2)])
def test_more_room_never_holds_fewer(each_mb: tuple[float, ...]):
    seen = [way(each, uneven_mb=9) for each in each_mb]
    numbers = [ways.project(seen, room * MB, 4).sessions for room in range(100, 3000, 43)]
    assert numbers == sorted(numbers)


def test_more_is_not_proved_than_one_held_that_was_ended_before_it_told_anything():
    assert number(way(5), way(300, sessions=1)) == 1
    at_once = ways.project([way(5), way(300, sessions=1)], ROOM, 4)
    assert at_once is not None
    assert (at_once.low, at_once.sizes_vary) == (0, True)


def test_where_none_tells_anything_nothing_is_said():
    assert ways.project([way(5, sessions=1)], ROOM, 4) is None


@pytest.mark.parametrize("guarded", [False, True])
def test_where_the_guard_ended_one_the_next_session_needed_more(guarded: bool):
    seen = way(5, sessions=40)
    seen.guarded = guarded
    projection = ways.project([seen], ROOM, 4, stopped_at_bytes=300 * MB)
    assert projection is not None
    assert (projection.sessions < 70) == guarded
