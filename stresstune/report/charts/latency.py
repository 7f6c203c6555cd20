"""Response time against calls in flight: where the service begins to queue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from stresstune.model.api import Limit
from stresstune.model.load import Attempt
from stresstune.model.record import Record
from stresstune.report.charts.chart import Axis, Chart, Layer, Point
from stresstune.stats import quantile
from stresstune.units import format_seconds

MAX_LEVELS = 24
"""More levels of concurrency are put together into ranges."""

OBJECTIVE_IN_SIGHT = 5.0
"""An objective so many times above everything else is told and not drawn."""


class Level(Record, frozen=True, kw_only=True):
    """Answers that were begun with about so many calls in flight.

    Attributes:
        low: The fewest in flight.
        high: The most.
        count: How many answers.
        p50_seconds: Median response time, from the actual start.
        p95_seconds: 95 of 100 came within this.
    """

    low: int
    high: int
    count: int
    p50_seconds: float
    p95_seconds: float

    @property
    def name(self) -> str:
        """The level in words."""
        return str(self.low) if self.low == self.high else f"{self.low} to {self.high}"


def latency_chart(
    attempts: Sequence[Attempt],
    limits: Sequence[Limit] = (),
    *,
    objective_seconds: float = 10.0,
    alone_seconds: float = 0.0,
) -> Chart | None:
    """Work out the picture of response times; None where no answered call is remembered.

    Args:
        attempts: Every call.
        limits: What was found; a throughput gives the knee, a cap on concurrency its place.
        objective_seconds: Answers should come within this time.
        alone_seconds: Mean response time without a queue.
    """
    levels = levels_of(attempts)
    if not levels:
        return None
    slowest = max(level.p95_seconds for level in levels)
    in_sight = objective_seconds <= OBJECTIVE_IN_SIGHT * slowest
    knee = knee_of(limits, alone_seconds)
    most = max(levels[-1].high, knee[0] if knee else 0)
    return Chart(
        id="latency",
        title="How long an answer takes",
        summary=_summary(levels, objective_seconds, knee),
        x=Axis(title="calls under way at the same time", max=most * 1.08 + 0.5, is_whole=True),
        y=Axis(
            title="response time (seconds)",
            max=1.15 * max(slowest, objective_seconds if in_sight else 0),
        ),
        layers=tuple(_layers(levels, knee, objective_seconds if in_sight else None)),
        header=("calls under way", "answers", "half within", "95 % within"),
        rows=tuple(
            (
                level.name,
                str(level.count),
                format_seconds(level.p50_seconds),
                format_seconds(level.p95_seconds),
            )
            for level in levels
        ),
    )


def levels_of(attempts: Sequence[Attempt]) -> tuple[Level, ...]:
    """Put answered calls together by how many were in flight when they began."""
    seconds: dict[int, list[float]] = defaultdict(list)
    for attempt in attempts:
        if attempt.outcome == "ok":
            seconds[attempt.in_flight].append(attempt.service_seconds)
    if not seconds:
        return ()
    width = -(-max(seconds) // MAX_LEVELS)
    grouped: dict[int, list[int]] = defaultdict(list)
    for count in sorted(seconds):
        grouped[(count - 1) // width].append(count)
    return tuple(_level(counts, seconds) for counts in grouped.values())


def knee_of(limits: Sequence[Limit], alone_seconds: float) -> tuple[float, str] | None:
    """Return where more calls at once help no more, and why; None where that was not found.

    By Little's law a throughput X with a response time R carries X x R calls without a queue.

    >>> limit = Limit(kind="throughput", value=3.0, low=2.9, high=3.1, provenance="measured")
    >>> knee_of([limit], 2.0)
    (6.0, 'from 6 on they queue')
    """
    for limit in limits:
        if limit.kind == "throughput" and alone_seconds > 0:
            place = max(1.0, limit.value * alone_seconds)
            return place, f"from {place:.0f} on they queue"
        if limit.kind == "concurrency":
            return limit.value, f"no more than {limit.value:.0f} at once"
    return None


def _level(counts: list[int], seconds: dict[int, list[float]]) -> Level:
    together = sorted(second for count in counts for second in seconds[count])
    return Level(
        low=counts[0],
        high=counts[-1],
        count=len(together),
        p50_seconds=quantile(together, 0.5),
        p95_seconds=quantile(together, 0.95),
    )


def _layers(
    levels: tuple[Level, ...], knee: tuple[float, str] | None, objective_seconds: float | None
) -> Iterator[Layer]:
    yield Layer(
        kind="range",
        tone="main",
        label="up to 95 % of the answers",
        points=tuple(
            Point(x=_middle(level), y=level.p50_seconds, y2=level.p95_seconds) for level in levels
        ),
    )
    yield Layer(
        kind="dots",
        tone="main",
        label="half of the answers",
        points=tuple(
            Point(x=_middle(level), y=level.p50_seconds, says=_level_words(level))
            for level in levels
        ),
    )
    if objective_seconds is not None:
        words = f"objective {format_seconds(objective_seconds)}"
        point = Point(y=objective_seconds, says=f"95 % within {format_seconds(objective_seconds)}")
        yield Layer(kind="level", tone="bad", dashed=True, label=words, points=(point,))
    if knee is not None:
        place, words = knee
        yield Layer(
            kind="moment",
            tone="warn",
            dashed=True,
            label=words,
            label_height_ratio=0.6,
            points=(Point(x=place, says=words),),
        )


def _middle(level: Level) -> float:
    return (level.low + level.high) / 2


def _level_words(level: Level) -> str:
    return (
        f"{level.name} under way: half of {level.count} answers within "
        f"{format_seconds(level.p50_seconds)}, 95 % within {format_seconds(level.p95_seconds)}"
    )


def _summary(
    levels: tuple[Level, ...], objective_seconds: float, knee: tuple[float, str] | None
) -> str:
    first, last = levels[0], levels[-1]
    words = [f"With {first.name} under way half of the answers take {_half(first)}"]
    if last is not first:
        words[0] += f", and with {last.name} under way {_half(last)}"
    slowest = format_seconds(max(level.p95_seconds for level in levels))
    words.append(f"95 % came within {slowest} at the slowest")
    words.append(f"the objective is {format_seconds(objective_seconds)}")
    if knee is not None:
        words.append(knee[1])
    return "; ".join(words) + ". Dots are the median, strokes reach to 95 %."


def _half(level: Level) -> str:
    return format_seconds(level.p50_seconds)
