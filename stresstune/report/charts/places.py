"""Where the words of a chart stand: beside their mark where they touch nothing, or else in its key.

Pure geometry. The places beside a mark are tried one after the other, the best first; what finds
none is told in the *key*, a row above the picture, which makes the picture lower, so that all is
placed anew until nothing else has to go there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from stresstune.report.charts.chart import Chart, Layer
from stresstune.report.charts.geometry import Box, Frame, Stroke, obstacles

ASCENT, DESCENT = 0.78, 0.24
"""What letters take above and below their line, of the size of the font."""

CLEAR = 2.5
"""Pixels around words that stay free."""

ROW = 20
"""Pixels of one row of the key."""

SAMPLE, GAP = 20, 16
"""Pixels of a mark that is shown in the key, and from one of its entries to the next."""

STEPS = 12
"""Places along a line that are tried."""

ORDER = ("dots", "line", "level", "moment", "span", "note", "band")
"""What is placed first has the best of it."""

ALWAYS_IN_THE_KEY = {"bars", "range"}
"""Marks that there are many of: words beside one of them would be about that one."""


class Words(NamedTuple):
    """A label, in letters of a size in pixels."""

    text: str
    size: int
    bold: bool = True

    @property
    def width(self) -> float:
        """Return pixels across, at least: reckoned with a wide font (DejaVu Sans)."""
        ems = sum(_EMS.get(sign, 0.72) for sign in self.text)
        return ems * self.size * (1.0 if self.bold else 0.93)


_EMS = {
    **dict.fromkeys("iljI.,:;'|! ", 0.4),
    **dict.fromkeys("tfr()[]-/", 0.52),
    **dict.fromkeys("mwMW%@", 1.12),
    "\N{UPWARDS ARROW}": 0.9,
}


class Spot(NamedTuple):
    """Where words begin (or end, aligned right), and the line that they stand on."""

    align: Literal["left", "right"]
    x: float
    base: float

    def box(self, words: Words) -> Box:
        """Return what words take there."""
        left = self.x if self.align == "left" else self.x - words.width
        top, bottom = self.base - ASCENT * words.size, self.base + DESCENT * words.size
        return Box(left, top, left + words.width, bottom)


class Entry(NamedTuple):
    """A label in the key: which layer, where its sample begins, and the middle of its row."""

    layer: Layer
    words: Words
    x: float
    middle: float


class Layout(NamedTuple):
    """Where all the words of a chart are."""

    frame: Frame
    beside: tuple[tuple[Layer, Words, Spot], ...]
    key: tuple[Entry, ...]
    rows: int


def lay_out(chart: Chart, size: tuple[float, float], letters: int, *, from_x: float) -> Layout:
    """Find a place for every label of a chart.

    Args:
        chart: What is drawn.
        size: Of the picture between its axes, in pixels, without a key.
        letters: Size of the font.
        from_x: Where a row of the key begins: left of the picture, where its axis is.
    """
    named = [layer for layer in chart.layers if layer.label]
    apart = [layer for layer in named if _is_for_the_key(layer)]
    rest = [layer for layer in named if not _is_for_the_key(layer)]
    rest.sort(key=lambda layer: ORDER.index(layer.kind))
    while True:
        key, rows = _rows_of(apart, letters, (from_x, size[0]))
        frame = Frame(chart.x, chart.y, size[0], size[1] - ROW * rows)
        tried = _beside(rest, frame, chart.layers, letters)
        homeless = [layer for layer, _, spot in tried if spot is None]
        if not homeless:
            beside = tuple((layer, words, spot) for layer, words, spot in tried if spot)
            return Layout(frame, beside, key, rows)
        apart += homeless
        rest = [layer for layer, _, spot in tried if spot is not None]


def words_of(layer: Layer, letters: int) -> Words:
    """Return a layer's label as it is written."""
    size = letters + (2 if layer.is_big else 0)
    return Words(layer.label, size, bold=layer.kind in {"line", "level", "moment"} or layer.is_big)


def _is_for_the_key(layer: Layer) -> bool:
    return layer.kind in ALWAYS_IN_THE_KEY or (layer.kind == "dots" and not layer.is_big)


def _beside(
    layers: list[Layer], frame: Frame, drawn: Iterable[Layer], letters: int
) -> list[tuple[Layer, Words, Spot | None]]:
    taken: list[Box | Stroke] = [one for layer in drawn for one in obstacles(layer, frame)]
    found: list[tuple[Layer, Words, Spot | None]] = []
    for layer in layers:
        words = words_of(layer, letters)
        spot = next(
            (one for one in _spots(layer, words, frame) if _is_free(one.box(words), frame, taken)),
            None,
        )
        if spot is not None:
            taken.append(spot.box(words))
        found.append((layer, words, spot))
    return found


def _is_free(box: Box, frame: Frame, taken: list[Box | Stroke]) -> bool:
    clear = box.grown(CLEAR)
    return box.is_within(frame.box) and not any(one.meets(clear) for one in taken)


def _rows_of(
    layers: list[Layer], letters: int, ends: tuple[float, float]
) -> tuple[tuple[Entry, ...], int]:
    """Lay the key out; its last row lies next above the picture."""
    placed: list[tuple[Layer, Words, float, int]] = []
    x, row = ends[0], 0
    for layer in layers:
        words = words_of(layer, letters)
        if x > ends[0] and x + SAMPLE + words.width > ends[1]:
            x, row = ends[0], row + 1
        placed.append((layer, words, x, row))
        x += SAMPLE + words.width + GAP
    rows = row + 1 if placed else 0
    entries = (
        Entry(layer, words, x, (row - rows + 0.5) * ROW - 6) for layer, words, x, row in placed
    )
    return tuple(entries), rows


def _spots(layer: Layer, words: Words, frame: Frame) -> Iterator[Spot]:
    """Give the places beside a mark, the best first."""
    along = {
        "level": _along_a_level,
        "moment": _along_a_moment,
        "line": _along_a_line,
        "band": _within_a_band,
        "dots": _around,
    }.get(layer.kind)
    if along is not None:
        return along(layer, words, frame)
    if layer.kind == "span":
        ends = (frame.across(layer.points[0].x) + 4, frame.across(layer.points[0].x2 or 0) - 4)
        return _at_the_top(words, (Spot("left", ends[0], 0), Spot("right", ends[1], 0)))
    return _at_the_top(words, (Spot("right", frame.width - 4, 0), Spot("left", 6, 0)))


def _along_a_level(layer: Layer, words: Words, frame: Frame) -> Iterator[Spot]:
    y = frame.down(layer.points[0].y)
    above, below = y - DESCENT * words.size - 4, y + ASCENT * words.size + 4
    for base in (above, below):
        yield Spot("right", frame.width - 4, base)
        yield Spot("left", 6, base)
    for base in (above, below):
        for step in range(1, STEPS):
            yield Spot("right", frame.width * (1 - step / STEPS), base)


def _along_a_moment(layer: Layer, words: Words, frame: Frame) -> Iterator[Spot]:
    x = frame.across(layer.points[0].x)
    sides = [Spot("left", x + 6, 0), Spot("right", x - 6, 0)]
    if x > 0.55 * frame.width:
        sides.reverse()
    first = layer.label_height_ratio
    for up in sorted(
        (step / STEPS + 0.06 for step in range(STEPS)), key=lambda up: abs(up - first)
    ):
        for side in sides:
            yield side._replace(base=frame.height * (1 - up) + 0.3 * words.size)


def _along_a_line(layer: Layer, words: Words, frame: Frame) -> Iterator[Spot]:
    points = sorted(layer.points, key=lambda point: abs(point.x - 0.35 * frame.x.max))
    for point in points:
        x, y = frame.across(point.x), frame.down(point.y)
        for base in (y + ASCENT * words.size + 5, y - DESCENT * words.size - 5):
            yield Spot("left", x + 8, base)
            yield Spot("right", x - 8, base)


def _within_a_band(layer: Layer, words: Words, frame: Frame) -> Iterator[Spot]:
    """Give the places in the middle of its height: first where it is high, and far inside."""
    inside = 0.7 * frame.x.max
    for point in sorted(
        layer.points, key=lambda point: (point.y - (point.y2 or 0), abs(point.x - inside))
    ):
        middle = (frame.down(point.y) + frame.down(point.y2 or 0)) / 2
        for align in ("left", "right"):
            yield Spot(align, frame.across(point.x), middle + 0.36 * words.size)


def _around(layer: Layer, words: Words, frame: Frame) -> Iterator[Spot]:
    x, y = frame.across(layer.points[0].x), frame.down(layer.points[0].y)
    above, below = y - 14, y + ASCENT * words.size + 12
    sides = [Spot("left", x + 15, 0), Spot("right", x - 15, 0)]
    if x > 0.5 * frame.width:
        sides.reverse()
    for base in (above, below, y + 0.3 * words.size):
        for side in sides:
            yield side._replace(base=base)


def _at_the_top(words: Words, sides: Iterable[Spot]) -> Iterator[Spot]:
    for row in range(3):
        for side in sides:
            yield side._replace(base=ASCENT * words.size + 3 + row * 1.4 * words.size)
