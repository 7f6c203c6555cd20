from __future__ import annotations

import pytest

from stresstune.model.api import Limit
from stresstune.report.charts.latency import latency_chart, levels_of
from tests.report.dossiers import calls, queued

QUEUE = Limit(kind="throughput", value=3.0, low=2.9, high=3.1, provenance="measured")
CAP = Limit(kind="concurrency", value=8, low=8, high=8, provenance="measured")


def test_answers_are_put_together_by_how_many_were_under_way() -> None:
    levels = levels_of(queued(places=3))
    assert [level.low for level in levels[:2]] == [1, 3]
    assert levels[-1].name == "29 to 30"
    assert levels[-1].p50_seconds == pytest.approx(9.85, abs=0.2)
    assert sum(level.count for level in levels) == 120


def test_the_knee_is_where_littles_law_puts_it() -> None:
    chart = latency_chart(queued(), [QUEUE], objective_seconds=10, alone_seconds=1.0)
    assert chart is not None
    knee = next(one for one in chart.layers if one.kind == "moment")
    assert (knee.points[0].x, knee.label) == (3.0, "from 3 on they queue")
    objective = next(one for one in chart.layers if one.kind == "level")
    assert objective.points[0].y == 10


def test_a_cap_on_concurrency_is_marked_where_it_is() -> None:
    chart = latency_chart(calls(60), [CAP])
    assert chart is not None
    assert "no more than 8 at once" in chart.summary


def test_an_objective_far_above_is_told_and_not_drawn() -> None:
    chart = latency_chart(calls(60), objective_seconds=600)
    assert chart is not None
    assert not [one for one in chart.layers if one.kind == "level"]
    assert "the objective is 10 min 00 s" in chart.summary


def test_one_level_alone_is_told_as_one() -> None:
    chart = latency_chart(calls(1))
    assert chart is not None
    assert chart.summary.startswith("With 1 under way half of the answers take 1.0 s; 95 %")
    assert chart.rows == (("1", "1", "1.0 s", "1.0 s"),)


def test_refused_calls_have_no_response_time() -> None:
    assert latency_chart(calls(0, refused=5)) is None
