"""Which quota explains what was seen: pure.

Every kind of quota is a small deterministic machine, so each can be held against the log of calls:
an admitted call says that the quota was not used up yet, a refused one that it was. A kind explains
the log if some value satisfies all of these; the values that do are its interval. What no kind
explains is no quota.

The log begins with an empty window or a full bucket, unless somebody else had been calling before;
explanations that need this somebody are only looked at when no other holds.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from stresstune.api.bucket import explain_as_bucket
from stresstune.api.event import Event

Machine = Literal["fixed", "sliding", "sliding_counting_rejected", "bucket"]

WINDOW_SECONDS = 60.0
SLACKS = (0.0, 0.02, 0.06)
"""How inexact a quota may be, as a ratio; the next is only tried when nothing holds at the last."""

SHORT_WINDOWS_SECONDS = (10.0, 1.0)
"""Windows that are tried where no minute explains the log: bursts are throttled by the second."""

MOST_PHASES = 160


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A kind of quota that fits the whole log.

    Attributes:
        machine: The kind.
        low: Smallest quota a window that fits.
        high: Largest one (infinite where nothing bounds it).
        burst: Size of the bucket, for a bucket.
        slack: How inexact it had to be taken.
        others: Somebody else must have used a part at the start.
        window_seconds: Length of the window; for a bucket, of the time that the quota flows in.
    """

    machine: Machine
    low: float
    high: float
    burst: float | None = None
    slack: float = 0.0
    others: bool = False
    window_seconds: float = WINDOW_SECONDS

    @property
    def middle(self) -> float:
        """The best single value."""
        return (self.low + self.high) / 2 if self.high < float("inf") else self.low


def explain(events: Sequence[Event]) -> list[Explanation]:
    """Return the quotas that explain a log, all with the least slack that does.

    A window is a minute long, if that explains the log at all; otherwise shorter ones are tried.

    Args:
        events: Calls in the order of time, with at least one refused.

    Returns:
        The explanations, the lowest first; none where no quota explains the log.

    >>> burst = [Event(seconds=i / 10, admitted=i < 30) for i in range(31)]
    >>> trial = Event(seconds=30, admitted=False)
    >>> again = [Event(seconds=50 + i / 10, admitted=i < 30) for i in range(31)]
    >>> [(e.machine, e.low, e.high) for e in explain([*burst, trial, *again])]
    [('fixed', 30.0, 30.0)]
    """
    exact = _fits(events, WINDOW_SECONDS, 0.0)
    if all(explanation.machine == "bucket" for explanation in exact):
        # how full a bucket was at the start is open anyhow: it does not make windows unlikely of
        # which somebody had used a part; windows of seconds are likelier than such a somebody
        short = [] if exact else _first_fit(events, SHORT_WINDOWS_SECONDS, 0.0)
        exact = short or exact + _fits(events, WINDOW_SECONDS, 0.0, others=True)
    if exact:
        return sorted(exact, key=lambda explanation: explanation.low)
    for slack in SLACKS[1:]:
        found = _first_fit(events, (WINDOW_SECONDS, *SHORT_WINDOWS_SECONDS), slack)
        found = found or _fits(events, WINDOW_SECONDS, slack, others=True)
        if found:
            return sorted(found, key=lambda explanation: explanation.low)
    return []


def _first_fit(
    events: Sequence[Event], windows_seconds: Sequence[float], slack: float
) -> list[Explanation]:
    for window_seconds in windows_seconds:
        if found := _fits(events, window_seconds, slack):
            return found
    return []


def _fits(
    events: Sequence[Event], window_seconds: float, slack: float, *, others: bool = False
) -> list[Explanation]:
    found = _explanations(events, window_seconds, slack, others=others)
    return [explanation for explanation in found if explanation.low > 0]


def _explanations(
    events: Sequence[Event], window_seconds: float, slack: float, *, others: bool
) -> Iterator[Explanation]:
    spans: list[tuple[Machine, tuple[float, float] | None]] = [
        ("fixed", _fixed(events, window_seconds, slack, others=others))
    ]
    sliding: tuple[tuple[Machine, bool], ...] = (
        ("sliding", False),
        ("sliding_counting_rejected", True),
    )
    for machine, counts in sliding:
        span = _sliding(events, window_seconds, slack, counts_rejected=counts, others=others)
        spans.append((machine, span))
    burst: float | None = None
    if not others and window_seconds == WINDOW_SECONDS:  # a bucket has no window of its own
        bucket = explain_as_bucket(events, window_seconds, slack_calls=25 * slack)
        if bucket is not None:
            *ends, burst = bucket
            spans.append(("bucket", (ends[0], ends[1])))
    for machine, span in spans:
        if span is not None:
            yield Explanation(
                machine=machine,
                low=span[0],
                high=span[1],
                burst=burst if machine == "bucket" else None,
                slack=slack,
                others=others,
                window_seconds=window_seconds,
            )


@dataclass
class _Span:
    """The quotas that fit: at least ``low``, and less than ``below``."""

    low: float = 0.0
    below: float = float("inf")

    def see(self, event: Event, before: float) -> None:
        if event.admitted:
            self.low = max(self.low, before + event.weight)
        else:
            self.below = min(self.below, before + event.weight)

    def closed(self, slack: float, unit: float) -> tuple[float, float] | None:
        """Return both ends (counted in units, the upper one included), or None if none fit."""
        if self.below == float("inf"):
            return None
        high = self.below - unit
        if self.low > high + slack * self.low:
            return None
        return min(self.low, max(high, 0.0)) if slack else self.low, max(self.low, high)


def _unit(events: Sequence[Event]) -> float:
    return 1.0 if all(event.weight == 1 for event in events) else 1e-6


def _fixed(
    events: Sequence[Event], window_seconds: float, slack: float, *, others: bool
) -> tuple[float, float] | None:
    fits = [
        span
        for phase in _phases(events, window_seconds)
        if (
            span := _fixed_at(events, window_seconds, phase, others=others).closed(
                slack, _unit(events)
            )
        )
    ]
    return (min(low for low, _ in fits), max(high for _, high in fits)) if fits else None


def _fixed_at(
    events: Sequence[Event], window_seconds: float, phase: float, *, others: bool
) -> _Span:
    span, window, first, used = _Span(), None, None, 0.0
    for event in events:
        index = int((event.seconds - phase) // window_seconds)
        if index != window:
            window, used = index, 0.0
            first = index if first is None else first
        if event.admitted or not (others and index == first):
            span.see(event, used)
        if event.admitted:
            used += event.weight
    return span


def _phases(events: Sequence[Event], window_seconds: float) -> list[float]:
    """Return one phase for each way in which a turn can part the calls, the likeliest first.

    A turn must lie between a refused call and an admitted one that follows it; the shortest such
    span says the most. The widest gaps between calls come next.
    """
    times = sorted({round(event.seconds % window_seconds, 6) for event in events})
    following = [*times[1:], times[0] + window_seconds]
    begin, length = _shortest_recovery(events)
    gaps = sorted(
        zip(times, following, strict=True),
        key=lambda gap: ((fmean(gap) - begin) % window_seconds > length, gap[0] - gap[1]),
    )
    likely, others = gaps[: MOST_PHASES // 2], sorted(gaps[MOST_PHASES // 2 :])
    stride = max(1, len(others) * 2 // MOST_PHASES)
    return [fmean(gap) for gap in [*likely, *others[::stride]]]


def _shortest_recovery(events: Sequence[Event]) -> tuple[float, float]:
    """Return begin and length of the shortest span from a refused call to an admitted next one."""
    spans = [
        (after.seconds - before.seconds, before.seconds)
        for before, after in itertools.pairwise(events)
        if after.admitted and not before.admitted
    ]
    length, begin = min(spans, default=(0.0, 0.0))
    return begin, length


def _sliding(
    events: Sequence[Event],
    window_seconds: float,
    slack: float,
    *,
    counts_rejected: bool,
    others: bool,
) -> tuple[float, float] | None:
    span = _Span()
    log: deque[Event] = deque()
    used = 0.0
    start = events[0].seconds
    for event in events:
        while log and log[0].seconds <= event.seconds - window_seconds + 1e-6:
            used -= log.popleft().weight
        if event.admitted or not (others and event.seconds < start + window_seconds):
            span.see(event, max(used, 0.0))
        if event.admitted or counts_rejected:
            log.append(event)
            used += event.weight
    return span.closed(slack, _unit(events))
