"""From how high memory went, session by session, to the session at which it meets an end. Pure.

Where several threads make sessions without a stop, the most that was held up to the end of each one
is what the kernel would have killed for. So every height that was passed is an end that was met:
as many sessions fit below it as were complete by then. A straight line through these numbers,
height by height, leads to the end that was not met; how far they lie from it says how much is
chance.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from stresstune.memory.reckoning.forecast import VARY_RATIO, Projection
from stresstune.memory.reckoning.line import Line, fit_line
from stresstune.memory.reckoning.peaks import LARGEST_COUNT
from stresstune.model.record import Estimate

_HEIGHTS = 512

_BEGINNING = 1 / 3
"""So many of the sessions show caches that fill and heaps that begin, and are left out."""

_ANOTHER_TIME = 1.4
"""The next time lies farther off than this time's numbers among each other, by so many times as far
where heaps do not differ."""

_WHOLE_NUMBERS = 1 / 12
"""The variance that comes of counting what is complete only, which is not chance."""

_ROWS_RATIO = 0.25
_TWO_ROWS = 2
_FEW_ROWS = 4
"""Threads that stay in step leap by a whole row of sessions, and few rows say little of it."""

_FAR_RATIO = 1.2

_MOST_DOUBT_RATIO = 0.3
"""Doubt that grew faster with each session would let more room hold fewer."""

_CAREFUL = 2.0
"""So many standard deviations below the middle lies what hardly any process is killed before."""

_HARDLY_EVER = 2.7
_HARDLY_EVER_MORE = 5.0
"""What is met by chance is met late more often than early."""

_LEAST_SESSIONS = 2


class Expected(NamedTuple):
    """How many sessions are expected to fit.

    Attributes:
        middle: As many as likely as not.
        doubt: Its standard deviation, in sessions.
        seen: As many were held by all.
        least: Hardly any holds fewer, since each of several held more.
    """

    middle: float
    doubt: float
    seen: int = 0
    least: int = 0


@dataclass(frozen=True)
class Passage:
    """What was met on the way up.

    Attributes:
        heights_bytes: The most that was held between the end of one session and of the next.
        threads: Sessions made at a time.
        stopped_at_bytes: The height at which it was ended before the next was complete; 0 where it
            was not.
    """

    heights_bytes: Sequence[float]
    threads: int
    stopped_at_bytes: float = 0.0

    @cached_property
    def _passed(self) -> list[float]:
        return list(accumulate(self.heights_bytes, max))

    @cached_property
    def top_bytes(self) -> float:
        """The most that was seen."""
        return max(self._passed[-1], self.stopped_at_bytes)

    def below(self, height_bytes: float) -> int:
        """Count the sessions that were complete before memory went above a height."""
        return bisect_right(self._passed, height_bytes)

    @property
    def is_telling(self) -> bool:
        """Whether enough was seen for a line."""
        return len(self._passed) >= _LEAST_SESSIONS and self._line.slope > 0

    @property
    def bytes_each(self) -> float:
        """By how much memory goes up with each session."""
        return 1 / self._line.slope

    @cached_property
    def _line(self) -> Line:
        """Sessions by height."""
        return self._line_from(_BEGINNING)

    def _line_from(self, share: float) -> Line:
        return fit_line([(1.0, at, float(self.below(at))) for at in self._heights(share)])

    def _heights(self, share: float) -> list[float]:
        """Give heights between the end of the beginning and the top, at equal distances."""
        count, top = len(self._passed), self.top_bytes
        first = round(share * count)
        if count > _TWO_ROWS * self.threads:
            first = max(first, self.threads)  # these began together
        low = self._passed[min(first, count - 1)]
        if low >= top or self.below(low) == bisect_left(self._passed, top):
            low = self._passed[0]  # nothing more was complete in between
        return [low + (top - low) * (n + 0.5) / _HEIGHTS for n in range(_HEIGHTS)]

    @cached_property
    def _later_heights(self) -> list[float]:
        return self._heights(_BEGINNING)

    @cached_property
    def chance(self) -> float:
        """By how many sessions its numbers lie off their line: one standard deviation."""
        heights = self._later_heights
        off = math.fsum((self.below(at) - self._line.at(at)) ** 2 for at in heights)
        return math.sqrt(max(0.0, off / len(heights) - _WHOLE_NUMBERS))

    def doubt(self, middle: float, chance: float) -> float:
        """Tell by how many sessions another time may differ, in like heaps: a standard deviation.

        Args:
            middle: How many sessions it is about.
            chance: As below, of all that went the same way.
        """
        heights = self._later_heights
        complete = len(self._passed)
        doubt = math.hypot(_ANOTHER_TIME * chance, _ROWS_RATIO * self.threads**2 / complete)
        seen = (heights[-1] - heights[0]) * self._line.slope
        return doubt + min(_MOST_DOUBT_RATIO, doubt / seen) * max(0.0, middle - complete)

    def held_below(self, room_bytes: float) -> int:
        """Count what was complete, and less one where there were only few rows."""
        few = len(self._passed) < _FEW_ROWS * self.threads
        return max(0, self.below(room_bytes) - few)

    def project(self, room_bytes: float, baseline_bytes: float, expected: Expected) -> Projection:
        """Say how many sessions fit into a room.

        Args:
            room_bytes: A limit less what others hold there.
            baseline_bytes: What there is without any session.
            expected: Where this way leads to, and those of other processes.

        >>> even = Passage([20e6 + n * 5e6 for n in range(1, 60)], threads=4)
        >>> even.project(422e6, 10e6, Expected(even.middle(422e6), 0.0)).sessions
        80
        """
        middle, doubt, seen, least = expected
        best = _count(min(middle, max(_cautious(middle, doubt), seen)))
        by_doubt = min(best, _count(middle - _HARDLY_EVER * doubt))
        low = max(by_doubt, min(best, least))
        high = max(best, _count(middle + _HARDLY_EVER_MORE * doubt))
        room = room_bytes - baseline_bytes
        each = min([self.bytes_each, *self._most_each(baseline_bytes)])
        each = min(each, room / (best + 0.5)) if room > 0 else each
        smallest, largest = each * best / max(1, high), each * best / max(1, low)
        return Projection(
            sessions=best,
            low=low,
            high=high,
            bytes_per_session=Estimate(each, min(each, smallest), max(each, largest)),
            baseline_bytes=round(baseline_bytes),
            transient_bytes=max(0, round(room - (best + 0.5) * each)),
            sizes_vary=middle - by_doubt > max(1.0, VARY_RATIO * best),
            grows=False,
        )

    def _most_each(self, baseline_bytes: float) -> list[float]:
        """Give bounds to what a session keeps: what was held when so many were complete.

        The line cannot tell a few sessions from the peaks of the threads that make them.
        """
        half = len(self.heights_bytes) // 2
        ends = list(enumerate(self.heights_bytes, start=1))[half:]
        return [(at - baseline_bytes) / held for held, at in ends if at > baseline_bytes]

    def middle(self, room_bytes: float) -> float:
        """Give the number of sessions that this way leads to."""
        if room_bytes < self.top_bytes:
            return self.below(room_bytes)
        complete = len(self._passed)
        carried_on = max(complete, self._carried_on(room_bytes))
        # Before the first row is complete, nothing tells of a second.
        return carried_on if complete >= self.threads else min(self.threads, carried_on)

    def _carried_on(self, height_bytes: float) -> float:
        """Follow the line, far off no more steeply than its last part: sessions may grow."""
        near_bytes = min(height_bytes, _FAR_RATIO * self.top_bytes)
        slope = min(self._line.slope, self._line_from(1 - _BEGINNING).slope)
        # The line goes through the middle of steps of one session.
        return self._line.at(near_bytes) + 0.5 + max(0.0, slope) * (height_bytes - near_bytes)


def _cautious(middle: float, doubt: float) -> float:
    """Give what is above a kill by more than a session and 3 % one time in forty at the most.

    The farther kills lie apart, the less there is to hit, and the nearer it is to the lower end.
    """
    off = max(1.0, VARY_RATIO * middle)
    beyond = (_HARDLY_EVER - _CAREFUL) * max(0.0, doubt - off)
    return middle + off - _CAREFUL * doubt - beyond


def _count(sessions: float) -> int:
    return min(LARGEST_COUNT, max(0, math.floor(sessions)))
