"""Was the load generator itself the limit?

A generator that starts late measures itself. Its own lag is watched in two ways: how late each
call started against the schedule, and how long the event loop did not come round. Calls that this
machine could not make are none. A run that it spoiled is invalid, not a finding.
"""

from __future__ import annotations

import contextlib
import math
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field

import anyio

from stresstune.model.load import Attempt, GeneratorHealth
from stresstune.stats import quantile

TICK_SECONDS = 0.05
"""How often the watch comes round."""

LAG_P99_TOLERATED_SECONDS = 0.25
"""Later starts than this shift arrivals by a good part of a typical call (1 s)."""

AT_ONCE_SECONDS = 1.0
"""Calls of a burst that start within this time are at once: people who all click on a word are so
far apart, and a quota a minute lets a sixtieth flow in meanwhile."""

TOGETHER_SECONDS = 3.0
"""Calls that start within this time, a twentieth of a minute, are at once too where no answer takes
less: a cap on concurrency sees them all together. A slow machine needs it, which begins a call in
tens of milliseconds of CPU."""

STALL_TOLERATED_SECONDS = 1.0
"""A longer stall bunches the calls of a whole second into one burst."""

REFUSED = ("rejected", "overloaded")

DROPPED_TOLERATED_RATIO = 0.01
"""The error tolerance of the workload: what was not started cannot be judged."""

RAN_OUT_OF = {
    "EMFILE": "files that one process may have open (`ulimit -n`)",
    "ENFILE": "open files",
    "EADDRNOTAVAIL": "ports to call from",
    "ENOBUFS": "buffers",
    "ENOMEM": "memory",
}
"""Errors of this machine, as the last word of `Attempt.error`: such a call was never made."""


@dataclass
class StallWatch:
    """Longest time in which the event loop did not come round, in seconds.

    Attributes:
        longest_seconds: That time; what was `excused` does not count.
        excused: Since the last round, the loop was held for a reason that spoils nothing: no call
            was due meanwhile.
        pool_waits_seconds: How long each request waited for its connection.
    """

    longest_seconds: float = 0.0
    excused: bool = False
    pool_waits_seconds: list[float] = field(default_factory=list)


_pool_waits: ContextVar[list[float] | None] = ContextVar("_pool_waits", default=None)


def note_pool_wait(seconds: float) -> None:
    """Tell the run under way, if there is one, how long a request waited for its connection."""
    waits = _pool_waits.get()
    if waits is not None:
        waits.append(seconds)


@contextlib.asynccontextmanager
async def watching_stalls(
    is_busy: Callable[[], bool] = lambda: True,
) -> AsyncIterator[StallWatch]:
    """Watch the event loop while the block runs.

    Args:
        is_busy: Tells whether any call is ordered or under way; a stall in which none was spoils
            nothing, and does not count.
    """
    watch = StallWatch()
    token = _pool_waits.set(watch.pool_waits_seconds)

    async def tick() -> None:
        while True:
            before, was_busy = anyio.current_time(), is_busy()
            await anyio.sleep(TICK_SECONDS)
            late = anyio.current_time() - before - TICK_SECONDS
            if (was_busy or is_busy()) and not watch.excused:
                watch.longest_seconds = max(watch.longest_seconds, late)
            watch.excused = False

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tick)
        try:
            yield watch
        finally:
            tasks.cancel_scope.cancel()
            _pool_waits.reset(token)


def health_of(
    attempts: Iterable[Attempt],
    *,
    dropped_starts: int = 0,
    stall_seconds: float = 0.0,
    pool_waits_seconds: Sequence[float] = (),
    in_bursts: bool = False,
) -> GeneratorHealth:
    """Judge a run by its own lag.

    Args:
        attempts: Its calls.
        dropped_starts: Calls that were due and never started.
        stall_seconds: Longest stall of the event loop.
        pool_waits_seconds: How long requests waited for their connections. That is not held
            against the run: our pools are not limited, so what takes long is the network.
        in_bursts: Calls were meant to start many at once, not each at a time of its own.
    """
    calls = list(attempts)
    lags = [_lag_seconds(call) for call in calls]
    p50 = quantile(lags, 0.5) if lags else 0.0
    p99 = quantile(lags, 0.99) if lags else 0.0
    due = len(lags) + dropped_starts
    reasons = [_scattered(calls)] if in_bursts else [_late(p99)]
    reasons.append(_not_made(calls))
    if stall_seconds > STALL_TOLERATED_SECONDS:
        reasons.append(f"the event loop stood still for {stall_seconds:.1f} s")
    if due and dropped_starts / due > DROPPED_TOLERATED_RATIO:
        reasons.append(f"{dropped_starts} of {due} starts were dropped for being late")
    return GeneratorHealth(
        ok=not any(reasons),
        lag_p50_seconds=p50,
        lag_p99_seconds=p99,
        max_stall_seconds=stall_seconds,
        dropped_starts=dropped_starts,
        pool_wait_p99_seconds=quantile(pool_waits_seconds, 0.99) if pool_waits_seconds else 0.0,
        reason="; ".join(filter(None, reasons)),
    )


def _lag_seconds(call: Attempt) -> float:
    return call.started_seconds - call.intended_seconds


def _late(p99_seconds: float) -> str:
    if p99_seconds <= LAG_P99_TOLERATED_SECONDS:
        return ""
    return f"1 in 100 calls started {p99_seconds:.2f} s late or later"


def _not_made(calls: Sequence[Attempt]) -> str:
    """Say which calls this machine could not make, where they are more than a few, or ""."""
    words = (call.error.rpartition(" ")[2] for call in calls)
    lacking = Counter(word for word in words if word in RAN_OUT_OF)
    not_made = lacking.total()
    if not not_made or not_made / len(calls) <= DROPPED_TOLERATED_RATIO:
        return ""
    word, _ = lacking.most_common(1)[0]
    return (
        f"{not_made} of {len(calls)} calls could not be made: this machine has no more "
        f"{RAN_OUT_OF[word]}"
    )


def _scattered(calls: Sequence[Attempt]) -> str:
    """Say which calls were not begun at once with the others of their burst, or ""."""
    bursts: defaultdict[float, list[Attempt]] = defaultdict(list)
    for call in calls:
        bursts[call.intended_seconds].append(call)
    for burst in bursts.values():
        last = max(map(_lag_seconds, burst))
        if last > max(AT_ONCE_SECONDS, min(TOGETHER_SECONDS, _shortest_answer_seconds(burst))):
            return f"the {len(burst)} calls of a burst took {last:.2f} s to start"
    return ""


def _shortest_answer_seconds(burst: Sequence[Attempt]) -> float:
    """Return how long every call of a burst was under way; refusals hold no place."""
    held = (call.service_seconds for call in burst if call.outcome not in REFUSED)
    return min(held, default=math.inf)
