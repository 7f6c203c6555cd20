"""What is proved holds, whatever admitted it."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stresstune.api.proof import BUCKET_RATIO, most_in_window, proven_in_window
from stresstune.testing import FixedWindow, SlidingWindow, TokenBucket

starts = st.lists(st.floats(0, 200), min_size=1, max_size=150).map(sorted)
some = settings(max_examples=150, deadline=None)


@some
@given(starts, st.integers(1, 150), st.floats(0, 60))
def test_no_fixed_window_that_admitted_all_is_smaller_than_proved(
    starts: list[float], quota: int, phase: float
) -> None:
    limit = FixedWindow(quota, phase_seconds=phase)
    assume(all(limit.admit(start) for start in starts))
    # the phases tried are whole seconds apart: what begins within one of them may be hidden
    hidden = max(sum(abs(other - start) <= 1 for other in starts) for start in starts)
    assert proven_in_window(starts) <= quota + hidden


@some
@given(st.lists(st.integers(0, 400), min_size=1, max_size=150), st.integers(1, 99), st.data())
def test_no_fixed_window_of_a_phase_that_is_tried_is_smaller_than_proved(
    halves: list[int], quota: int, data: st.DataObject
) -> None:
    starts = sorted(half / 2 for half in halves)
    phase = (starts[0] + data.draw(st.integers(0, 59))) % 60
    limit = FixedWindow(quota, phase_seconds=phase)
    assume(all(limit.admit(start) for start in starts))
    assert proven_in_window(starts) <= quota


@some
@given(starts, st.integers(1, 150))
def test_no_sliding_window_that_admitted_all_is_smaller_than_proved(
    starts: list[float], quota: int
) -> None:
    limit = SlidingWindow(quota)
    assume(all(limit.admit(start) for start in starts))
    assert proven_in_window(starts) <= quota
    assert most_in_window(starts) <= quota


@some
@given(starts, st.integers(4, 150), st.floats(0.01, BUCKET_RATIO))
def test_no_bucket_that_admitted_all_is_smaller_than_proved(
    starts: list[float], quota: int, ratio: float
) -> None:
    limit = TokenBucket(quota, burst=quota * ratio)
    assume(all(limit.admit(start) for start in starts))
    assert proven_in_window(starts) <= quota + 1e-6


@given(starts, st.floats(0, 0.5), st.floats(0, 0.5))
def test_more_risk_proves_no_less(starts: list[float], one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert proven_in_window(starts, phase_risk_ratio=low) <= proven_in_window(
        starts, phase_risk_ratio=high
    )


@given(starts, st.floats(0, 200))
def test_one_more_call_proves_no_less_to_a_window(starts: list[float], more: float) -> None:
    assert most_in_window(starts) <= most_in_window([*starts, more])


def test_no_calls_prove_nothing() -> None:
    assert proven_in_window([]) == 0
    assert most_in_window([]) == 0


@pytest.mark.parametrize(("calls", "proved"), [(1, 1), (600, 300), (1200, 600)])
def test_a_minute_may_be_hidden_half_by_its_turn(calls: int, proved: int) -> None:
    even = [place * 60 / calls for place in range(calls)]
    assert proven_in_window(even) == pytest.approx(proved, abs=calls / 30 + 1)


def test_a_slow_beginning_takes_nothing_from_what_is_proved() -> None:
    slow = [10.0 * place for place in range(10)]
    quick = [100 + place / 2 for place in range(200)]
    assert proven_in_window([*slow, *quick]) > 0.9 * proven_in_window(quick)
