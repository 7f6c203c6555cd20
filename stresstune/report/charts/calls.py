"""Requests over time: what was answered, what was refused, and the window that explains it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from stresstune.model.api import Limit
from stresstune.model.load import Attempt, Outcome
from stresstune.report.charts.chart import Axis, Chart, Layer, Point, Tone
from stresstune.units import format_seconds

MAX_BINS = 45
BIN_SECONDS = (0.25, 0.5, 1, 2, 3, 5, 10, 15, 30, 60, 120, 300, 600)
"""Lengths of a bar that people can read; the shortest is taken that gives few enough bars."""

GROUPS: tuple[tuple[str, Tone, frozenset[Outcome]], ...] = (
    ("answered", "main", frozenset({"ok"})),
    ("refused", "bad", frozenset({"rejected"})),
    (
        "failed otherwise",
        "warn",
        frozenset({"overloaded", "timed_out", "ignored", "failed", "unreachable", "dropped"}),
    ),
)
"""What became of a call, from the bottom of a bar to its top."""


class Window(Point, frozen=True, kw_only=True):
    """The window that was full when the first call was refused.

    Attributes:
        x: Its beginning, in seconds since the first call.
        x2: Its end: the first refusal.
        admitted: Calls that were answered within it.
        length_seconds: Its length, which may begin before the first call.
    """

    admitted: int
    length_seconds: float


def calls_chart(attempts: Sequence[Attempt], limits: Sequence[Limit] = ()) -> Chart | None:
    """Work out the picture of calls over time; None where no call is remembered.

    Args:
        attempts: Every call.
        limits: What was found; the first that counts in a window shorter than a day explains it.
    """
    if not attempts:
        return None
    bin_seconds, bins = count_bins(attempts)
    window = window_of(attempts, limits)
    tallest = max(sum(each.values()) for each in bins)
    return Chart(
        id="calls",
        title="What the service answered, over time",
        summary=_summary(attempts, window),
        x=Axis(title="seconds since the first call", max=bin_seconds * len(bins)),
        y=Axis(
            title=f"calls in {format_seconds(bin_seconds)}", max=tallest * 1.25 + 1, is_whole=True
        ),
        layers=(*_window_layer(window), *_bars(bin_seconds, bins)),
        header=("seconds", *(name for name, _, _ in GROUPS)),
        rows=tuple(_rows(bin_seconds, bins)),
    )


def count_bins(attempts: Sequence[Attempt]) -> tuple[float, list[Counter[str]]]:
    """Count calls by the time of their start, in bars of one length, in seconds.

    >>> calls = [Attempt(intended_seconds=t, started_seconds=t, finished_seconds=t + 1,
    ...                  outcome="ok") for t in (0.0, 0.1, 1.0)]
    >>> count_bins(calls)[0], [bin["answered"] for bin in count_bins(calls)[1]]
    (0.25, [2, 0, 0, 0, 1])
    """
    first = min(attempt.started_seconds for attempt in attempts)
    last = max(attempt.started_seconds for attempt in attempts) - first
    bin_seconds = next((each for each in BIN_SECONDS if last / each < MAX_BINS), last / MAX_BINS)
    bins: list[Counter[str]] = [Counter() for _ in range(int(last / bin_seconds) + 1)]
    for attempt in attempts:
        place = min(int((attempt.started_seconds - first) / bin_seconds), len(bins) - 1)
        bins[place][_group(attempt.outcome)] += 1
    return bin_seconds, bins


def window_of(attempts: Sequence[Attempt], limits: Sequence[Limit]) -> Window | None:
    """Return the window before the first refusal, or None where none explains it."""
    refused = sorted(one.started_seconds for one in attempts if one.outcome == "rejected")
    lengths = [
        limit.window_seconds or 60.0
        for limit in limits
        if limit.kind in {"requests_per_minute", "tokens_per_minute"}
    ]
    if not refused or not lengths:
        return None
    first = min(attempt.started_seconds for attempt in attempts)
    end, length = refused[0], lengths[0]
    admitted = sum(
        one.outcome == "ok" and end - length < one.started_seconds <= end for one in attempts
    )
    return Window(
        x=max(end - length, first) - first, x2=end - first, admitted=admitted, length_seconds=length
    )


def _group(outcome: Outcome) -> str:
    return next(name for name, _, outcomes in GROUPS if outcome in outcomes)


def _window_layer(window: Window | None) -> Iterator[Layer]:
    if window is not None:
        words = f"{window.admitted} answered within {window.length_seconds:g} s"
        yield Layer(
            kind="span",
            tone="muted",
            label=f"{words}, then refused",
            points=(Point(x=window.x, x2=window.x2),),
        )


def _bars(bin_seconds: float, bins: list[Counter[str]]) -> Iterator[Layer]:
    bottoms = [0.0] * len(bins)
    for name, tone, _ in GROUPS:
        points = []
        for place, counts in enumerate(bins):
            if counts[name]:
                points.append(_bar(place, bin_seconds, bottoms[place], (counts[name], name)))
                bottoms[place] += counts[name]
        if points:
            yield Layer(kind="bars", tone=tone, label=name, points=tuple(points))


def _bar(place: int, bin_seconds: float, bottom: float, said: tuple[int, str]) -> Point:
    count, name = said
    start = place * bin_seconds
    return Point(
        x=start,
        x2=start + bin_seconds,
        y=bottom,
        y2=bottom + count,
        says=f"second {start:g} to {start + bin_seconds:g}: {count} {name}",
    )


def _summary(attempts: Sequence[Attempt], window: Window | None) -> str:
    counts = Counter(_group(attempt.outcome) for attempt in attempts)
    parts = [f"{counts[name]:,} {name}" for name, _, _ in GROUPS if counts[name]]
    words = f"Of {len(attempts):,} calls: {', '.join(parts)}."
    if window is None:
        return words
    return (
        f"{words} The first refusal came after {window.admitted:,} answers within "
        f"{window.length_seconds:g} seconds."
    )


def _rows(bin_seconds: float, bins: list[Counter[str]]) -> Iterator[tuple[str, ...]]:
    for place, counts in enumerate(bins):
        if counts:
            start = place * bin_seconds
            counted = (str(counts[name]) for name, _, _ in GROUPS)
            yield f"{start:g} to {start + bin_seconds:g}", *counted
