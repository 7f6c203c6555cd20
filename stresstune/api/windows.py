"""Which quotas a window explain a log of calls: pure.

A window, fixed or sliding, says of each admitted call that the quota was not used up yet, and of
each refused one that it was. The quotas that satisfy all of these are an interval, or there are
none.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from stresstune.api.event import Event

LEAST_PHASES = 160
MOST_COUNTED = 4_000
"""Of many calls not every phase is tried, since each counts all windows anew; of a few minutes that
are counted by the minute, every one is: else the one that is true may be left out."""

Span = tuple[float, float]
"""Smallest and largest quota that fit; the largest is infinite where nothing bounds it."""


@dataclass
class _Bounds:
    """The quotas that fit: at least ``low``, and less than ``below``."""

    low: float = 0.0
    below: float = float("inf")

    def closed(self, slack: float, unit: float) -> Span | None:
        """Return both ends (counted in units, the upper one included), or None if none fit."""
        if self.below == float("inf"):
            return None
        high = self.below - unit
        if self.low > high + slack * self.low:
            return None
        return min(self.low, max(high, 0.0)) if slack else self.low, max(self.low, high)


def fixed(
    events: Sequence[Event], window_seconds: float, slack: float = 0.0, *, others: bool = False
) -> Span | None:
    """Return the quotas of a fixed window that explain a log, whenever it turns.

    Args:
        events: Calls in the order of time.
        window_seconds: Length of the window.
        slack: How inexact it may be, as a ratio.
        others: Somebody else may have used any part of the first window.

    >>> calls = [Event(seconds=t / 10, admitted=t < 30) for t in range(31)]
    >>> fixed(calls, 60.0)
    (15.0, 30.0)
    """
    counted = _Counted(events, window_seconds)
    unit = _unit(events)
    fits = [
        span
        for phase in _phases(events, window_seconds)
        if (span := counted.bounds(phase, others=others).closed(slack, unit))
    ]
    return (min(low for low, _ in fits), max(high for _, high in fits)) if fits else None


class _Counted:
    """A log that is counted by windows quickly: only the first refusal in each says anything."""

    def __init__(self, events: Sequence[Event], window_seconds: float) -> None:
        self._window_seconds = window_seconds
        self._times = [event.seconds for event in events]
        weights = (event.weight if event.admitted else 0.0 for event in events)
        self._used = [0.0, *itertools.accumulate(weights)]
        self._refused = [place for place, event in enumerate(events) if not event.admitted]
        self._weights = [event.weight for event in events]

    def bounds(self, phase: float, *, others: bool) -> _Bounds:
        """Count in windows that turn at this phase; stops once nothing fits any more."""
        bounds, place, is_first = _Bounds(), 0, True
        while place < len(self._times):
            index = (self._times[place] - phase) // self._window_seconds
            end = phase + (index + 1) * self._window_seconds
            after = max(bisect_left(self._times, end, lo=place), place + 1)
            bounds.low = max(bounds.low, self._used[after] - self._used[place])
            refused = bisect_left(self._refused, place)
            if refused < len(self._refused) and not (others and is_first):
                first = self._refused[refused]
                if first < after:
                    used = self._used[first] - self._used[place] + self._weights[first]
                    bounds.below = min(bounds.below, used)
            place, is_first = after, False
        return bounds


def sliding(
    events: Sequence[Event],
    window_seconds: float,
    slack: float = 0.0,
    *,
    counts_rejected: bool = False,
    others: bool = False,
) -> Span | None:
    """Return the quotas of a sliding window that explain a log.

    Args:
        events: Calls in the order of time.
        window_seconds: Length of the window.
        slack: How inexact it may be, as a ratio.
        counts_rejected: Refused calls are counted as well.
        others: Somebody else may have used any part of the first window.

    >>> calls = [Event(seconds=t / 10, admitted=t < 30) for t in range(31)]
    >>> sliding(calls, 60.0)
    (30.0, 30.0)
    """
    bounds = _Bounds()
    log: deque[Event] = deque()
    used = 0.0
    start = events[0].seconds
    for event in events:
        while log and log[0].seconds <= event.seconds - window_seconds + 1e-6:
            used -= log.popleft().weight
        with_this = max(used, 0.0) + event.weight
        if event.admitted:
            bounds.low = max(bounds.low, with_this)
        elif not (others and event.seconds < start + window_seconds):
            bounds.below = min(bounds.below, with_this)
        if event.admitted or counts_rejected:
            log.append(event)
            used += event.weight
    return bounds.closed(slack, _unit(events))


def turns(events: Sequence[Event]) -> Iterator[tuple[float, float]]:
    """Yield when a fixed window may have turned: after a refused call, by an admitted one.

    >>> calls = [Event(seconds=t, admitted=t != 5) for t in range(8)]
    >>> list(turns(calls))
    [(5, 6)]
    """
    for before, after in itertools.pairwise(events):
        if after.admitted and not before.admitted:
            yield before.seconds, after.seconds


def _unit(events: Sequence[Event]) -> float:
    return 1.0 if all(event.weight == 1 for event in events) else 1e-6


def _phases(events: Sequence[Event], window_seconds: float) -> list[float]:
    """Return one phase for each way in which a turn can part the calls, the likeliest first.

    A turn must lie between a refused call and an admitted one that follows it; the shortest such
    span says the most. The widest gaps between calls come next.
    """
    windows = 1 + (events[-1].seconds - events[0].seconds) // window_seconds
    most = max(LEAST_PHASES, int(MOST_COUNTED // windows))
    times = sorted({round(event.seconds % window_seconds, 6) for event in events})
    following = [*times[1:], times[0] + window_seconds]
    begin, length = _shortest_recovery(events)
    gaps = sorted(
        zip(times, following, strict=True),
        key=lambda gap: ((fmean(gap) - begin) % window_seconds > length, gap[0] - gap[1]),
    )
    likely, others = gaps[: most // 2], sorted(gaps[most // 2 :])
    stride = max(1, len(others) * 2 // most)
    return [fmean(gap) for gap in [*likely, *others[::stride]]]


def _shortest_recovery(events: Sequence[Event]) -> tuple[float, float]:
    """Return begin and length of the shortest span from a refused call to an admitted next one."""
    spans = [(after - before, before) for before, after in turns(events)]
    length, begin = min(spans, default=(0.0, 0.0))
    return begin, length
