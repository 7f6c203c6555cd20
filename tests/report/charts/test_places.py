from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresstune.report.charts.chart import Axis, Chart, Layer, Point
from stresstune.report.charts.geometry import Box, Stroke, obstacles
from stresstune.report.charts.places import Layout, lay_out

SIZE = (800.0, 300.0)
ACROSS, UP = st.floats(0, 15), st.floats(0, 45)
LABELS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=45)


def chart_of(*layers: Layer) -> Chart:
    x, y = Axis(title="seconds", max=15), Axis(title="people", max=40)
    return Chart(id="c", title="T", summary="S", x=x, y=y, layers=layers)


def laid(*layers: Layer, size: tuple[float, float] = SIZE) -> Layout:
    return lay_out(chart_of(*layers), size, 13, from_x=-40)


def level(y: float, label: str = "") -> Layer:
    return Layer(kind="level", points=(Point(y=y),), label=label, dashed=True)


def line(*ends: tuple[float, float], label: str = "") -> Layer:
    return Layer(kind="line", points=tuple(Point(x=x, y=y) for x, y in ends), label=label)


@st.composite
def layers(draw: st.DrawFn) -> Layer:
    kind = draw(st.sampled_from(["line", "dots", "bars", "range", "level", "moment", "span"]))
    corners = draw(st.lists(st.tuples(ACROSS, UP, ACROSS, UP), min_size=1, max_size=5))
    points = tuple(Point(x=a, y=b, x2=c, y2=d) for a, b, c, d in corners)
    return Layer(kind=kind, points=points, label=draw(LABELS), is_big=draw(st.booleans()))


@given(drawn=st.lists(layers(), max_size=7), narrow=st.booleans())
def test_words_beside_a_mark_touch_no_mark_and_no_other_words(drawn, narrow) -> None:
    found = laid(*drawn, size=(330, 230) if narrow else SIZE)
    boxes = [spot.box(words) for _, words, spot in found.beside]
    marks = [mark for layer in drawn for mark in obstacles(layer, found.frame)]
    for place, box in enumerate(boxes):
        assert box.is_within(found.frame.box)
        assert not [mark for mark in marks if mark.meets(box)]
        assert not [other for other in boxes[:place] if other.meets(box)]


@given(drawn=st.lists(layers(), max_size=7))
def test_every_label_stands_once_and_entries_of_the_key_keep_apart(drawn) -> None:
    found = laid(*drawn)
    told = [words.text for _, words, _ in found.beside] + [one.words.text for one in found.key]
    assert sorted(told) == sorted(layer.label for layer in drawn)
    rows: dict[float, float] = {}
    for entry in found.key:
        assert entry.middle < 0
        assert entry.x >= rows.get(entry.middle, -40)
        rows[entry.middle] = entry.x + entry.words.width
    assert found.frame.height == SIZE[1] - 20 * len(rows)


def test_a_label_stands_above_its_level_on_the_right() -> None:
    (_, words, spot) = laid(level(30, "limit")).beside[0]
    assert spot.align == "right"
    assert spot.box(words).bottom < 0.25 * 300


def test_a_label_makes_way_for_the_line_that_meets_it() -> None:
    alone = laid(level(30, "limit")).beside[0][2]
    beside_a_line = laid(level(30, "limit"), line((0, 0), (15, 32))).beside[0][2]
    assert (alone.align, beside_a_line.align) == ("right", "left")


def test_what_finds_no_place_is_told_in_the_key_and_the_picture_gets_lower() -> None:
    bars = Layer(kind="bars", points=(Point(x=0, x2=15, y=0, y2=40),))
    found = laid(bars, level(30, "limit"))
    assert [(one.words.text, one.layer.kind) for one in found.key] == [("limit", "level")]
    assert (found.rows, found.frame.height) == (1, 280)


@pytest.mark.parametrize("kind", ["bars", "range"])
def test_what_there_is_many_of_is_explained_in_the_key(kind) -> None:
    marks = Layer(kind=kind, points=(Point(x=1, x2=2, y=0, y2=4),), label="answered")
    assert [one.words.text for one in laid(marks).key] == ["answered"]


def test_a_stroke_meets_what_its_width_reaches() -> None:
    box = Box(0, 0, 10, 10)
    assert Stroke(-5, 11, 15, 11, width=4).meets(box)
    assert not Stroke(-5, 13, 15, 13, width=4).meets(box)
    assert not Stroke(20, 0, 30, 10).meets(box)
