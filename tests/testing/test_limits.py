from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresstune.testing import ConcurrencyCap, FixedWindow, RateLimit, SlidingWindow, TokenBucket

gaps = st.lists(st.floats(0, 20), min_size=1, max_size=120)


def admitted(limit: RateLimit, times: list[float]) -> list[float]:
    return [time for time in times if limit.admit(time)]


def times_of(gaps: list[float]) -> list[float]:
    return [sum(gaps[: place + 1]) for place in range(len(gaps))]


def most_in_any_span(times: list[float], seconds: float) -> int:
    return max((sum(t - seconds < s <= t for s in times) for t in times), default=0)


@given(gaps, st.integers(1, 30), st.floats(0, 60))
def test_a_fixed_window_admits_its_quota_in_each_window_and_no_more(
    gaps: list[float], quota: int, phase: float
) -> None:
    times = times_of(gaps)
    let_in = admitted(FixedWindow(quota, phase_seconds=phase), times)
    for window in {(time - phase) // 60 for time in times}:
        asked = sum((time - phase) // 60 == window for time in times)
        assert sum((time - phase) // 60 == window for time in let_in) == min(asked, quota)


@given(gaps, st.integers(1, 30))
def test_a_sliding_window_admits_its_quota_in_any_minute_and_no_more(
    gaps: list[float], quota: int
) -> None:
    times = times_of(gaps)
    limit = SlidingWindow(quota)
    let_in: list[float] = []
    for time in times:
        before = sum(time - 60 < earlier <= time for earlier in let_in)
        assert limit.admit(time) == (before < quota)
        if before < quota:
            let_in.append(time)
    assert most_in_any_span(let_in, 60) <= quota


@given(gaps, st.integers(1, 30))
def test_a_sliding_window_that_counts_rejected_calls_never_admits_more(
    gaps: list[float], quota: int
) -> None:
    times = times_of(gaps)
    counting = admitted(SlidingWindow(quota, counts_rejected=True), times)
    assert most_in_any_span(counting, 60) <= quota


def test_constant_overload_shuts_a_window_that_counts_rejected_calls_for_good() -> None:
    times = [place * 0.5 for place in range(600)]  # 120 a minute for 5 minutes
    assert len(admitted(SlidingWindow(100, counts_rejected=True), times)) == 100
    assert len(admitted(SlidingWindow(100), times)) == 500


@given(gaps, st.integers(1, 300), st.integers(1, 30))
def test_a_bucket_admits_its_size_and_what_flows_in(
    gaps: list[float], quota: int, burst: int
) -> None:
    times = times_of(gaps)
    let_in = admitted(TokenBucket(quota, burst=burst), times)
    for place, first in enumerate(let_in):
        for count, last in enumerate(let_in[place:], start=1):
            assert count <= burst + (last - first) * quota / 60 + 1e-6


@pytest.mark.parametrize(
    ("limit", "left"),
    [
        (FixedWindow(100, used=60), 40),
        (SlidingWindow(100, used=60), 40),
        (TokenBucket(100, burst=50, used=30), 20),
    ],
)
def test_what_somebody_else_used_is_gone_at_the_start(limit: RateLimit, left: int) -> None:
    assert len(admitted(limit, [0.0] * 100)) == left


def test_what_somebody_else_used_of_a_sliding_window_leaves_it_bit_by_bit() -> None:
    limit = SlidingWindow(100, used=60)
    admitted(limit, [0.0] * 100)
    assert 28 <= len(admitted(limit, [30.0] * 100)) <= 31


def test_calls_weigh_what_they_weigh() -> None:
    limit = FixedWindow(1000)
    assert [limit.admit(0.0, weight) for weight in (600, 500, 400)] == [True, False, True]


@pytest.mark.parametrize("limit", [FixedWindow(5), SlidingWindow(5), TokenBucket(30, burst=5)])
def test_after_the_retry_delay_it_admits_again_and_not_sooner(limit: RateLimit) -> None:
    admitted(limit, [1.0 + place / 10 for place in range(8)])
    delay = limit.retry_after_seconds(2.0)
    assert delay > 0
    assert not limit.admit(2.0 + delay - 0.05)
    assert limit.admit(2.0 + delay + 1e-6)


def test_an_idle_sliding_window_asks_for_no_delay() -> None:
    assert SlidingWindow(5).retry_after_seconds(3.0) == 0.0
    assert TokenBucket(60, burst=5).retry_after_seconds(3.0) == 0.0


def test_a_cap_has_room_as_soon_as_a_call_ends() -> None:
    cap = ConcurrencyCap(2)
    cap.occupy(until_seconds=3.0)
    cap.occupy(until_seconds=5.0)
    assert not cap.has_room(2.9)
    assert cap.has_room(3.0)


@pytest.mark.parametrize(
    ("limit", "options", "message"),
    [
        (FixedWindow, {"quota": -1}, "quota is -1"),
        (FixedWindow, {"quota": 5, "window_seconds": 0}, "window_seconds is 0"),
        (SlidingWindow, {"quota": 5, "used": -1}, "used is -1"),
        (TokenBucket, {"quota": 0, "burst": 1}, "quota is 0, and it must be above 0"),
        (TokenBucket, {"quota": 60, "burst": 0}, "burst is 0"),
        (ConcurrencyCap, {"places": 0}, "places is 0, and it must be at least 1"),
    ],
)
def test_a_limit_that_cannot_be_is_refused(limit, options, message) -> None:
    with pytest.raises(ValueError, match=message):
        limit(**options)
