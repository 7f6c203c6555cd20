from __future__ import annotations

import pytest

from stresstune.report.charts.chart import Chart, Layer
from stresstune.report.charts.memory import measured_bytes, memory_chart
from tests.report.dossiers import MB, memory


def layer(chart: Chart, kind: str, label: str | None = None) -> Layer:
    return next(one for one in chart.layers if one.kind == kind and label in {None, one.label})


def test_measured_points_stand_on_the_fitted_line() -> None:
    found = memory()
    assert found.bytes_per_session is not None
    points = measured_bytes(found, found.bytes_per_session)
    assert points == tuple((n, 50 * MB + n * 78 * MB) for n in (1, 2, 3, 4))


def test_what_was_measured_is_told_apart_from_what_is_reckoned() -> None:
    chart = memory_chart(memory(), 30)
    assert chart is not None
    assert [point.x for point in layer(chart, "dots").points] == [1, 2, 3, 4]
    assert layer(chart, "line").dashed
    assert layer(chart, "line").points[-1].says == "30 people: about 2.39 GB, reckoned"
    assert ("4", "362 MB", "measured") in chart.rows
    assert chart.rows[4][2] == "reckoned"


def test_limit_and_guard_are_levels_and_the_safe_number_a_moment() -> None:
    chart = memory_chart(memory(), 30)
    assert chart is not None
    levels = [one.points[0].y for one in chart.layers if one.kind == "level"]
    assert levels == pytest.approx([1.968, 2.0])
    assert layer(chart, "moment", "20 are safe").points[0].x == 20
    assert layer(chart, "moment", "30 wanted").points[0].x == 30
    assert "All 30 need 2.39 GB, and the limit is 2.00 GB: 25 fit." in chart.summary


def test_the_band_reaches_from_the_low_to_the_high_end_of_the_interval() -> None:
    chart = memory_chart(memory(), 30)
    assert chart is not None
    last = layer(chart, "band").points[-1]
    assert (last.x, last.y, last.y2) == pytest.approx((30, 2.36, 2.42))


def test_a_limit_far_above_is_told_and_not_drawn() -> None:
    chart = memory_chart(memory(100_000 * MB), 30)
    assert chart is not None
    assert not [one for one in chart.layers if one.kind == "level"]
    assert "100 GB, far above this picture" in chart.summary


def test_an_unknown_limit_has_a_picture_without_an_end() -> None:
    chart = memory_chart(memory(None), 30)
    assert chart is not None
    assert "where memory ends is not known" in chart.summary
    assert not [one for one in chart.layers if one.kind == "level"]


def test_a_small_app_is_told_in_megabytes() -> None:
    chart = memory_chart(memory(300 * MB), 2)
    assert chart is not None
    assert chart.y.title == "memory in use (MB)"


def test_without_samples_there_is_no_picture() -> None:
    assert memory_chart(memory(samples=()), 30) is None
    assert memory_chart(memory(bytes_per_session=None), 30) is None


def test_a_fill_of_thousands_has_a_table_that_can_be_read() -> None:
    samples = memory().samples
    many = tuple(
        type(samples[0])(session=n, seconds=n, session_data_bytes=n, rss_bytes=n * MB)
        for n in range(3000)
    )
    chart = memory_chart(memory(samples=many, held_sessions=2999), 5000)
    assert chart is not None
    assert len(chart.rows) < 60
    assert len(layer(chart, "line").points) < 70
