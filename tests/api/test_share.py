from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresstune.api.event import Event
from stresstune.api.share import in_window, is_whole, left_by_others, shared
from stresstune.model.api import Limit
from stresstune.model.load import QuotaStatement


def log(admitted: int, refused: int = 0, *, begin: float = 0.0, seconds: float = 60.0):
    """Calls evenly over a while, the refused ones last."""
    calls = admitted + refused
    return [
        Event(seconds=begin + (place + 1) * seconds / calls, admitted=place < admitted)
        for place in range(calls)
    ]


def said(delay_seconds: float | None = None) -> QuotaStatement:
    return QuotaStatement(quota="requests", value=1, retry_delay_seconds=delay_seconds)


def test_only_the_last_minute_counts() -> None:
    events = log(120, seconds=120.0)
    assert in_window(events, 120.0) == 60
    assert in_window(log(3, 2), 60.0) == 3
    assert in_window(log(3, 2), 60.0, admitted=False) == 5


@pytest.mark.parametrize(
    ("admitted", "whole"), [(100, True), (97, True), (96, False), (104, False)]
)
def test_a_minute_that_admits_the_quota_is_whole(admitted: int, whole: bool) -> None:
    assert is_whole(log(admitted, 1, seconds=20.0), 100, said()) == whole


def test_calls_that_overtook_a_refused_one_were_in_its_window() -> None:
    overtaken = Event(seconds=17.9, admitted=False)
    events = sorted([*log(100, 1, seconds=18.2), overtaken], key=lambda event: event.seconds)
    assert is_whole(events, 100, said())


def test_more_than_the_quota_is_whole_if_the_minute_turned_where_the_delay_says() -> None:
    first, second = log(30, begin=0.0, seconds=3.0), log(100, 1, begin=3.0, seconds=10.0)
    events = [*first, *second]
    assert is_whole(events, 100, said(50.0))
    assert not is_whole(events, 100, said())
    assert not is_whole(events, 100, said(48.0))  # then fewer were admitted since the turn
    assert not is_whole(events, 100, said(3600.0))


def test_what_others_take_is_reckoned_from_the_calls_that_were_refused_to_us() -> None:
    # 150 a minute of ours beside 75 of theirs: two of three places of 150 are ours
    left, low = left_by_others(150, log(100, 50), 60.0)
    assert left == pytest.approx(75.0)
    assert 50 < low < 75


def test_a_window_that_was_seen_in_part_may_be_used_up_in_the_rest() -> None:
    whole, _ = left_by_others(100, log(80), 60.0)
    part, _ = left_by_others(100, log(80, begin=0.0, seconds=40.0), 60.0, 40.0)
    assert (whole, part) == (pytest.approx(80.0), pytest.approx(70.0))


def test_as_many_as_the_quota_of_two_windows_are_not_the_whole_of_one() -> None:
    calls = [Event(seconds=t / 10, admitted=t < 100) for t in range(101)]
    stated = QuotaStatement(quota="requests", retry_delay_seconds=51.0)  # it turned at 1 s
    assert not is_whole(calls, 100, stated)
    assert is_whole(calls, 90, stated)
    assert is_whole(calls, 100, QuotaStatement(quota="requests"))


def test_who_gets_nothing_is_left_nothing() -> None:
    assert left_by_others(100, log(0, 50), 60.0) == (0.0, 0.0)


@given(st.integers(1, 500), st.integers(0, 500), st.integers(0, 500), st.floats(0.0, 60.0))
def test_no_more_is_left_than_the_quota_and_less_is_reckoned_with_than_counted(
    quota: int, admitted: int, refused: int, seen_seconds: float
) -> None:
    if admitted + refused:
        left, low = left_by_others(quota, log(admitted, refused), 60.0, seen_seconds)
        assert 0 <= low <= left <= quota


def test_a_limit_that_is_shared_keeps_its_value_and_says_what_is_left() -> None:
    stated = Limit(kind="requests_per_minute", value=200, low=200, high=200, provenance="stated")
    limit = shared(stated, 120.0, 105.0)
    assert (limit.value, limit.low, limit.provenance) == (200, 105.0, "stated")
    assert "somebody else takes a part: about 120 of 200 a minute are left" in limit.evidence
    assert shared(stated, 200.0, 200.0) is stated
