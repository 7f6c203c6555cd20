"""How far another machine's clock is from ours: pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

KEPT = 32
"""Comparisons that are kept; the clocks of machines drift by some 20 microseconds a second."""


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One message there and back, by both clocks (seconds).

    Attributes:
        sent: When it left, by ours.
        arrived: When it came, by theirs.
        replied: When the answer left, by theirs.
        received: When that came, by ours.
    """

    sent: float
    arrived: float
    replied: float
    received: float

    @property
    def way_seconds(self) -> float:
        """Time on the way, there and back, without what the other side took."""
        return (self.received - self.sent) - (self.replied - self.arrived)

    @property
    def offset_seconds(self) -> float:
        """Their clock less ours, if both ways took as long (the algorithm of NTP)."""
        return ((self.arrived - self.sent) + (self.replied - self.received)) / 2


@dataclass
class ClockComparison:
    """What is known of another clock: the exchange with the shortest way tells the most."""

    _kept: deque[Exchange] = field(default_factory=lambda: deque(maxlen=KEPT))

    def add(self, exchange: Exchange) -> None:
        """Take another exchange into account."""
        self._kept.append(exchange)

    @property
    def _best(self) -> Exchange:
        return min(self._kept, key=lambda one: one.way_seconds)

    @property
    def is_known(self) -> bool:
        """Whether there was any exchange."""
        return bool(self._kept)

    @property
    def error_seconds(self) -> float:
        """By how much the offset may be wrong, at the most."""
        return max(self._best.way_seconds, 0.0) / 2

    @property
    def slow_way_seconds(self) -> float:
        """Return the way there and back that nine in ten of the kept exchanges do not exceed."""
        ways = sorted(one.way_seconds for one in self._kept)
        return max(ways[int(0.9 * (len(ways) - 1))], 0.0)

    def to_theirs(self, seconds: float) -> float:
        """Return a time of ours by their clock.

        >>> known = ClockComparison()
        >>> known.add(Exchange(sent=10.0, arrived=110.1, replied=110.2, received=10.3))
        >>> known.to_theirs(20.0), known.to_ours(120.0)
        (120.0, 20.0)
        """
        return seconds + self._best.offset_seconds

    def to_ours(self, seconds: float) -> float:
        """Return a time of theirs by our clock."""
        return seconds - self._best.offset_seconds
