"""The outcome as a picture, drawn as the reports are: Vega-Lite, in vl-convert."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from examples.proof.outcome import GOAL_FAILED_RATIO, Outcome, Seen
from examples.proof.table import config_words

Values = list[dict[str, Any]]

_INK, _QUIET, _LINE = "#1c2333", "#59627a", "#d5dae6"
_FAILED = "#d1495b"
_FATES = {
    "kept seat and pictures to the end": "#2f5fd0",
    "waited outside, or sat with another": "#b3c3e8",
    "lost the session": _FAILED,
}
_BLOCK, _ROW_PIXELS = 3.2, 21
"""A case is a line with its name and two bars, and a little room, in rows; a row is so high."""

_DASHED = {"type": "rule", "strokeDash": [3, 3], "color": _INK, "strokeWidth": 1.5}
_WORDS = {"type": "text", "fontSize": 11.5, "color": _INK, "baseline": "middle"}


def draw(outcomes: Sequence[Outcome], path: Path) -> None:
    """Write an SVG that shows each case before and after.

    Raises:
        ImportError: vl-convert is missing (the extra ``report``).
    """
    import vl_convert  # noqa: PLC0415 - for whoever wants a chart

    path.write_text(vl_convert.vegalite_to_svg(spec(outcomes)))


def spec(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return what is drawn, in the language of Vega-Lite."""
    axis = {"titleColor": _QUIET, "titleFontWeight": "normal", "titleFontSize": 11.5}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": "white",
        "padding": {"left": 48, "right": 48, "top": 16, "bottom": 16},  # a reader's font is wider
        "title": {
            "text": "The same class, before and after tuning",
            "anchor": "start",
            "fontSize": 15,
            "color": _INK,
        },
        "config": {
            "font": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
            "view": {"stroke": None},
            "axis": {"labelColor": _INK, "gridColor": _LINE, "ticks": False, "domain": False}
            | {"labelFontSize": 11.5, **axis},
        },
        "spacing": 30,
        "hconcat": [
            _panel(320, list(_students(outcomes)), _students_layers(), outcomes),
            _panel(260, list(_failures(outcomes)), _failures_layers(outcomes), outcomes),
        ],
    }


def _panel(
    width: int, values: Values, layers: Values, outcomes: Sequence[Outcome]
) -> dict[str, Any]:
    rows = len(outcomes) * _BLOCK
    y = {"field": "row", "type": "quantitative", "axis": None}
    y["scale"] = {"domain": [rows, 0], "nice": False, "zero": False}
    return {
        "width": width,
        "height": round(rows * _ROW_PIXELS),
        "data": {"values": values},
        "encoding": {"y": y},
        "layer": layers,
    }


def _students(outcomes: Sequence[Outcome]) -> Iterator[dict[str, Any]]:
    for row, each, config, seen in _bars(outcomes):
        lost = max(0, each.students - seen.seated - seen.turned_away)
        begin = 0
        name = (
            {"name": each.binds[0].upper() + each.binds[1:], "name_row": row - 1}
            if seen is each.before
            else {}
        )
        best = {"best": each.best, "top": row - 0.5, "bottom": row + 0.5}
        searched = best if each.best < each.students and seen is each.after else {}
        yield {"row": row, "config": config, **name, **searched}
        for fate, count in zip(_FATES, (seen.seated, seen.turned_away, lost), strict=True):
            if count:
                shown = {"fate": fate, "count": count, "begin": begin, "end": begin + count}
                yield {"row": row, "middle": begin + count / 2, **shown}
            begin += count


def _students_layers() -> Values:
    scale = {"domain": list(_FATES), "range": list(_FATES.values())}
    legend = {"orient": "bottom", "title": None, "columns": 1, "labelLimit": 400}
    legend |= {
        "offset": 8,
        "labelFontSize": 11.5,
        "symbolType": "square",
        "symbolStrokeWidth": 8,
        "symbolSize": 25,
    }
    colour = {"field": "fate", "type": "nominal", "scale": scale, "legend": legend}
    x = {"type": "quantitative", "title": "students (dashes: the best setting, by search)"}
    light = {"test": "indexof(datum.fate, 'waited') == 0", "value": _INK}
    return [
        {
            "transform": [{"filter": "isValid(datum.fate)"}],
            "mark": {"type": "rule", "strokeWidth": 16},
            "encoding": {"x": x | {"field": "begin"}, "x2": {"field": "end"}, "color": colour},
        },
        {
            "transform": [{"filter": "isValid(datum.fate)"}],
            "mark": _WORDS,
            "encoding": {
                "x": x | {"field": "middle"},
                "text": {"field": "count"},
                "color": {"condition": light, "value": "white"},
            },
        },
        {
            "transform": [{"filter": "isValid(datum.config)"}],
            "mark": _WORDS | {"align": "right", "dx": -8},
            "encoding": {"x": {"datum": 0}, "text": {"field": "config"}},
        },
        {
            "transform": [{"filter": "isValid(datum.name)"}],
            "mark": _WORDS | {"align": "left", "fontWeight": "bold", "fontSize": 12.5},
            "encoding": {
                "x": {"datum": 0},
                "y": {"field": "name_row", "type": "quantitative"},
                "text": {"field": "name"},
            },
        },
        {
            "transform": [{"filter": "isValid(datum.best)"}],
            "mark": _DASHED,
            "encoding": {
                "x": x | {"field": "best"},
                "y": {"field": "top", "type": "quantitative"},
                "y2": {"field": "bottom"},
            },
        },
    ]


def _failures(outcomes: Sequence[Outcome]) -> Iterator[dict[str, Any]]:
    for row, _, _, seen in _bars(outcomes):
        percent = 100 * seen.failed_ratio
        wait = f"wait {seen.wait_p50_seconds:.1f} s" if seen.wait_p50_seconds else "no caption"
        words = f"{percent:.1f} %, {wait}"
        yield {"row": row, "percent": percent, "zero": 0, "words": words}


def _failures_layers(outcomes: Sequence[Outcome]) -> Values:
    most = max([2.0, *(100 * seen.failed_ratio for _, _, _, seen in _bars(outcomes))])
    goal = 100 * GOAL_FAILED_RATIO
    title = f"failed requests in % (dashes: {goal:g} %), median wait for a caption"
    x = {"type": "quantitative", "title": title, "scale": {"domain": [0, most * 1.6]}}
    return [
        {
            "mark": _DASHED,
            "encoding": {
                "x": {"datum": goal},
                "y": {"datum": _BLOCK * len(outcomes)},
                "y2": {"datum": 0.8},
            },
        },
        {
            "mark": {"type": "rule", "strokeWidth": 16, "color": _FAILED},
            "encoding": {"x": x | {"field": "zero"}, "x2": {"field": "percent"}},
        },
        {
            "mark": _WORDS | {"align": "left", "dx": 12},
            "encoding": {"x": x | {"field": "percent"}, "text": {"field": "words"}},
        },
    ]


def _bars(outcomes: Sequence[Outcome]) -> Iterator[tuple[float, Outcome, str, Seen]]:
    for number, each in enumerate(outcomes):
        top = number * _BLOCK
        untuned, tuned = config_words(each)
        yield top + 1.4, each, untuned, each.before
        yield top + 2.4, each, tuned, each.after
