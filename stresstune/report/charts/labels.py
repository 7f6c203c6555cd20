"""The words of a chart as Vega-Lite asks for them, each at its pixel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stresstune.report.charts.chart import Layer
from stresstune.report.charts.geometry import RANGE_WIDTH
from stresstune.report.charts.inks import INKS
from stresstune.report.charts.places import SAMPLE, Entry, Layout, Words

Spec = dict[str, Any]


def labels(layout: Layout) -> Iterator[Spec]:
    """Give the words beside the marks, and the key."""
    for layer, words, spot in layout.beside:
        yield _text(layer, words, (spot.x, spot.base), align=spot.align)
    for entry in layout.key:
        yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[Spec]:
    sample = _sample(entry)
    if sample is not None:
        yield sample
    right = 0 if sample is None else SAMPLE
    base = entry.middle + 0.36 * entry.words.size
    yield _text(entry.layer, entry.words, (entry.x + right, base), align="left")


def _sample(entry: Entry) -> Spec | None:
    """Show the mark that an entry of the key is about; a note is about none."""
    layer, ink = entry.layer, INKS[entry.layer.tone]
    match layer.kind:
        case "note":
            return None
        case "line" | "level" | "moment":
            dash = {"strokeDash": [5, 3]} if layer.dashed else {}
            mark: Spec = {"type": "rule", "color": ink, "strokeWidth": 2.2, **dash}
            end = {"x2": {"value": entry.x + SAMPLE - 6}}
            return _shape(mark, (entry.x, entry.middle), **end)
        case "dots":
            mark = {"type": "point", "shape": "circle", "filled": True, "color": ink, "opacity": 1}
            size = 100 if layer.is_big else 45
            return _shape({**mark, "size": size}, (entry.x + 7, entry.middle))
        case "range":
            mark = {"type": "rule", "color": ink, "strokeWidth": RANGE_WIDTH, "opacity": 0.3}
            ends = {"y": {"value": entry.middle - 6}, "y2": {"value": entry.middle + 6}}
            return _shape(mark, (entry.x + 7, entry.middle), **ends)
        case _:
            mark = {"type": "point", "shape": "square", "filled": True, "color": ink, "size": 130}
            pale = 0.3 if layer.kind in {"span", "band"} else 1
            return _shape({**mark, "opacity": pale}, (entry.x + 7, entry.middle))


def _shape(mark: Spec, at: tuple[float, float], **ends: Spec) -> Spec:
    return {
        "data": {"values": [{}]},
        "mark": {**mark, "aria": False},
        "encoding": {"x": {"value": at[0]}, "y": {"value": at[1]}, **ends},
    }


def _text(layer: Layer, words: Words, at: tuple[float, float], *, align: str) -> Spec:
    return {
        "data": {"values": [{"words": words.text}]},
        "mark": {
            "type": "text",
            "aria": False,
            "align": align,
            "baseline": "alphabetic",
            "fontSize": words.size,
            "fontWeight": 700 if words.bold else 400,
            "color": INKS["ink" if layer.kind in {"span", "bars", "range"} else layer.tone],
        },
        "encoding": {
            "x": {"value": at[0]},
            "y": {"value": at[1]},
            "text": {"field": "words"},
        },
    }
