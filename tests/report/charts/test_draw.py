from __future__ import annotations

import builtins
import re
from xml.etree import ElementTree as ET

import pytest

from stresstune.errors import UsageError
from stresstune.report.charts.chart import Axis, Chart, Layer, Point
from stresstune.report.charts.draw import draw_svg, rasterise
from stresstune.report.charts.inks import INKS
from stresstune.report.compose import charts_of, compose
from tests.report.dossiers import ALL, HOSTILE

COLOURS = {tone: f"var(--{tone})" for tone in INKS}


@pytest.fixture(scope="module", autouse=True)
def library():
    return pytest.importorskip("vl_convert", reason="pip install '.[report]'")


def hostile_chart() -> Chart:
    point = Point(x=3, y=10, says=HOSTILE)
    dots = Layer(kind="dots", points=(point,), label=HOSTILE, is_big=True)
    return Chart(
        id="c",
        title=HOSTILE,
        summary=HOSTILE,
        x=Axis(title=HOSTILE, max=15),
        y=Axis(title=HOSTILE, max=40),
        layers=(dots,),
    )


def test_a_mark_carries_what_it_says_as_its_title() -> None:
    chart = next(one for one in charts_of(compose(ALL["quota"]())) if one.id == "pace")
    svg = draw_svg(chart, 960, 380, COLOURS)
    assert 'data-says="set: 30 at a time, 10.5 s pause"' in svg
    assert "<title>set: 30 at a time, 10.5 s pause</title>" in svg
    assert "aria-label" not in svg


@pytest.mark.parametrize("kind", sorted(ALL))
def test_every_picture_is_well_formed_and_has_its_colours_from_the_page(kind) -> None:
    for chart in charts_of(compose(ALL[kind]())):
        svg = draw_svg(chart, 400, 300, COLOURS)
        ET.fromstring(svg)
        assert not set(INKS.values()) & set(re.findall(r"#[0-9a-f]{6}", svg))
        assert "var(--muted)" in svg


def test_hostile_strings_stay_text_in_a_picture() -> None:
    svg = draw_svg(hostile_chart(), 400, 300, COLOURS)
    tree = ET.fromstring(svg)
    names = {element.tag.rpartition("}")[2] for element in tree.iter()}
    harmless = {"svg", "g", "path", "line", "text", "tspan", "title", "rect", "defs", "clipPath"}
    assert names <= harmless
    said = [element.get("data-says") for element in tree.iter() if element.get("data-says")]
    assert said == [HOSTILE]
    assert not [key for element in tree.iter() for key in element.attrib if key.startswith("on")]


def test_a_picture_becomes_pixels() -> None:
    svg = draw_svg(hostile_chart(), 400, 300, dict.fromkeys(INKS, "#123456"))
    assert rasterise(svg).startswith(b"\x89PNG")


def test_without_the_extra_it_is_said_how_to_get_it(monkeypatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object):
        if name == "vl_convert":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match=r"pip install 'stresstune\[report\]'"):
        draw_svg(hostile_chart(), 400, 300, COLOURS)
