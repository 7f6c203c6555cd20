from __future__ import annotations

import msgspec
import pytest

from stresstune.model.api import Limit
from stresstune.report.charts.calls import MAX_BINS, calls_chart, count_bins, window_of
from tests.report.dossiers import RPM_150, calls


def test_every_call_is_in_exactly_one_bar() -> None:
    attempts = calls(150, refused=2)
    chart = calls_chart(attempts, [RPM_150])
    assert chart is not None
    heights = {
        one.label: sum(point.y2 - point.y for point in one.points)
        for one in chart.layers
        if one.kind == "bars"
    }
    assert heights == {"answered": 150, "refused": 2}
    assert sum(int(row[1]) for row in chart.rows) == 150
    assert chart.summary.startswith("Of 152 calls: 150 answered, 2 refused.")


def test_bars_of_one_time_stand_on_each_other() -> None:
    chart = calls_chart(calls(5, refused=3, per_second=100), ())
    assert chart is not None
    answered, refused = (one.points[0] for one in chart.layers if one.kind == "bars")
    assert (answered.y, answered.y2, refused.y, refused.y2) == (0, 5, 5, 8)
    assert refused.says == "second 0 to 0.25: 3 refused"


@pytest.mark.parametrize("per_second", [0.01, 0.5, 3, 40, 1000])
def test_however_long_a_run_was_its_bars_can_be_counted(per_second) -> None:
    _, bins = count_bins(calls(500, per_second=per_second))
    assert len(bins) <= MAX_BINS + 1
    assert sum(each.total() for each in bins) == 500


def test_the_window_that_was_full_ends_with_the_first_refusal() -> None:
    window = window_of(calls(150, refused=2), [RPM_150])
    assert window is not None
    assert (window.x, window.x2, window.admitted) == (0, 15.0, 150)


def test_a_window_counts_only_what_is_within_it() -> None:
    short = msgspec.structs.replace(RPM_150, window_seconds=10)
    window = window_of(calls(300, refused=1), [short])
    assert window is not None
    assert (window.x, window.x2, window.admitted) == (20.0, 30.0, 99)


def test_without_a_refusal_or_a_rate_no_window_is_drawn() -> None:
    cap = Limit(kind="concurrency", value=8, low=8, high=8, provenance="measured")
    assert window_of(calls(10), [RPM_150]) is None
    assert window_of(calls(10, refused=1), [cap]) is None


def test_other_failures_have_a_bar_of_their_own() -> None:
    failed = [msgspec.structs.replace(one, outcome="overloaded") for one in calls(4)]
    chart = calls_chart(failed, ())
    assert chart is not None
    assert [one.label for one in chart.layers] == ["failed otherwise"]


def test_without_calls_there_is_no_picture() -> None:
    assert calls_chart((), [RPM_150]) is None
