from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresstune.report.charts.chart import Axis, Chart, Layer, Point
from stresstune.report.charts.spec import spec_of, spread
from stresstune.report.compose import charts_of, compose
from tests.report.dossiers import ALL


def chart_of(*layers: Layer) -> Chart:
    return Chart(
        id="c",
        title="T",
        summary="S",
        x=Axis(title="seconds", max=15),
        y=Axis(title="people", max=40),
        layers=layers,
    )


def words_of(spec: dict) -> list[tuple[str, float, float]]:
    found = [part for part in spec["layer"] if part["mark"]["type"] == "text"]
    values = [part["data"]["values"][0] for part in found]
    return [(value["words"], value["x"], value["y"]) for value in values]


def test_labels_of_levels_keep_apart() -> None:
    levels = [Layer(kind="level", points=(Point(y=y),), label=str(y)) for y in (30.0, 30.5, 31.0)]
    places = [y for _, _, y in words_of(spec_of(chart_of(*levels), 800, 300))]
    assert min(b - a for a, b in itertools.pairwise(places)) >= 2.9


def test_labels_of_levels_make_way_for_the_mark_that_counts() -> None:
    level = Layer(kind="level", points=(Point(y=30),), label="30 wanted")
    big = Layer(kind="dots", points=(Point(x=14, y=20),), label="set: 20", is_big=True)
    assert words_of(spec_of(chart_of(level), 800, 300))[0][1] == 15
    assert words_of(spec_of(chart_of(level, big), 800, 300))[0][1] == 0


def test_the_label_of_a_level_stands_where_no_line_runs_through_it() -> None:
    level = Layer(kind="level", points=(Point(y=30),), label="limit")
    rising = Layer(kind="line", points=tuple(Point(x=x, y=2.4 * x) for x in range(16)))
    falling = Layer(kind="line", points=tuple(Point(x=x, y=36 - 2.4 * x) for x in range(16)))
    low = Layer(kind="line", points=tuple(Point(x=x, y=x) for x in range(16)))
    places = [
        words_of(spec_of(chart_of(level, line), 800, 300))[0][1] for line in (rising, falling, low)
    ]
    assert places == [0, 15, 15]


@pytest.mark.parametrize("width", [960, 380])
@pytest.mark.parametrize("kind", sorted(ALL))
def test_every_picture_of_every_kind_of_run_can_be_laid_out(kind, width) -> None:
    for chart in charts_of(compose(ALL[kind]())):
        spec = spec_of(chart, width, 300)
        assert json.loads(json.dumps(spec, allow_nan=False)) == spec
        for part in spec["layer"]:
            assert part["encoding"].keys() & {"x", "y"}


@given(places=st.lists(st.floats(0, 100), max_size=6), gap=st.floats(0.1, 10))
def test_spread_labels_keep_their_distance_and_their_order(places, gap) -> None:
    moved = spread(places, gap, 100)
    order = sorted(range(len(places)), key=lambda each: places[each])
    for before, after in itertools.pairwise(order):
        assert moved[after] - moved[before] >= gap - 1e-6
    assert all(place <= 100 for place in moved)
