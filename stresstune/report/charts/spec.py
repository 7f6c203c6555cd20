"""A chart as Vega-Lite asks for it. Pure: dictionaries in the words of that grammar."""

from __future__ import annotations

from collections.abc import Iterator

from stresstune.report.charts.chart import Axis, Chart, Layer, Point
from stresstune.report.charts.geometry import BIG_DOT_AREA, DOT_AREA, RANGE_WIDTH
from stresstune.report.charts.inks import INKS
from stresstune.report.charts.labels import Spec, labels
from stresstune.report.charts.places import ROW, lay_out

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

TOP, RIGHT = 8, 14
"""Pixels around the picture that no axis takes."""


def spec_of(chart: Chart, width: int, height: int) -> Spec:
    """Lay a chart out at a size in pixels.

    >>> from stresstune.report.charts.chart import Axis
    >>> line = Layer(kind="level", points=(Point(y=30),), label="30 wanted")
    >>> chart = Chart(id="c", title="T", summary="S", layers=(line,),
    ...               x=Axis(title="s", max=15), y=Axis(title="people", max=40))
    >>> drawn = spec_of(chart, 400, 200)
    >>> sum(drawn["padding"][side] for side in ("left", "right")) + drawn["width"]
    400
    """
    narrow = width < 480
    draft, letters = _Draft(chart, narrow=narrow), _letters(narrow=narrow)
    left, bottom = _left_of(chart.y, letters), _below(chart.x, narrow=narrow)
    size = (width - left - RIGHT, height - TOP - bottom)
    layout = lay_out(chart, size, letters, from_x=2 - left)
    top = TOP + ROW * layout.rows
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": layout.frame.width,
        "height": layout.frame.height,
        "padding": {"left": left, "right": RIGHT, "top": top, "bottom": bottom},
        "autosize": {"type": "none"},
        "background": None,
        "config": _config(narrow=narrow),
        "layer": [
            *(part for layer in chart.layers for part in draft.marks(layer)),
            *labels(layout),
        ],
    }


def _letters(*, narrow: bool) -> int:
    return 12 if narrow else 13


def _left_of(axis: Axis, letters: int) -> int:
    """Return the pixels that the upright axis takes: its title, its numbers, its ticks."""
    signs = len(f"{axis.max:,.0f}") if axis.max >= 5 else 3 if axis.max >= 1 else 4
    return round(1.4 * letters + 22 + 0.7 * letters * max(signs, 2))


def _below(axis: Axis, *, narrow: bool) -> int:
    """Return the pixels that the axis across takes."""
    letters = _letters(narrow=narrow)
    return round(24 + letters + 1.25 * letters * len(_title(axis, narrow=narrow)))


def _title(axis: Axis, *, narrow: bool) -> list[str]:
    return _wrapped(axis.title, 44 if narrow else 90)


class _Draft:
    """One chart, being laid out."""

    def __init__(self, chart: Chart, *, narrow: bool) -> None:
        self._chart = chart
        self._narrow = narrow

    def marks(self, layer: Layer) -> Iterator[Spec]:
        """Give the marks of a layer, the ones to point at last."""
        ink = INKS[layer.tone]
        dash = {"strokeDash": [6, 4]} if layer.dashed else {}
        match layer.kind:
            case "line":
                yield self._mark(layer, {"type": "line", "strokeWidth": 2.5, "color": ink, **dash})
                yield self._mark(layer, {**_dot(ink, 70), "opacity": 0})
            case "dots":
                yield self._mark(layer, _dot(ink, BIG_DOT_AREA if layer.is_big else DOT_AREA))
            case "bars":
                yield self._mark(layer, {"type": "rect", "color": ink, **_PAPER_EDGE})
            case "band":
                yield self._mark(layer, {"type": "area", "color": ink, "opacity": 0.14})
            case "range":
                mark = {"type": "rule", "color": ink, "strokeWidth": RANGE_WIDTH, "opacity": 0.3}
                yield self._mark(layer, {**mark, "strokeCap": "round"})
            case "level":
                yield self._mark(layer, {"type": "rule", "strokeWidth": 1.8, "color": ink, **dash})
            case "moment":
                yield self._mark(layer, {"type": "rule", "strokeWidth": 1.6, "color": ink, **dash})
            case "note":
                return
            case "span":
                yield self._mark(layer, {"type": "rect", "color": ink, "opacity": 0.13})

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

    def _x(self) -> Spec:
        axis = self._chart.x
        return {
            "field": "x",
            "type": "quantitative",
            "scale": {"domain": [axis.min, axis.max], "nice": False},
            "axis": self._axis(axis, grid=False),
        }

    def _y(self) -> Spec:
        axis = self._chart.y
        return {
            "field": "y",
            "type": "quantitative",
            "scale": {"domain": [axis.min, axis.max], "nice": False, "clamp": True},
            "axis": self._axis(axis, grid=True),
        }

    def _axis(self, axis: Axis, *, grid: bool) -> Spec:
        most = 5 if self._narrow else 8
        few = min(most, int(axis.max)) if axis.is_whole else most
        least = {"tickMinStep": 1} if axis.is_whole else {}
        title = _title(axis, narrow=self._narrow)
        return {"title": title, "tickCount": max(few, 1), "grid": grid, **least}


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
    size = _letters(narrow=narrow)
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
