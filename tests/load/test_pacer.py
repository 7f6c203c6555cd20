from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresstune.load.pacer import CATCH_UP_SECONDS, ConstantPace

paces = st.builds(
    ConstantPace,
    rate_per_second=st.floats(0.05, 300),
    seconds=st.floats(0.1, 600),
)


@settings(deadline=None)
@given(paces)
def test_a_punctual_driver_starts_every_call_at_its_own_time(pace: ConstantPace) -> None:
    elapsed = 0.0
    for begun in range(min(pace.total, 100)):
        step = pace.step(elapsed, begun)
        if step.action == "wait":
            elapsed += step.wait_seconds
            step = pace.step(elapsed, begun)
        assert step.action == "start"
        assert step.intended_seconds == begun / pace.rate_per_second
        assert elapsed == pytest.approx(step.intended_seconds, abs=1e-6)


@given(paces, st.floats(0, 1000), st.integers(0, 200_000))
def test_a_step_waits_for_what_is_early_drops_what_is_late_and_starts_the_rest(
    pace: ConstantPace, elapsed: float, begun: int
) -> None:
    step = pace.step(elapsed, begun)
    late = elapsed - begun / pace.rate_per_second
    match step.action:
        case "stop":
            assert begun >= pace.total
        case "wait":
            assert step.wait_seconds == pytest.approx(-late, abs=1e-6)
            assert step.wait_seconds > 0
        case "start":
            assert -1e-6 < late <= CATCH_UP_SECONDS
        case "drop":
            assert late > CATCH_UP_SECONDS


@given(paces)
def test_a_schedule_holds_rate_times_seconds_and_at_least_one_call(pace: ConstantPace) -> None:
    assert pace.total >= 1
    assert abs(pace.total - pace.rate_per_second * pace.seconds) <= 1
    assert pace.step(1e6, pace.total).action == "stop"


@pytest.mark.parametrize(("rate", "seconds"), [(0, 1), (-1, 1), (1, 0), (1, -0.5)])
def test_a_pace_without_rate_or_length_is_refused(rate: float, seconds: float) -> None:
    with pytest.raises(ValueError, match=f"not {rate} a second for {seconds} s"):
        ConstantPace(rate_per_second=rate, seconds=seconds)
