from __future__ import annotations

import json

import pytest

from stresstune.report.charts.chart import Axis, Chart, Layer, Point
from stresstune.report.charts.spec import spec_of
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


@pytest.mark.parametrize("width", [960, 380])
def test_a_picture_takes_the_size_that_was_asked_for(width) -> None:
    spec = spec_of(chart_of(Layer(kind="level", points=(Point(y=30),), label="limit")), width, 300)
    pad = spec["padding"]
    assert spec["width"] + pad["left"] + pad["right"] == width
    assert spec["height"] + pad["top"] + pad["bottom"] == 300


@pytest.mark.parametrize("width", [960, 380])
@pytest.mark.parametrize("kind", sorted(ALL))
def test_every_picture_of_every_kind_of_run_can_be_laid_out(kind, width) -> None:
    for chart in charts_of(compose(ALL[kind]())):
        spec = spec_of(chart, width, 300)
        assert json.loads(json.dumps(spec, allow_nan=False)) == spec
        for part in spec["layer"]:
            assert part["encoding"].keys() & {"x", "y"}
