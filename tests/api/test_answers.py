from __future__ import annotations

from statistics import fmean

import pytest

from stresstune.api.answers import (
    are_late_anyhow,
    as_of_warm,
    judged,
    latency_of,
    lateness_is_vague,
)
from stresstune.load.driver import CUT_OFF
from stresstune.model.load import Attempt, Latency
from tests.api.attempts import attempt


def test_no_response_times_are_no_latency() -> None:
    assert latency_of([]) == Latency()
    assert latency_of([1.0, 3.0]).average_seconds == 2.0


def answered(seconds: float, in_flight: int = 1) -> Attempt:
    return Attempt(
        intended_seconds=0.0,
        started_seconds=0.0,
        finished_seconds=seconds,
        outcome="ok",
        in_flight=in_flight,
    )


def cut_off(seconds: float) -> Attempt:
    return Attempt(
        intended_seconds=0.0,
        started_seconds=0.0,
        finished_seconds=seconds,
        outcome="ignored",
        error=CUT_OFF,
    )


@pytest.mark.parametrize(("waited", "hung"), [(5.0, False), (15.0, False), (25.0, True)])
def test_a_call_hangs_that_took_twice_as_long_as_any_other(waited: float, hung: bool) -> None:
    calls = [answered(12.0), cut_off(waited)]
    assert (cut_off(waited) in judged(calls, 10.0)) is hung


def test_a_refused_key_says_nothing_about_answers() -> None:
    refused = Attempt(
        intended_seconds=0.0,
        started_seconds=0.0,
        finished_seconds=50.0,
        outcome="ignored",
        error="401 UNAUTHENTICATED",
    )
    assert judged([refused], 10.0) == []


def test_a_slow_service_is_late_for_anybody() -> None:
    assert are_late_anyhow([answered(12.0)] * 30, 10.0)
    assert not are_late_anyhow([answered(12.0)] * 29, 10.0)
    assert not are_late_anyhow([answered(9.0)] * 300, 10.0)


def test_a_service_that_was_slow_at_first_is_judged_as_it_is_later() -> None:
    cold = [attempt(place, seconds=12.0) for place in range(20)]
    warm = [attempt(20 + place, seconds=2.0) for place in range(40)]
    assert are_late_anyhow([*cold, *cold], 10.0)
    assert not are_late_anyhow([*cold, *warm], 10.0)


def test_a_queue_is_no_slow_service() -> None:
    alone, among_many = [answered(1.0)] * 8, [answered(12.0, in_flight=20)] * 60
    assert not are_late_anyhow([*alone, *among_many], 10.0)


@pytest.mark.parametrize(
    ("in_time", "late", "vague"), [(60, 0, False), (58, 2, True), (396, 4, False), (20, 40, False)]
)
def test_a_few_late_answers_ask_for_more_calls(in_time: int, late: int, vague: bool) -> None:
    calls = [answered(1.0)] * in_time + [answered(12.0)] * late
    assert lateness_is_vague(calls, 10.0) is vague


def in_turn(*seconds: float) -> list[Attempt]:
    return [
        Attempt(
            intended_seconds=float(place),
            started_seconds=float(place),
            finished_seconds=place + taken,
            outcome="ok",
        )
        for place, taken in enumerate(seconds)
    ]


def test_what_was_slow_at_first_is_left_out() -> None:
    cold, warm = [8.0, 9.0, 8.5, 9.5], [1.0, 1.2, 0.8, 1.1] * 10
    assert fmean(as_of_warm(in_turn(*cold, *warm))) == pytest.approx(1.025, rel=0.01)
    # who grows slower is not warming up, and neither is who answers unevenly
    assert len(as_of_warm(in_turn(*warm, *cold))) == 44
    assert len(as_of_warm(in_turn(*[1.0, 5.0] * 20))) == 40
    assert as_of_warm([]) == []
