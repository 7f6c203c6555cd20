from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresstune.emulator.quotas import (
    FixedWindow,
    Gate,
    Meter,
    Places,
    SlidingWindow,
    TokenBucket,
    default_burst,
    make_meter,
)

GAPS = st.lists(st.floats(0, 40), max_size=60)
AMOUNTS = st.integers(1, 5)


def admitted(meter: Meter, times: list[float], amount: int = 1) -> list[float]:
    kept = []
    for now in times:
        if meter.fits(now, amount):
            meter.take(now, amount)
            kept.append(now)
    return kept


def times_of(gaps: list[float]) -> list[float]:
    now, times = 0.0, []
    for gap in gaps:
        now += gap
        times.append(now)
    return times


@given(GAPS, st.integers(0, 8), st.floats(0, 59))
def test_a_fixed_window_admits_its_limit_in_each_minute_and_no_more(gaps, limit, phase):
    times = times_of(gaps)
    kept = admitted(FixedWindow(limit, 60.0, phase), times)
    for minute in {math.floor((now + phase) / 60) for now in times}:
        asked = [now for now in times if math.floor((now + phase) / 60) == minute]
        inside = [now for now in kept if math.floor((now + phase) / 60) == minute]
        assert len(inside) == min(limit, len(asked))


@given(GAPS, st.integers(0, 8))
def test_a_sliding_window_never_holds_more_than_its_limit_in_any_60_seconds(gaps, limit):
    times = times_of(gaps)
    kept = admitted(SlidingWindow(limit, 60.0), times)
    for now in times:
        inside = [then for then in kept if then <= now < then + 60.0]
        assert len(inside) <= limit
        assert now in kept or len(inside) == limit


@given(GAPS, st.integers(1, 60), st.integers(1, 10))
def test_a_bucket_admits_at_most_its_burst_and_what_flows_in(gaps, limit, burst):
    kept = admitted(TokenBucket(limit, 60.0, burst), times_of(gaps))
    for start in range(len(kept)):
        for end in range(start, len(kept)):
            seconds = kept[end] - kept[start]
            assert end - start + 1 <= burst + seconds * limit / 60.0 + 1e-6


@given(st.sampled_from(["fixed", "sliding", "bucket"]), GAPS, AMOUNTS, st.integers(10, 40))
def test_what_is_told_to_wait_fits_after_that_wait(window, gaps, amount, limit):
    meter = make_meter(window, limit, 60.0, burst=limit)
    now = 0.0
    for gap in gaps:
        now += gap
        if not meter.fits(now, amount):
            wait_seconds = meter.wait_seconds(now, amount)
            assert 0 < wait_seconds <= 60.0
            now += wait_seconds + 1e-6
        assert meter.fits(now, amount)
        assert meter.wait_seconds(now, amount) == pytest.approx(0.0)
        meter.take(now, amount)


@pytest.mark.parametrize("window", ["fixed", "sliding", "bucket"])
def test_a_limit_of_zero_never_admits_and_waits_a_window_at_most(window):
    meter = make_meter(window, 0, 60.0)
    assert not meter.fits(0.0, 1)
    assert not meter.fits(1e6, 1)
    assert 0 < meter.wait_seconds(1e6, 1) <= 60.0


@pytest.mark.parametrize("window", ["sliding", "bucket"])
def test_an_amount_above_the_whole_limit_waits_a_window_and_never_fits(window):
    meter = make_meter(window, 10, 60.0, burst=10)
    assert meter.wait_seconds(0.0, 11) == 60.0
    assert not meter.fits(120.0, 11)


def test_a_sliding_window_in_which_refused_calls_are_counted_admits_nothing_under_overload():
    meter, kept = SlidingWindow(10, 60.0), 0
    for tick in range(2400):
        now = tick * 0.1
        kept += meter.fits(now, 1)
        meter.take(now, 1)
    assert kept == 10


def test_a_bucket_in_which_refused_calls_are_counted_is_never_less_than_empty():
    bucket = TokenBucket(60, 60.0, burst=2)
    for _ in range(50):
        bucket.take(0.0, 1)
    assert bucket.wait_seconds(0.0, 1) == pytest.approx(1.0)


def test_a_bucket_into_which_nothing_flows_is_empty_for_good_once_it_is_empty():
    bucket = TokenBucket(0, 60.0, burst=1)
    bucket.take(0.0, 1)
    assert bucket.wait_seconds(1e6, 1) == 60.0
    assert not bucket.fits(1e6, 1)


def test_a_fixed_window_turns_at_its_phase():
    meter = FixedWindow(1, 60.0, phase_seconds=45.0)
    meter.take(0.0, 1)
    assert meter.wait_seconds(10.0, 1) == pytest.approx(5.0)
    assert meter.fits(15.0, 1)


def test_a_bucket_holds_a_sixth_of_its_limit_unless_told_otherwise():
    assert default_burst(600) == 100
    bucket = make_meter("bucket", 600, 60.0)
    assert len(admitted(bucket, [0.0] * 200)) == 100


def test_a_gate_remembers_how_many_were_inside():
    gate = Gate(2)
    assert [gate.enter() for _ in range(3)] == [True, True, False]
    gate.leave()
    assert (gate.inside, gate.most_inside) == (1, 2)


def test_a_gate_without_a_limit_lets_everybody_in():
    gate = Gate(None)
    assert all(gate.enter() for _ in range(1000))


@given(st.integers(1, 5), st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5)), max_size=40))
def test_places_serve_in_order_and_never_more_at_a_time_than_there_are(count, calls):
    places, now, spans = Places(count), 0, []
    for gap, service_seconds in calls:
        now += gap
        wait_seconds = places.book(now, service_seconds)
        spans.append((now + wait_seconds, now + wait_seconds + service_seconds))
    starts = [start for start, _ in spans]
    assert starts == sorted(starts)
    for start in starts:
        assert sum(1 for begin, end in spans if begin <= start < end) <= count


def test_a_full_queue_turns_away_and_takes_in_again_when_somebody_is_served():
    places = Places(1, queue=1)
    assert [places.book(0.0, 10.0) for _ in range(3)] == [0.0, 10.0, None]
    assert places.book(10.0, 10.0) == 10.0


def test_without_a_queue_only_the_places_are_taken():
    places = Places(2, queue=0)
    assert [places.book(0.0, 1.0) for _ in range(3)] == [0.0, 0.0, None]
    assert places.book(1.0, 1.0) == 0.0
