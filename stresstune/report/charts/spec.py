"""A chart as Vega-Lite asks for it. Pure: dictionaries in the words of that grammar."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

from stresstune.report.charts.chart import Chart, Layer, Point, Tone

Spec = dict[str, Any]

INKS: dict[Tone | str, str] = {
    "ink": "#0a0001",
    "muted": "#0a0002",
    "main": "#0a0003",
    "good": "#0a0004",
    "warn": "#0a0005",
    "bad": "#0a0006",
    "grid": "#0a0007",
    "paper": "#0a0008",
}
"""Each tone's stand-in while it is drawn; `draw` puts a theme's colour in its place."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

LEAST_GAP_RATIO = 0.075
"""Two labels are at least so much of the picture's height apart."""


def spec_of(chart: Chart, width: int, height: int) -> Spec:
    """Lay a chart out at a size in pixels.

    >>> from stresstune.report.charts.chart import Axis
    >>> line = Layer(kind="level", points=(Point(y=30),), label="30 wanted")
    >>> chart = Chart(id="c", title="T", summary="S", layers=(line,),
    ...               x=Axis(title="s", max=15), y=Axis(title="people", max=40))
    >>> spec_of(chart, 400, 200)["width"]
    400
    """
    draft = _Draft(chart, narrow=width < 480)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "height": height,
        "padding": {"left": 2, "right": 10, "top": 6, "bottom": 2},
        "autosize": {"type": "fit", "contains": "padding"},
        "background": None,
        "config": _config(narrow=width < 480),
        "layer": [part for layer in chart.layers for part in draft.marks(layer)]
        + list(draft.labels(chart.layers)),
    }


def spread(places: list[float], gap: float, top: float) -> list[float]:
    """Move labels apart, upward first, and keep them below the top; the order stays.

    >>> spread([10, 10.5, 30], gap=2, top=40), spread([39, 40], gap=2, top=40)
    ([10, 12, 30], [38, 40])
    """
    order = sorted(range(len(places)), key=lambda each: places[each])
    moved = list(places)
    for before, after in itertools.pairwise(order):
        moved[after] = max(moved[after], moved[before] + gap)
    ceiling = top
    for place in reversed(order):
        moved[place] = min(moved[place], ceiling)
        ceiling = moved[place] - gap
    return moved


class Place(NamedTuple):
    """Where words stand, seen from their mark: aligned so, and so many pixels away."""

    align: str
    right: int
    down: int


_UNDER_THE_TOP = Place("right", -4, 10)


class _Draft:
    """One chart, being laid out."""

    def __init__(self, chart: Chart, *, narrow: bool) -> None:
        self._chart = chart
        self._narrow = narrow
        self._size = 12 if narrow else 13

    def marks(self, layer: Layer) -> Iterator[Spec]:
        """Give the marks of a layer, the ones to point at last."""
        ink = INKS[layer.tone]
        dash = {"strokeDash": [6, 4]} if layer.dashed else {}
        match layer.kind:
            case "line":
                yield self._mark(layer, {"type": "line", "strokeWidth": 2.5, "color": ink, **dash})
                yield self._mark(layer, {**_dot(ink, 70), "opacity": 0})
            case "dots":
                yield self._mark(layer, _dot(ink, 320 if layer.is_big else 55))
            case "bars":
                yield self._mark(layer, {"type": "rect", "color": ink, **_PAPER_EDGE})
            case "band":
                yield self._mark(layer, {"type": "area", "color": ink, "opacity": 0.14})
            case "range":
                mark = {"type": "rule", "color": ink, "strokeWidth": 5, "opacity": 0.3}
                yield self._mark(layer, {**mark, "strokeCap": "round"})
            case "level":
                yield self._mark(layer, {"type": "rule", "strokeWidth": 1.8, "color": ink, **dash})
            case "moment":
                yield self._mark(layer, {"type": "rule", "strokeWidth": 1.6, "color": ink, **dash})
            case "note":
                return
            case "span":
                yield self._mark(layer, {"type": "rect", "color": ink, "opacity": 0.13})

    def labels(self, layers: tuple[Layer, ...]) -> Iterator[Spec]:
        """Give the words beside the marks."""
        named = [layer for layer in layers if layer.label]
        yield from self._level_labels([layer for layer in named if layer.kind == "level"])
        yield from self._moment_labels([layer for layer in named if layer.kind == "moment"])
        for layer in named:
            if layer.kind == "line":
                yield self._line_label(layer)
            elif layer.kind == "note":
                yield self._text(layer, (self._chart.x.max, self._chart.y.max), _UNDER_THE_TOP)
            elif layer.kind == "span":
                top_left = (layer.points[0].x, self._chart.y.max)
                yield self._text(layer, top_left, Place("left", 4, 10))
            elif layer.is_big:
                yield self._big_label(layer)

    def _big(self) -> Point | None:
        """Return the mark that the picture is about, if there is one."""
        return next((one.points[0] for one in self._chart.layers if one.is_big), None)

    def _level_labels(self, layers: list[Layer]) -> Iterator[Spec]:
        top = self._chart.y.max
        gap = LEAST_GAP_RATIO * top * (1.3 if self._narrow else 1.0)
        at, big = self._chart.x.max, self._big()
        make_way = big is not None and big.x > 0.5 * at
        places = spread([layer.points[0].y for layer in layers], gap, top)
        for layer, place in zip(layers, places, strict=True):
            side, on_the_left = Place("right", -4, -9), make_way or self._is_crossed(place, gap)
            if on_the_left:
                near = make_way and big is not None and abs(layer.points[0].y - big.y) < 1.5 * gap
                side = Place("left", 6, 15 if near else -9)
            yield self._text(layer, (self._chart.x.min if on_the_left else at, place), side)

    def _is_crossed(self, y: float, gap: float) -> bool:
        """Tell whether a line runs through what stands on the right above here, and not left."""
        passing = {
            point.x < 0.5 * self._chart.x.max
            for layer in self._chart.layers
            if layer.kind == "line"
            for point in layer.points
            if y - 0.5 * gap < point.y < y + 1.5 * gap
        }
        return passing == {False}

    def _moment_labels(self, layers: list[Layer]) -> Iterator[Spec]:
        for row, layer in enumerate(layers):
            at = layer.points[0].x
            on_the_left = at > 0.55 * self._chart.x.max
            height = self._chart.y.max * (layer.label_height_ratio + row * 1.2 * LEAST_GAP_RATIO)
            side = Place("right", -5, 0) if on_the_left else Place("left", 5, 0)
            yield self._text(layer, (at, height), side)

    def _line_label(self, layer: Layer) -> Spec:
        place = next(
            (point for point in layer.points if point.x >= 0.3 * self._chart.x.max),
            layer.points[-1],
        )
        below = place.y > 0.2 * self._chart.y.max
        return self._text(layer, (place.x, place.y), Place("left", 8, 16 if below else -12))

    def _big_label(self, layer: Layer) -> Spec:
        place = layer.points[0]
        # what the API carries only ever grows to the right: up on the left, and down on the right,
        # its curve is out of the way
        on_the_left = place.x > 0.5 * self._chart.x.max
        below = not on_the_left and place.y > 0.2 * self._chart.y.max
        down = 19 if below else -17
        side = Place("right", -12, down) if on_the_left else Place("left", 14, down)
        return self._text(layer, (place.x, place.y), side)

    def _mark(self, layer: Layer, mark: Spec) -> Spec:
        encoding = {"x": self._x(), "y": self._y()}
        if layer.kind in {"bars", "span"}:
            encoding["x2"] = {"field": "x2"}
        if layer.kind in {"bars", "band", "range"}:
            encoding["y2"] = {"field": "y2"}
        if layer.kind == "level":
            del encoding["x"]
        if layer.kind in {"moment", "span"}:
            del encoding["y"]
        told = mark["type"] not in {"line", "area"} and any(one.says for one in layer.points)
        if told:
            encoding["description"] = {"field": "says"}
        return {
            "data": {"values": [_value(point) for point in layer.points]},
            "mark": {**mark, "aria": told},
            "encoding": encoding,
        }

    def _text(self, layer: Layer, at: tuple[float, float], place: Place) -> Spec:
        return {
            "data": {"values": [{"x": at[0], "y": at[1], "words": layer.label}]},
            "mark": {
                "type": "text",
                "aria": False,
                "align": place.align,
                "dx": place.right,
                "dy": place.down,
                "fontSize": self._size + (2 if layer.is_big else 0),
                "fontWeight": 400 if layer.kind in {"span", "note"} else 700,
                "color": INKS["ink" if layer.kind == "span" else layer.tone],
            },
            "encoding": {"x": self._x(), "y": self._y(), "text": {"field": "words"}},
        }

    def _x(self) -> Spec:
        axis = self._chart.x
        return {
            "field": "x",
            "type": "quantitative",
            "scale": {"domain": [axis.min, axis.max], "nice": False},
            "axis": self._axis(axis.title, axis.max, whole=axis.is_whole, grid=False),
        }

    def _y(self) -> Spec:
        axis = self._chart.y
        return {
            "field": "y",
            "type": "quantitative",
            "scale": {"domain": [axis.min, axis.max], "nice": False, "clamp": True},
            "axis": self._axis(axis.title, axis.max, whole=axis.is_whole, grid=True),
        }

    def _axis(self, title: str, largest: float, *, whole: bool, grid: bool) -> Spec:
        few = min(5 if self._narrow else 8, int(largest)) if whole else 5 if self._narrow else 8
        least = {"tickMinStep": 1} if whole else {}
        lines = _wrapped(title, 44 if self._narrow else 90)
        return {"title": lines, "tickCount": max(few, 1), "grid": grid, **least}


_PAPER_EDGE = {"stroke": INKS["paper"], "strokeWidth": 0.6}


def _dot(ink: str, size: int) -> Spec:
    edge = {"stroke": INKS["paper"], "strokeWidth": 1.5}
    return {
        "type": "point",
        "shape": "circle",
        "filled": True,
        "size": size,
        "fill": ink,
        "opacity": 1,
        **edge,
    }


def _value(point: Point) -> Spec:
    ends = {name: getattr(point, name) for name in ("x2", "y2")}
    given = {name: value for name, value in ends.items() if value is not None}
    return {"x": point.x, "y": point.y, **given, "says": point.says}


def _wrapped(title: str, width: int) -> list[str]:
    lines = [""]
    for word in title.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _config(*, narrow: bool) -> Spec:
    size = 12 if narrow else 13
    return {
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            "labelColor": INKS["muted"],
            "titleColor": INKS["muted"],
            "labelFontSize": size - 1,
            "titleFontSize": size,
            "titleFontWeight": 400,
            "titlePadding": 8,
            "domainColor": INKS["grid"],
            "tickColor": INKS["grid"],
            "gridColor": INKS["grid"],
            "gridOpacity": 0.6,
            "labelPadding": 5,
        },
        "text": {"font": FONT},
    }
