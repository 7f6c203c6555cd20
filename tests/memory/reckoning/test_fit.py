import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresstune.memory.reckoning.fit import Fit
from stresstune.memory.reckoning.line import fit_line
from stresstune.memory.reckoning.steps import Step

MB = 1_000_000


def steps_of(*sizes_mb: float, base_mb: float = 20, transient_mb: float = 0) -> list[Step]:
    """Steps of one session each."""
    total, steps = base_mb, [Step(0, round(base_mb * MB))]
    for number, size in enumerate(sizes_mb, start=1):
        total += size
        steps.append(Step(number, round(total * MB), round(transient_mb * MB)))
    return steps


def test_the_warm_up_does_not_count():
    assert Fit(steps_of(150, 10, 10, 10)).mean_bytes == 10 * MB


def test_a_single_session_counts_for_want_of_others():
    fit = Fit(steps_of(10))
    assert fit.mean_bytes == 10 * MB
    assert fit.spread_bytes == 0
    assert not fit.is_equal


def test_sessions_that_differ_by_little_are_equal():
    assert Fit(steps_of(10, 10, 10.04, 10)).is_equal
    assert not Fit(steps_of(10, 10, 10.1, 10)).is_equal
    assert not Fit(steps_of(10, 10, 10)).is_equal


def test_a_beginning_that_settles_is_left_out():
    fit = Fit(steps_of(99, 34, 54, 20, 12, 12, 12, 12, 12))
    assert fit.mean_bytes == 12 * MB
    assert fit.is_equal


def test_a_step_upwards_is_believed():
    assert Fit(steps_of(5, 5, 5, 9, 9, 9, 9)).mean_bytes == 9 * MB


def test_a_pattern_that_comes_again_is_no_beginning():
    sizes = [8, 8, 8, 32, 8, 8, 8, 8, 32, 8, 8, 8, 8]
    assert Fit(steps_of(8, *sizes)).mean_bytes == pytest.approx(sum(sizes) / len(sizes) * MB)


def test_small_steps_are_joined_to_the_size_of_the_large_ones():
    held, total, steps = 0, 0, [Step(0, 0)]
    for count in (1, 1, 1, 1, 2, 4, 8, 16, 16, 3):
        held, total = held + count, total + count * MB
        steps.append(Step(held, total))
    fit = Fit(steps)
    assert [each.count for each in fit.increments] == [9, 8, 16, 19][: len(fit.increments)] or all(
        each.count >= 8 for each in fit.increments
    )
    assert fit.measured == 52
    assert fit.mean_bytes == MB


def test_growth_is_proved_or_not_there():
    assert Fit(steps_of(10, 10, 11, 12, 13, 14)).grows
    assert not Fit(steps_of(10, 10, 13, 9, 14, 11)).grows
    assert not Fit(steps_of(10, 14, 13, 12, 11, 10)).grows
    assert not Fit(steps_of(10, 10, 11, 12)).grows


def test_growth_is_carried_on_in_sum():
    fit = Fit(steps_of(10, 11, 12, 13, 14, 15))
    assert fit.sum_of_next(3) == pytest.approx((16 + 17 + 18) * MB)
    assert fit.expected_bytes(10) == pytest.approx(19 * MB)


def test_growth_by_a_factor_is_recognised():
    fit = Fit(steps_of(*(8 * 1.2**n for n in range(8))))
    assert fit.sum_of_next(3) == pytest.approx(8 * MB * (1.2**8 + 1.2**9 + 1.2**10), rel=1e-3)


def test_what_grows_needs_more_for_a_moment_too():
    steps = [Step(n, round(10 * MB * n + n * n * MB / 2), round(2 * n * MB)) for n in range(8)]
    peaks = Fit(steps).peaks
    assert peaks.rise_bytes == pytest.approx(2 * MB)
    assert peaks.most_bytes == pytest.approx(14 * MB)


def test_what_cannot_be_seen_counts_as_kept():
    fit = Fit([Step(n, 20 * MB) for n in range(5)])
    assert fit.mean_bytes == 0
    assert fit.size_bytes == 65536 / 3
    assert not fit.is_equal or fit.mean_bytes == 0


def test_what_threads_need_for_a_moment_adds_up():
    one_at_a_time = Fit(steps_of(10, 10, 10, transient_mb=5), threads=4)
    assert one_at_a_time.transient_bytes == pytest.approx((4 * 5 + 15) * MB)
    together = Fit([Step(0, 0), Step(1, 10 * MB), Step(5, 50 * MB, 6 * MB)], threads=4)
    assert together.transient_bytes == pytest.approx((6 + 15) * MB)


def test_a_line_through_one_place_has_no_slope():
    line = fit_line([(1, 3, 5.0), (1, 3, 7.0)])
    assert (line.level, line.slope, line.slope_error) == (6.0, 0.0, math.inf)


@given(
    st.lists(st.floats(0.1, 100), min_size=2, max_size=30),
    st.integers(1, 8),
)
def test_a_fit_never_fails_and_its_numbers_are_finite(sizes: list[float], threads: int):
    fit = Fit(steps_of(*sizes), threads=threads)
    assert fit.size_bytes > 0
    assert math.isfinite(fit.sum_of_next(1000))
    assert fit.sum_of_next(1000) >= fit.sum_of_next(10) > 0
    assert 0 <= fit.spread_bytes < math.inf


def fit_of(*sizes_mb: float) -> Fit:
    total, steps = 10.0, [Step(0, 10 * MB)]
    for held, size in enumerate(sizes_mb, start=1):
        total += size
        steps.append(Step(held, round(total * MB)))
    return Fit(steps)


def test_a_model_that_a_later_session_loads_belongs_to_no_session():
    assert fit_of(6, 6, 6, 6, 86, *[6] * 12).mean_bytes == 6 * MB


def test_nor_does_it_where_a_smaller_one_came_before_it():
    fit = Fit(steps_of(10, 8, 10, 10, 10, 90, *[10] * 12))
    assert fit.mean_bytes == 10 * MB
    assert fit.is_equal
    mixed = Fit(steps_of(10, 8, 10, 90, 10, 90, *[10] * 20))
    assert mixed.mean_bytes > 15 * MB


def test_a_late_load_is_believed_only_after_a_long_calm():
    assert fit_of(6, 6, 6, 6, 86, *[6] * 6).mean_bytes > 6 * MB


def test_jumps_that_come_again_are_no_beginning():
    table = fit_of(*[2] * 3, 10, *[2] * 5, 20, *[2] * 30)
    assert table.mean_bytes > 2.5 * MB


def test_a_cache_that_fills_up_is_a_beginning():
    assert fit_of(*[4.5] * 10, *[2.5] * 12).mean_bytes == 2.5 * MB


def test_a_large_beginning_is_seen_before_it_is_joined_to_small_steps():
    held, total, steps = 0, 10.0, [Step(0, 10 * MB)]
    for count, each in [(1, 3.2), (1, 2.6), (1, 0.9), (1, 0.577), (6, 0.577), (10, 0.575)]:
        held, total = held + count, total + count * each
        steps.append(Step(held, round(total * MB)))
    assert Fit(steps).spread_bytes < 0.01 * MB


def test_of_sizes_that_shrink_those_that_came_last_count() -> None:
    fit = Fit(steps_of(*(int(20 / (1 + n / 8)) for n in range(99))))
    assert fit.mean_bytes == MB
    assert 20 <= fit.measured < 30


def test_a_large_one_among_many_or_a_few_that_shrink_are_no_such_trend() -> None:
    few = Fit(steps_of(20, 10, 9, 8, 7, 6, 5, 4, 3))
    assert few.measured == 8
    once = Fit(steps_of(*[1] * 20, *[100] * 3, *[1] * 60))
    assert once.measured > 42
