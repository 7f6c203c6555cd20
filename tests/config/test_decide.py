"""When a recommended value meets the value in the file."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresstune.config.decide import Answer, Question, decide
from stresstune.model.change import KnobState
from stresstune.model.policy import Bounds, Policy


def sessions(current: int | None, recommended: int, **fields: Any) -> Answer:
    return decide(
        Question(
            knob="max_concurrent_sessions",
            key="MAX",
            current=current,
            recommended=recommended,
            **{"sessions_wanted": 30, **fields},
        )
    )


def delay(current: float | None, recommended: float, **fields: Any) -> Answer:
    return decide(
        Question(
            knob="slow_mode_delay_seconds",
            key="slow_mode.delay_seconds",
            current=current,
            recommended=recommended,
            **fields,
        )
    )


def slow(current: bool | None, recommended: bool, **fields: Any) -> Answer:
    return decide(
        Question(
            knob="slow_mode_default",
            key="slow_mode.default",
            current=current,
            recommended=recommended,
            **fields,
        )
    )


def remembered(accepted: Any, by_hand: Any = None) -> KnobState:
    return KnobState(key="MAX", accepted=accepted, by_hand=by_hand)


def test_the_number_is_lowered_at_once():
    answer = sessions(30, 29)
    assert (answer.value, answer.kept) == (29, None)


@pytest.mark.parametrize(("current", "new", "value"), [(20, 21, 20), (20, 22, 22), (10, 11, 11)])
def test_the_number_is_raised_only_by_a_tenth_or_more(current: int, new: int, value: int):
    answer = sessions(current, new)
    assert answer.value == value
    if value != new:
        assert answer.kept is not None
        assert answer.kept.clamp == "small_raise"
        assert answer.kept.because == "from 20 to 21 is less than 10 %: not worth a change"


def test_a_missing_number_is_written():
    assert sessions(None, 18).value == 18


def test_the_number_is_never_raised_above_the_wanted_sessions():
    answer = sessions(10, 50)
    assert answer.value == 30
    assert answer.kept is not None
    assert answer.kept.clamp == "workload"


def test_on_the_first_run_no_value_counts_as_set_by_hand():
    assert sessions(10, 25, state=None).value == 25


def test_a_value_set_by_hand_since_the_last_run_is_a_ceiling():
    answer = sessions(12, 20, state=remembered(18))
    assert answer.value == 12
    assert answer.kept is not None
    assert answer.kept.clamp == "by_hand"
    assert "12 was set by hand" in answer.kept.because


def test_the_ceiling_stays_in_later_runs_until_a_person_sets_another():
    second = sessions(12, 20, state=remembered(18))
    assert sessions(12, 25, state=second.state).value == 12
    assert sessions(28, 25, state=second.state).value == 25


def test_a_value_set_by_hand_is_lowered_where_less_was_found():
    answer = sessions(25, 15, state=remembered(18))
    assert answer.value == 15
    assert answer.state.by_hand == 25
    assert sessions(15, 28, state=answer.state).value == 25


def test_a_value_that_was_removed_by_hand_is_no_ceiling():
    assert sessions(None, 20, state=remembered(18, 12)).value == 20


def test_a_pin_is_reported_and_not_written():
    for pin in ("MAX", "max_concurrent_sessions"):
        answer = sessions(30, 18, policy=Policy(pin=(pin,)))
        assert answer.value == 30
        assert answer.kept is not None
        assert answer.kept.clamp == "pin"


def test_a_pin_that_agrees_is_not_worth_a_word():
    assert sessions(18, 18, policy=Policy(pin=("MAX",))).kept is None


def test_a_bound_that_was_active_is_named():
    for policy, value in ((Policy(max=15), 15), (Policy(min=20), 20)):
        answer = sessions(30, 18, policy=policy)
        assert answer.value == value
        assert answer.kept is not None
        assert answer.kept.because.startswith(f"{value} is the ")


def test_bounds_hold_whatever_else_was_decided():
    assert sessions(28, 29, policy=Policy(min=29)).value == 29
    assert sessions(30, 30, policy=Policy(max=20)).value == 20
    assert sessions(5, 8, policy=Policy(min=20), sessions_wanted=10).value == 10
    assert delay(1.0, 0.5, policy=Policy(min=Bounds(slow_mode_delay_seconds=2.0))).value == 2.0


def test_the_delay_grows_at_once_and_shrinks_only_by_a_tenth():
    assert delay(3.0, 3.1).value == 3.1
    assert delay(3.0, 2.9).value == 3.0
    assert delay(3.0, 2.7).value == 2.7
    assert delay(None, 2.7).value == 2.7


def test_a_longer_delay_set_by_hand_stays():
    assert delay(8.0, 3.0, state=remembered(5.0)).value == 8.0


def test_slow_mode_goes_on_at_once_and_off_only_with_room_to_spare():
    assert slow(False, True).value is True
    assert slow(True, False).value is False
    assert slow(None, False).value is False
    kept = slow(True, False, sessions_carried=31, sessions_wanted=30)
    assert kept.value is True
    assert kept.kept is not None
    assert kept.kept.clamp == "margin"
    assert slow(True, False, sessions_carried=33, sessions_wanted=30).value is False


def test_slow_mode_switched_on_by_hand_stays_on():
    answer = slow(True, False, state=remembered(False), sessions_carried=60, sessions_wanted=30)
    assert answer.value is True
    assert answer.kept is not None
    assert answer.kept.because.startswith("true was set by hand")


def test_zero_is_said_as_zero():
    answer = sessions(0, 5, state=remembered(3))
    assert answer.kept is not None
    assert answer.kept.because.startswith("0 was set by hand")


@given(
    truth=st.floats(1.0, 60.0),
    noise=st.lists(st.floats(-0.045, 0.045), min_size=2, max_size=30),
    start=st.integers(1, 60),
)
def test_measurements_that_nearly_agree_never_write_back_and_forth(
    truth: float, noise: list[float], start: int
):
    current, state, values = start, None, []
    for error in noise:
        answer = sessions(current, max(1, int(truth * (1 + error))), state=state)
        current, state = answer.value, answer.state
        values.append(current)
    steps = [later - earlier for earlier, later in itertools.pairwise(values[1:])]
    ups = sum(step > 0 for step in steps)
    assert ups <= 1, values
    assert ups == 0 or not any(step < 0 for step in steps[: steps.index(max(steps))]), values


@given(
    truth=st.floats(1.0, 15.0),
    noise=st.lists(st.floats(-0.045, 0.045), min_size=2, max_size=30),
)
def test_noise_moves_the_delay_up_at_most_and_never_back(truth: float, noise: list[float]):
    current, state, values = truth, None, []
    for error in noise:
        answer = delay(current, truth * (1 + error), state=state)
        current, state = answer.value, answer.state
        values.append(current)
    assert values == sorted(values)


def test_a_bolder_value_must_hold_for_a_measurement_that_is_a_little_worse():
    kept = sessions(14, 16, steady=14)
    assert kept.value == 14
    assert kept.kept is not None
    assert (kept.kept.clamp, "taken back by a measurement" in kept.kept.because) == (
        "small_raise",
        True,
    )
    assert sessions(14, 16, steady=15).value == 16
    assert sessions(16, 14, steady=12).value == 14
    assert delay(1.0, 0.5, steady=1.0).value == 1.0
    assert slow(True, False, steady=True).value is True
    assert slow(True, False, steady=False).value is False


def test_a_small_careful_step_is_not_taken_back_but_a_large_one_is():
    down = sessions(11, 10)
    kept = sessions(10, 11, state=down.state)
    assert kept.value == 10
    assert kept.kept is not None
    assert "take back the last small step" in kept.kept.because
    assert sessions(10, 12, state=kept.state).value == 10
    assert sessions(10, 13, state=kept.state).value == 13
    assert sessions(18, 30, state=sessions(30, 18).state).value == 30


def test_a_small_careful_step_is_taken_back_where_even_a_worse_measurement_says_so():
    down = sessions(30, 26)
    assert sessions(26, 30, state=down.state, steady=29).value == 26
    assert sessions(26, 30, state=down.state, steady=30).value == 30
    eased = delay(3.0, 4.0)
    assert delay(4.0, 3.0, state=eased.state, steady=3.0).value == 3.0


@given(
    current=st.integers(0, 60),
    recommended=st.integers(1, 60),
    accepted=st.none() | st.integers(0, 60),
    by_hand=st.none() | st.integers(0, 60),
)
def test_a_decision_never_goes_beyond_what_anybody_allowed(
    current: int, recommended: int, accepted: int | None, by_hand: int | None
):
    state = remembered(accepted, by_hand)
    value = sessions(current, recommended, state=state).value
    assert value is not None
    assert value <= max(recommended, 0) or value == current <= recommended
    assert value <= 30 or value == current
    again = sessions(value, recommended, state=sessions(current, recommended, state=state).state)
    assert again.value == value
