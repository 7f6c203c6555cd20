from __future__ import annotations

import re

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stresstune.load.health import (
    AT_ONCE_SECONDS,
    DROPPED_TOLERATED_RATIO,
    LAG_P99_TOLERATED_SECONDS,
    STALL_TOLERATED_SECONDS,
    TOGETHER_SECONDS,
    health_of,
    watching_stalls,
)
from stresstune.model.load import Attempt
from tests.virtual_time import stall


def attempts(*lags: float) -> list[Attempt]:
    return [
        Attempt(
            intended_seconds=float(place),
            started_seconds=place + lag,
            finished_seconds=place + lag + 1,
            outcome="ok",
        )
        for place, lag in enumerate(lags)
    ]


def test_a_run_without_calls_is_healthy() -> None:
    health = health_of([])
    assert health.ok
    assert (health.lag_p50_seconds, health.lag_p99_seconds, health.reason) == (0.0, 0.0, "")


def test_a_punctual_run_is_healthy_and_says_how_punctual_it_was() -> None:
    health = health_of(attempts(*[0.002] * 99, 0.004), stall_seconds=0.01)
    assert health.ok
    assert health.lag_p50_seconds == pytest.approx(0.002)
    assert 0.002 <= health.lag_p99_seconds <= 0.004
    assert health.max_stall_seconds == 0.01


def test_late_starts_spoil_a_run() -> None:
    health = health_of(attempts(*[0.0] * 90, *[0.4] * 10))
    assert not health.ok
    assert health.reason == "1 in 100 calls started 0.40 s late or later"


def test_a_stall_spoils_a_run_even_if_no_start_was_due_meanwhile() -> None:
    health = health_of(attempts(0.0), stall_seconds=2.5)
    assert not health.ok
    assert health.reason == "the event loop stood still for 2.5 s"


def test_dropped_starts_spoil_a_run() -> None:
    health = health_of(attempts(*[0.0] * 97), dropped_starts=3)
    assert not health.ok
    assert health.reason == "3 of 100 starts were dropped for being late"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("ClientConnectorError EMFILE", r"files that one process may have open \(`ulimit -n`\)"),
        ("OSError EADDRNOTAVAIL", "this machine has no more ports to call from"),
    ],
)
def test_calls_that_this_machine_could_not_make_spoil_a_run(error: str, words: str) -> None:
    calls = attempts(*[0.0] * 100)
    failed = [replace(call, outcome="failed", error=error) for call in calls[:2]]
    assert health_of([*failed[:1], *calls[1:]]).ok  # as few as are tolerated
    health = health_of([*failed, *calls[2:]])
    assert not health.ok
    assert re.search(f"2 of 100 calls could not be made: .*{words}", health.reason)


def test_how_long_connections_took_is_told_and_not_held_against_a_run() -> None:
    health = health_of(attempts(*[0.0] * 100), pool_waits_seconds=[0.0] * 50 + [3.0] * 50)
    assert health.ok
    assert health.pool_wait_p99_seconds == 3.0
    assert health_of(attempts(0.0)).pool_wait_p99_seconds == 0.0


def test_errors_of_the_server_spoil_no_run() -> None:
    calls = attempts(*[0.0] * 10)
    assert health_of(replace(call, outcome="failed", error="500 INTERNAL") for call in calls).ok


def test_every_reason_is_named() -> None:
    health = health_of(attempts(0.5), dropped_starts=1, stall_seconds=3)
    assert health.reason.count(";") == 2


def burst_begun_in(seconds: float, first_answer_seconds: float, outcome: str = "ok") -> list:
    """Thirty calls that were meant to start at once; each takes as long as the first."""
    lags = [seconds * place / 29 for place in range(30)]
    return [
        Attempt(
            intended_seconds=5.0,
            started_seconds=5 + lag,
            finished_seconds=5 + lag + first_answer_seconds,
            outcome=outcome,
        )
        for lag in lags
    ]


@pytest.mark.parametrize(
    ("begun_in", "answered_after", "ok"),
    [
        (0.9 * AT_ONCE_SECONDS, 0.01, True),
        (1.1 * AT_ONCE_SECONDS, 0.01, False),
        (0.9 * TOGETHER_SECONDS, 1.01 * TOGETHER_SECONDS, True),
        (0.9 * TOGETHER_SECONDS, 0.8 * TOGETHER_SECONDS, False),
        (1.1 * TOGETHER_SECONDS, 9.0, False),
    ],
)
def test_a_burst_is_one_if_it_starts_like_people_or_in_less_than_an_answer_takes(
    begun_in: float, answered_after: float, ok: bool
) -> None:
    health = health_of(burst_begun_in(begun_in, answered_after), in_bursts=True)
    assert health.ok == ok
    said = f"the 30 calls of a burst took {begun_in:.2f} s to start"
    assert health.reason == ("" if ok else said)


def test_refusals_of_a_burst_are_no_answers() -> None:
    quickly_refused = burst_begun_in(2.0, 0.01, "rejected")
    assert health_of(quickly_refused, in_bursts=True).ok
    answered = burst_begun_in(2.0, 0.01)
    assert not health_of([*quickly_refused[:29], answered[0]], in_bursts=True).ok


def test_each_burst_of_a_ramp_is_judged_by_itself() -> None:
    later = [replace(call, intended_seconds=6.0) for call in burst_begun_in(1.5, 0.01)]
    assert health_of([*burst_begun_in(0.5, 0.01), *later], in_bursts=True).ok
    assert not health_of(burst_begun_in(1.5, 0.01), in_bursts=True).ok


@given(st.lists(st.floats(0, 2), max_size=60), st.integers(0, 20), st.floats(0, 3))
def test_a_run_is_healthy_just_when_no_tolerance_is_exceeded(
    lags: list[float], dropped: int, stalled: float
) -> None:
    health = health_of(attempts(*lags), dropped_starts=dropped, stall_seconds=stalled)
    due = len(lags) + dropped
    within = (
        health.lag_p99_seconds <= LAG_P99_TOLERATED_SECONDS
        and stalled <= STALL_TOLERATED_SECONDS
        and dropped <= DROPPED_TOLERATED_RATIO * due
    )
    assert health.ok == within
    assert bool(health.reason) != health.ok


@pytest.mark.anyio
async def test_the_watch_sees_the_longest_stall() -> None:
    async with watching_stalls() as watch:
        await anyio.sleep(1)
        stall(0.3)
        await anyio.sleep(1)
        stall(1.7)
        await anyio.sleep(1)
        stall(0.2)
        await anyio.sleep(1)
    assert watch.longest_seconds == pytest.approx(1.7, abs=0.06)


@pytest.mark.anyio
async def test_an_idle_loop_does_not_stall() -> None:
    async with watching_stalls() as watch:
        await anyio.sleep(600)
    assert watch.longest_seconds == pytest.approx(0.0, abs=1e-6)


@pytest.mark.anyio
async def test_the_watch_ends_with_its_block_even_if_that_fails() -> None:
    with pytest.raises(ExceptionGroup):
        async with watching_stalls():
            raise LookupError
