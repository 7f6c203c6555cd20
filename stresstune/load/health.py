"""Was the load generator itself the limit?

A generator that starts late measures itself. Its own lag is watched in two ways: how late each
call started against the schedule, and how long the event loop did not come round. A run that it
spoiled is invalid, not a finding.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

import anyio

from stresstune.model.load import Attempt, GeneratorHealth
from stresstune.stats import quantile

TICK_SECONDS = 0.05
"""How often the watch comes round."""

LAG_P99_TOLERATED_SECONDS = 0.25
"""Later starts than this shift arrivals by a good part of a typical call (1 s)."""

STALL_TOLERATED_SECONDS = 1.0
"""A longer stall bunches the calls of a whole second into one burst."""

DROPPED_TOLERATED_RATIO = 0.01
"""The error tolerance of the workload: what was not started cannot be judged."""


@dataclass
class StallWatch:
    """Longest time in which the event loop did not come round, in seconds.

    Attributes:
        longest_seconds: That time; what was `excused` does not count.
        excused: Since the last round, the loop was held for a reason that spoils nothing: no call
            was due meanwhile.
    """

    longest_seconds: float = 0.0
    excused: bool = False


@contextlib.asynccontextmanager
async def watching_stalls() -> AsyncIterator[StallWatch]:
    """Watch the event loop while the block runs."""
    watch = StallWatch()

    async def tick() -> None:
        while True:
            before = anyio.current_time()
            await anyio.sleep(TICK_SECONDS)
            late = anyio.current_time() - before - TICK_SECONDS
            if not watch.excused:
                watch.longest_seconds = max(watch.longest_seconds, late)
            watch.excused = False

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tick)
        try:
            yield watch
        finally:
            tasks.cancel_scope.cancel()


def health_of(
    attempts: Iterable[Attempt], *, dropped_starts: int = 0, stall_seconds: float = 0.0
) -> GeneratorHealth:
    """Judge a run by its own lag.

    Args:
        attempts: Its calls.
        dropped_starts: Calls that were due and never started.
        stall_seconds: Longest stall of the event loop.
    """
    lags = [attempt.started_seconds - attempt.intended_seconds for attempt in attempts]
    p50 = quantile(lags, 0.5) if lags else 0.0
    p99 = quantile(lags, 0.99) if lags else 0.0
    due = len(lags) + dropped_starts
    reasons = []
    if p99 > LAG_P99_TOLERATED_SECONDS:
        reasons.append(f"1 in 100 calls started {p99:.2f} s late or later")
    if stall_seconds > STALL_TOLERATED_SECONDS:
        reasons.append(f"the event loop stood still for {stall_seconds:.1f} s")
    if due and dropped_starts / due > DROPPED_TOLERATED_RATIO:
        reasons.append(f"{dropped_starts} of {due} starts were dropped for being late")
    return GeneratorHealth(
        ok=not reasons,
        lag_p50_seconds=p50,
        lag_p99_seconds=p99,
        max_stall_seconds=stall_seconds,
        dropped_starts=dropped_starts,
        reason="; ".join(reasons),
    )
