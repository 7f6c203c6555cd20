"""What would still be recommended if everything measured were a little different."""

from __future__ import annotations

import pytest

from stresstune.model.api import Limit
from stresstune.model.brief import Values
from stresstune.model.policy import Policy
from stresstune.policy import fallback, judge, recommend
from stresstune.policy.steady import nearby
from tests.policy.evidence import api_of, memory_that_fits


def quota(value: float, **fields: object) -> Limit:
    given = {"kind": "requests_per_minute", "provenance": "measured", **fields}
    return Limit(value=value, low=value, high=value, **given)  # type: ignore[arg-type]


def test_the_corners_are_a_tenth_worse_and_better_and_rounded_outward():
    near = list(nearby(judge(memory_that_fits(9), api_of(quota(100)))))
    assert len(near) == 4
    assert {one.memory.sessions_that_fit for one in near if one.memory} == {8, 11}
    limits = [one.api.limits[0].value for one in near if one.api]  # type: ignore[union-attr]
    assert sorted(set(limits)) == pytest.approx([90, 110])


def test_what_was_not_measured_and_what_no_load_changes_stay_as_they_are():
    (alone,) = {one.api for one in nearby(judge(memory_that_fits(9)))}
    assert alone is None
    overload = quota(0.3, kind="overload")
    for one in nearby(judge(api=api_of(overload, quota(60)))):
        assert one.memory is None
        assert one.api is not None
        assert one.api.limits[0] == overload  # type: ignore[union-attr]


def test_the_width_is_that_of_the_smallest_raise():
    verdict = judge(memory_that_fits(10), policy=Policy(raise_by_at_least_ratio=0.5))
    assert {one.memory.sessions_that_fit for one in nearby(verdict) if one.memory} == {5, 17}


@pytest.mark.parametrize("sessions", [5, 12, 24, 60])
@pytest.mark.parametrize("value", [40.0, 250.0, 550.0, 900.0])
def test_steady_values_are_never_bolder_than_what_is_recommended(sessions: int, value: float):
    found = recommend(judge(memory_that_fits(sessions), api_of(quota(value))))
    steady = found.steady
    assert steady is not None
    assert (steady.max_concurrent_sessions or 0) <= (found.max_concurrent_sessions or 0)
    assert (steady.slow_mode_delay_seconds or 0) >= (found.slow_mode_delay_seconds or 0)
    assert steady.slow_mode_default or not found.slow_mode_default


def test_without_a_measurement_there_is_nothing_to_be_steady_about():
    assert fallback().steady is None
    assert recommend(judge()).steady == Values()
