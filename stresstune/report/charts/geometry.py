"""Boxes and strokes in pixels, counted from the top left of a picture, and whether they touch."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from math import sqrt
from typing import NamedTuple

from stresstune.report.charts.chart import Axis, Layer, Point

DOT_AREA, BIG_DOT_AREA = 55, 320
"""Of a mark, in square pixels."""

RANGE_WIDTH = 5
"""Of an upright stroke, in pixels."""


class Box(NamedTuple):
    """An upright rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    def grown(self, by: float) -> Box:
        """Return it with an edge around it."""
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def is_within(self, other: Box) -> bool:
        """Tell whether all of it is inside of another one."""
        return (
            self.left >= other.left
            and self.top >= other.top
            and self.right <= other.right
            and self.bottom <= other.bottom
        )

    def meets(self, other: Box) -> bool:
        """Tell whether two boxes have a point in common."""
        return (
            self.left <= other.right
            and other.left <= self.right
            and self.top <= other.bottom
            and other.top <= self.bottom
        )


class Stroke(NamedTuple):
    """A straight line from one place to another."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float = 2.0

    def meets(self, box: Box) -> bool:
        """Tell whether it runs through a box, its own width counted (Liang and Barsky 1984).

        >>> Stroke(0, 0, 10, 10).meets(Box(4, 4, 6, 6)), Stroke(0, 0, 10, 10).meets(Box(8, 0, 9, 2))
        (True, False)
        """
        wide = box.grown(self.width / 2)
        first, last = 0.0, 1.0
        across, down = self.x2 - self.x1, self.y2 - self.y1
        for step, room in (
            (-across, self.x1 - wide.left),
            (across, wide.right - self.x1),
            (-down, self.y1 - wide.top),
            (down, wide.bottom - self.y1),
        ):
            if step == 0:
                if room < 0:
                    return False
            elif step < 0:
                first = max(first, room / step)
            else:
                last = min(last, room / step)
        return first <= last


class Frame(NamedTuple):
    """The picture between its axes."""

    x: Axis
    y: Axis
    width: float
    height: float

    @property
    def box(self) -> Box:
        """All of it."""
        return Box(0, 0, self.width, self.height)

    def across(self, value: float) -> float:
        """Return where a value of the axis across is."""
        return (value - self.x.min) / (self.x.max - self.x.min) * self.width

    def down(self, value: float) -> float:
        """Return where a value of the upright axis is; what is beyond it lies on its end."""
        share = (value - self.y.min) / (self.y.max - self.y.min)
        return (1 - min(max(share, 0.0), 1.0)) * self.height


def obstacles(layer: Layer, frame: Frame) -> Iterator[Box | Stroke]:
    """Give what no words may touch: everything but the pale areas."""
    if layer.kind == "line":
        pairs = itertools.pairwise(layer.points)
        return (_between(_at(one, frame), _at(other, frame)) for one, other in pairs)
    return (mark for point in layer.points for mark in _mark(layer, point, frame))


def _mark(layer: Layer, point: Point, frame: Frame) -> Iterator[Box | Stroke]:
    at = _at(point, frame)
    low, high = at.top, frame.down(point.y2 or 0)
    match layer.kind:
        case "dots":
            yield at.grown(sqrt(BIG_DOT_AREA if layer.is_big else DOT_AREA) / 2 + 1.5)
        case "bars":
            yield Box(at.left, high, frame.across(point.x2 or 0), low)
        case "range":
            yield Stroke(at.left, low, at.left, high, RANGE_WIDTH + 2)
        case "level":
            yield Stroke(0, at.top, frame.width, at.top)
        case "moment":
            yield Stroke(at.left, 0, at.left, frame.height)


def _between(one: Box, other: Box) -> Stroke:
    return Stroke(one.left, one.top, other.left, other.top, width=2.5)


def _at(point: Point, frame: Frame) -> Box:
    x, y = frame.across(point.x), frame.down(point.y)
    return Box(x, y, x, y)
