import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresstune.memory.reckoning.fit import Fit
from stresstune.memory.reckoning.forecast import LARGEST_COUNT, project
from stresstune.memory.reckoning.steps import Step
from tests.memory.reckoning.test_fit import MB, steps_of


def test_equal_sessions_are_a_division():
    seen = project(Fit(steps_of(78, 78, 78, 78, transient_mb=30)), 2000 * MB)
    assert seen.sessions == (2000 - 20 - 30) // 78 == 25
    assert (seen.low, seen.high) == (25, 25)
    assert seen.bytes_per_session == 78 * MB
    assert seen.baseline_bytes == 20 * MB
    assert seen.transient_bytes == 30 * MB
    assert not seen.sizes_vary


def test_what_the_first_session_loads_is_in_the_baseline():
    seen = project(Fit(steps_of(160, 10, 10, 10)), 1000 * MB)
    assert seen.baseline_bytes == 170 * MB
    assert seen.sessions == 83


def test_that_nobody_died_may_have_been_luck_where_the_moments_differ():
    sizes, large, lucky = [10] * 12, 150, (150,) * 8 + (40,) * 4
    steps = [
        Step(number, (20 + sum(sizes[:number])) * MB, needs * MB)
        for number, needs in enumerate((0, *lucky))
    ]
    seen = project(Fit(steps), 250 * MB)
    assert seen.low <= (250 - 20 - large) // 10 < seen.sessions == len(sizes)
    assert seen.sizes_vary
    alike = project(Fit(steps_of(*sizes, transient_mb=large)), 250 * MB)
    assert alike.low == alike.sessions == len(sizes)


def test_growth_brings_the_end_nearer():
    equal = project(Fit(steps_of(*[10] * 8)), 1000 * MB)
    grown = project(Fit(steps_of(*(10 + n for n in range(8)))), 1000 * MB)
    assert grown.grows
    assert grown.sessions == 35
    assert equal.sessions == 98


def test_the_formula_holds_for_every_kind():
    for sizes in ([10] * 6, [10 + n for n in range(8)], [5, 20, 9, 14, 11, 30, 8]):
        seen = project(Fit(steps_of(*sizes, transient_mb=7)), 900 * MB)
        reckoned = (900 * MB - seen.baseline_bytes - seen.transient_bytes) / seen.bytes_per_session
        assert reckoned == pytest.approx(seen.sessions, abs=1.01)


@pytest.mark.no_cover
def test_unequal_sessions_get_an_interval_that_holds_the_truth():
    """In 200 worlds: the number of sessions that would really have fitted lies inside."""
    draw = random.Random(4)
    inside = 0
    for _ in range(200):
        sizes = [draw.lognormvariate(2.5, 0.5) for _ in range(200)]
        fits = next(n for n in range(200) if 20 + sum(sizes[: n + 1]) > 1000)
        seen = project(Fit(steps_of(*sizes[:12])), 1000 * MB)
        inside += seen.low <= fits <= seen.high
        assert seen.low <= seen.sessions <= seen.high
    assert inside >= 0.9 * 200


def test_an_interval_that_is_wide_is_said_to_be_one():
    assert project(Fit(steps_of(5, 5, 40, 9, 22)), 1000 * MB).sizes_vary


def test_few_sessions_before_the_end_know_little():
    seen = project(Fit(steps_of(100, 40)), 400 * MB)
    assert seen.sessions == 2 + 6
    assert seen.low == 2 + 2


def test_more_than_the_room_is_too_many():
    assert project(Fit(steps_of(78, 78, 78)), 180 * MB).sessions == 2
    assert project(Fit(steps_of(78, 78, 78)), 1).sessions == 0


def test_what_many_rows_held_is_not_taken_back_but_for_a_session():
    rows = [Step(0, 20 * MB), *(Step(8 * n, (20 + 80 * n) * MB, 60 * MB) for n in range(1, 5))]
    fit = Fit(rows, threads=8)
    seen = project(fit, 375 * MB)
    assert seen.low < seen.sessions == 31 <= seen.high
    assert project(fit, 300 * MB).sessions < 31
    one_by_one = Fit(steps_of(*[10] * 32, transient_mb=60), threads=8)
    assert project(one_by_one, 375 * MB).sessions == 0


def test_a_heap_that_falls_to_pieces_may_find_a_use_for_them():
    """Of 3 MB that each session takes from the system, it keeps 2."""
    steps = [Step(n, (20 + 3 * n) * MB, free_bytes=n * MB) for n in range(41)]
    seen = project(Fit(steps), 200 * MB)
    assert seen.sessions == seen.low == (200 - 20) // 3
    assert seen.high == 40 + (200 - 20 - 120) // 2
    assert seen.sizes_vary
    assert not project(Fit(steps), 145 * MB).sizes_vary  # near the end it makes no difference


def test_of_a_few_rows_the_last_may_be_all_half_made_or_all_but_one_complete():
    rows = [Step(4 * n, (20 + 4 * 80 * n) * MB) for n in range(3)]
    seen = project(Fit(rows, threads=4), 1070 * MB)
    assert (seen.low, seen.sessions, seen.high) == (10, 11, 13)
    assert seen.sizes_vary
    in_turn = [replace(step, together_ratio=0.05) for step in rows]
    assert project(Fit(in_turn, threads=4), 1070 * MB).sessions == 13
    many = project(Fit(rows, threads=4), 10_000 * MB)
    assert (many.sessions, many.sizes_vary) == (122, False)


def test_what_users_in_step_need_at_once_others_may_need_one_after_the_other():
    rows = [Step(4 * n, (20 + 20 * n) * MB, 80 * MB) for n in range(6)]
    seen = project(Fit(rows, threads=4), 500 * MB)
    assert seen.low < seen.sessions < (500 - 20 - 80) // 5
    assert seen.high == (500 - 20 - 80 / 4) // 5
    assert seen.sizes_vary
    in_turn = [replace(step, together_ratio=0.0) for step in rows]
    assert Fit(in_turn, threads=4).held_with_luck(500 * MB) == 0


def test_threads_that_need_more_than_there_is_leave_nothing():
    fit = Fit(steps_of(10, 10, 10, transient_mb=100), threads=8)
    assert project(fit, 500 * MB).sessions == 0


def test_sessions_that_keep_nothing_are_bounded_by_what_can_be_seen():
    fit = Fit([Step(n, 20 * MB) for n in range(5)])
    assert 10_000 < project(fit, 1000 * MB).sessions < LARGEST_COUNT


def test_a_great_number_of_unequal_sessions_is_reckoned_and_not_played():
    draw = random.Random(1)
    seen = project(Fit(steps_of(*(draw.uniform(0.05, 0.15) for _ in range(30)))), 10_000 * MB)
    assert seen.sessions == pytest.approx(100_000, rel=0.15)
    assert seen.low < seen.sessions < seen.high


@settings(deadline=None)
@given(
    st.lists(st.floats(10, 100), min_size=2, max_size=12),
    st.integers(0, 3000),
    st.integers(0, 500),
)
def test_more_room_never_means_fewer_sessions(sizes: list[float], room_mb: int, more_mb: int):
    fit = Fit(steps_of(*sizes))
    assert project(fit, room_mb * MB).sessions <= project(fit, (room_mb + more_mb) * MB).sessions
