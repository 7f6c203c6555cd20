"""A classic load test as text."""

from __future__ import annotations

from stresstune.model.load import Latency, LoadResult, LoadStep
from stresstune.report.table import sentences, table
from stresstune.units import format_ratio, format_seconds


def render_load(result: LoadResult, *, width: int = 80) -> str:
    """Summarise a burst, a sustained load or a ramp."""
    parts = [table(_rows(result), width=width)]
    if result.errors:
        parts.append("Errors by type:\n" + _errors(result, width))
    if result.latency.count:
        parts.append("Response times:\n" + latency_table(result.latency, width=width))
    if result.steps:
        parts.append("Steps:\n" + _steps(result.steps, width))
    if not result.health.ok:
        parts.append(f"Not to be believed: {result.health.reason}.")
    if result.recommendation:
        parts.append("Recommendation:\n" + sentences([result.recommendation], width=width))
    return "\n\n".join(parts)


def latency_table(latency: Latency, *, width: int = 80) -> str:
    """Lay response times out in one row.

    >>> print(latency_table(Latency(count=3, average_seconds=1.5, max_seconds=2)))
      average  min   max    p50   p95   p99
      -------  ----  -----  ----  ----  ----
      1.5 s    0 ms  2.0 s  0 ms  0 ms  0 ms
    """
    values = {
        "average": latency.average_seconds,
        "min": latency.min_seconds,
        "max": latency.max_seconds,
        "p50": latency.p50_seconds,
        "p95": latency.p95_seconds,
        "p99": latency.p99_seconds,
    }
    row = [format_seconds(value) for value in values.values()]
    return table([row], header=list(values), width=width, indent=2)


def _rows(result: LoadResult) -> list[list[str]]:
    rate = f"{result.offered_per_second:.1f} calls/s sent"
    return [
        ["Test:", result.kind],
        ["Duration:", format_seconds(result.duration_seconds)],
        ["Total requests:", str(result.total)],
        ["Successful:", _share(result.successful, result.total)],
        ["Failed:", _share(result.failed, result.total)],
        ["Rate-limit errors:", _share(result.rejected, result.total)],
        ["Actual rate:", f"{rate}, {result.throughput_per_second:.1f} calls/s answered"],
        ["Most in flight:", str(result.concurrent)],
        *_ramp_rows(result),
        ["Tier:", result.tier],
    ]


def _ramp_rows(result: LoadResult) -> list[list[str]]:
    if result.kind != "ramp":
        return []
    if result.breaking_point is None:
        return [["Breaking point:", "none found"]]
    good = "no level held" if result.last_good is None else f"{result.last_good} held"
    return [["Breaking point:", f"{result.breaking_point} at once ({good})"]]


def _errors(result: LoadResult, width: int) -> str:
    by_count = sorted(result.errors.items(), key=lambda item: -item[1])
    rows = [[_share(count, result.total), error] for error, count in by_count]
    return table(rows, width=width, indent=2)


def _steps(steps: tuple[LoadStep, ...], width: int) -> str:
    header = ["at once", "successful", "rate-limited", "failed otherwise"]
    rows = [
        [str(step.concurrent), str(step.succeeded), str(step.rejected), str(step.failed)]
        for step in steps
    ]
    return table(rows, header=header, width=width, indent=2)


def _share(count: int, total: int) -> str:
    return f"{count} ({format_ratio(count / total)})" if total else str(count)
