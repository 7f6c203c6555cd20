"""A straight line through points. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

TREND_T = 4.0
"""A trend counts from four standard errors on: one chance in 15,000 where there is none."""


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line through weighted points (least squares).

    Attributes:
        centre: Weighted mean of the places.
        level: Value there.
        slope: Change for each place.
        slope_error: Standard error of the slope.
    """

    centre: float
    level: float
    slope: float
    slope_error: float

    def at(self, place: float) -> float:
        """Give the value at a place."""
        return self.level + self.slope * (place - self.centre)


def fit_line(points: Sequence[tuple[float, float, float]]) -> Line:
    """Fit a line to points of (weight, place, value).

    >>> line = fit_line([(1, 1, 10.0), (1, 2, 12.0), (1, 3, 14.0)])
    >>> line.slope, line.at(4)
    (2.0, 16.0)
    """
    weight = math.fsum(w for w, _, _ in points)
    centre = math.fsum(w * x for w, x, _ in points) / weight
    level = math.fsum(w * y for w, _, y in points) / weight
    across = math.fsum(w * (x - centre) ** 2 for w, x, _ in points)
    if across == 0:
        return Line(centre, level, 0.0, math.inf)
    slope = math.fsum(w * (x - centre) * (y - level) for w, x, y in points) / across
    rest = math.fsum(w * (y - level - slope * (x - centre)) ** 2 for w, x, y in points)
    freedom = len(points) - 2
    error = math.sqrt(rest / freedom / across) if freedom > 0 else math.inf
    return Line(centre, level, slope, error)
