from __future__ import annotations

import math

import pytest

from stresstune.api.caller import Streamed
from stresstune.api.estimate import Explanation
from stresstune.api.trials import (
    BUCKET_TRIALS,
    PARTING_TRIALS,
    TIED_TRIALS,
    TRIAL_SECONDS,
    Trials,
)
from tests.api.attempts import refused

ADMITTED = Streamed(admitted=5, refusal=refused(1.0), in_flight=2)
REFUSED = Streamed(admitted=0, refusal=refused(1.0), in_flight=0)
FIXED = Explanation(machine="fixed", low=100, high=100)
SLIDING = Explanation(machine="sliding", low=100, high=100)
BUCKET = Explanation(machine="bucket", low=118, high=122, burst=20.0)


def after(*streams: Streamed) -> Trials:
    trials = Trials()
    for streamed in streams:
        trials.note(streamed)
    return trials


def test_a_window_must_have_stayed_shut_and_then_have_been_used_up_again() -> None:
    assert not after(REFUSED).settled([FIXED], 100)
    assert not after(ADMITTED).settled([FIXED], 100)
    assert after(REFUSED, ADMITTED).settled([FIXED, SLIDING], 100)


def test_windows_that_do_not_part_are_left_at_that() -> None:
    apart = [FIXED, Explanation(machine="sliding", low=130, high=140)]
    assert not after(REFUSED, ADMITTED).settled(apart, 100)
    assert after(REFUSED, *[ADMITTED] * PARTING_TRIALS).settled(apart, 100)


def test_a_bucket_must_have_told_the_same_story_often_and_for_a_whole_window() -> None:
    often = after(*[ADMITTED] * BUCKET_TRIALS)
    assert often.settled([BUCKET], 70)
    assert not often.settled([BUCKET], 50)
    assert not after(*[ADMITTED] * (BUCKET_TRIALS - 1)).settled([BUCKET], 70)


def test_a_bucket_that_stays_vague_is_given_up_at_last() -> None:
    vague = Explanation(machine="bucket", low=100, high=200, burst=20.0)
    assert not after(*[ADMITTED] * BUCKET_TRIALS).settled([vague], 70)
    assert after(*[ADMITTED] * 4 * BUCKET_TRIALS).settled([vague], 70)


def test_requests_and_tokens_that_are_tied_get_a_few_more_trials() -> None:
    few = after(REFUSED, *[ADMITTED] * (TIED_TRIALS - 1))
    assert few.settled([FIXED], 100)
    assert not few.settled([FIXED], 100, tied=True)
    assert after(REFUSED, *[ADMITTED] * TIED_TRIALS).settled([FIXED], 100, tied=True)


def test_a_stream_that_met_nothing_proves_neither() -> None:
    trials = after(Streamed(admitted=0, refusal=None, in_flight=0))
    assert (trials.readmitted, trials.persisted) == (0, False)


@pytest.mark.parametrize(("breaking_point", "pause"), [(1000, 5.0), (10, 10.0), (2, 30.0)])
def test_a_small_quota_is_tried_more_seldom(breaking_point: int, pause: float) -> None:
    assert Trials().pause_seconds([FIXED], breaking_point) == pause
    assert pause >= TRIAL_SECONDS


def test_a_bucket_is_let_half_full_before_the_next_trial() -> None:
    trials = after(ADMITTED)
    assert trials.pause_seconds([BUCKET], 30) == pytest.approx(10 / 2, rel=0.01)
    slow = Explanation(machine="bucket", low=5, high=5, burst=100.0)
    assert trials.pause_seconds([slow], 30) == 20.0


def test_a_bucket_that_may_have_been_full_is_tried_sooner_and_sooner() -> None:
    endless = Explanation(machine="bucket", low=5, high=math.inf, burst=10.0)
    trials = after(ADMITTED)
    pauses = [trials.pause_seconds([endless], 30) for _ in range(6)]
    assert pauses == [2.5, 1.25, 0.625, 0.3125, 0.25, 0.25]
