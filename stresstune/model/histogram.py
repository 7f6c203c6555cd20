"""Counts by size, which can be added up without losing anything."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from stresstune.model.record import Record

GROWTH = 1.02
"""A bin ends 2 % above its beginning, so a quantile is told to 1 % (as in DDSketch)."""

LEAST = 1e-6
"""Everything smaller is counted as 0: a microsecond, where seconds are counted."""


class Histogram(Record, frozen=True, kw_only=True):
    """How many values of which size there were; bins grow by 2 %.

    Two of them add up to exactly what one over all values would have been, in any order, so each
    host may count for itself.

    Attributes:
        zeros: Values of 0, and below `LEAST`.
        bins: Pairs of a bin's number and its count, in order; bin n ends at
            ``LEAST * GROWTH ** n``.
        largest: The largest value, exactly.

    >>> one, other = Histogram.of([0.0, 1.0, 2.0]), Histogram.of([3.0])
    >>> one.plus(other) == Histogram.of([3.0, 2.0, 1.0, 0.0]), one.plus(other).count
    (True, 4)
    """

    zeros: int = 0
    bins: tuple[tuple[int, int], ...] = ()
    largest: float = 0.0

    @classmethod
    def of(cls, values: Iterable[float]) -> Histogram:
        """Count values; each must be 0 or above, in one unit."""
        kept = list(values)
        counted = Counter(_bin(value) for value in kept if value >= LEAST)
        return cls(
            zeros=sum(value < LEAST for value in kept),
            bins=tuple(sorted(counted.items())),
            largest=max(kept, default=0.0),
        )

    @property
    def count(self) -> int:
        """How many values there were."""
        return self.zeros + sum(count for _, count in self.bins)

    def plus(self, other: Histogram) -> Histogram:
        """Return what both counted together."""
        return added([self, other])

    def quantile(self, ratio: float) -> float:
        """Return the value below which that share of all values lies, to 1 %; 0 where none is.

        >>> round(Histogram.of(range(1, 101)).quantile(0.5))
        50
        """
        rank = max(1, math.ceil(ratio * self.count))
        seen = self.zeros
        if rank <= seen or not self.count:
            return 0.0
        for number, count in self.bins:
            seen += count
            if seen >= rank:
                return min(float(LEAST * GROWTH ** (number - 0.5)), self.largest)
        return self.largest


def added(histograms: Iterable[Histogram]) -> Histogram:
    """Return what many histograms counted together.

    >>> added([]).count
    0
    """
    zeros, largest = 0, 0.0
    bins: Counter[int] = Counter()
    for one in histograms:
        zeros += one.zeros
        bins.update(dict(one.bins))
        largest = max(largest, one.largest)
    return Histogram(zeros=zeros, bins=tuple(sorted(bins.items())), largest=largest)


def _bin(value: float) -> int:
    return math.ceil(math.log(value / LEAST) / math.log(GROWTH))
