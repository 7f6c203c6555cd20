from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stresstune.model.api import Limit
from stresstune.model.workload import Workload
from stresstune.report.charts.pace import Chosen, delays_of, pace_chart
from tests.report.dossiers import RPM_150, api

WORKLOAD = Workload()


def kinds(chart) -> list[tuple[str, str]]:
    return [(one.kind, one.label) for one in chart.layers if one.label]


def test_the_curve_is_what_the_api_carries_at_each_pause() -> None:
    found = api(RPM_150)
    chart = pace_chart(WORKLOAD, ceiling=40, api=found, chosen=None)
    curve = next(one for one in chart.layers if one.kind == "line")
    for point in curve.points:
        assert point.y == found.max_sessions(2.0 + point.x)
    assert chart.rows[0] == ("0 s", "7", "40", "7")
    assert chart.rows[-1][0] == "15 s"


def test_target_ceiling_and_the_chosen_point_are_named() -> None:
    chosen = Chosen(sessions=30, delay_seconds=10.5)
    chart = pace_chart(WORKLOAD, ceiling=40, api=api(RPM_150), chosen=chosen)
    assert kinds(chart) == [
        ("band", "here it holds"),
        ("line", "the API carries"),
        ("level", "memory holds 40 safely"),
        ("level", "30 wanted"),
        ("dots", "set: 30 at a time, 10.5 s pause"),
    ]
    assert chart.summary.endswith("Set: 30 at a time, 10.5 s pause.")


def test_a_curve_that_leaves_the_picture_is_dashed_from_there_and_says_how_many() -> None:
    chart = pace_chart(WORKLOAD, ceiling=20, api=api(quota(240)), chosen=None)
    seen, beyond = [one for one in chart.layers if one.kind == "line"]
    assert (seen.dashed, beyond.dashed) == (False, True)
    assert seen.points[-1] == beyond.points[0]
    assert {point.y for point in beyond.points} == {chart.y.max}
    assert beyond.label == "\N{UPWARDS ARROW} 50 or more"
    assert beyond.points[-1].says == "15 s pause: the API carries 50 or more people"


def test_a_curve_above_the_picture_from_the_start_is_named_once() -> None:
    chart = pace_chart(WORKLOAD, ceiling=20, api=api(quota(2400)), chosen=None)
    (beyond,) = [one for one in chart.layers if one.kind == "line"]
    assert beyond.dashed
    assert beyond.label.startswith("the API carries ")


def quota(requests_per_minute: int) -> Limit:
    value = requests_per_minute
    return replace(RPM_150, value=value, low=value, high=value)


def test_a_ceiling_above_the_picture_is_a_note() -> None:
    chart = pace_chart(WORKLOAD, ceiling=400, api=api(RPM_150), chosen=None)
    assert ("note", "\N{UPWARDS ARROW} memory holds 400 safely") in kinds(chart)


def test_without_the_api_the_ceiling_stands_alone_and_it_is_said() -> None:
    chart = pace_chart(WORKLOAD, ceiling=20, api=None, chosen=Chosen(sessions=20))
    assert "What the API carries is not known" in chart.summary
    assert ("note", "what the API carries is not known") in kinds(chart)
    assert not [one for one in chart.layers if one.kind == "line"]
    assert chart.rows[0] == ("0 s", "not measured", "20", "20")


def test_without_memory_the_curve_stands_alone() -> None:
    chart = pace_chart(WORKLOAD, ceiling=None, api=api(RPM_150), chosen=None)
    assert chart.rows[0] == ("0 s", "7", "not measured", "7")


def test_without_either_there_is_no_picture() -> None:
    assert pace_chart(WORKLOAD, ceiling=None, api=None, chosen=None) is None


@given(
    longest=st.floats(0, 3600),
    delay=st.floats(0, 4000),
)
def test_the_chosen_pause_is_always_in_the_picture(longest, delay) -> None:
    workload = Workload(max_slow_mode_delay_seconds=longest)
    delays = delays_of(workload, Chosen(sessions=3, delay_seconds=delay))
    assert delay in delays
    assert delays == sorted(delays)
    assert delays[0] == 0
