"""The probe of the API, whose calls the hosts make."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import anyio
from msgspec.structs import replace

from stresstune.api.probe import ApiRun, probe_with
from stresstune.fleet.merge import health_with
from stresstune.fleet.target import FleetTarget, Line
from stresstune.load.health import (
    DROPPED_TOLERATED_RATIO,
    LAG_P99_TOLERATED_SECONDS,
    STALL_TOLERATED_SECONDS,
)
from stresstune.model.api import ApiCapacity
from stresstune.model.workload import Budget

REPEATED_FROM_RATIO = 0.5
"""A spoiled probe is made again where so much of its budget is left: with less, it could hardly
tell."""


async def until_alone(
    run: ApiRun, target: FleetTarget, repeatable: Callable[[], bool] = lambda: False
) -> ApiCapacity | None:
    """Probe, until no host is left that makes calls; None then.

    Args:
        run: The probe.
        target: The hosts.
        repeatable: Asked when a host spoiled it: whether there is enough left to begin anew, which
            is better then than to go on.
    """
    found: ApiCapacity | None = None

    async def end(scope: anyio.CancelScope) -> None:
        await target.alone.wait()
        scope.cancel()

    async def give_up(scope: anyio.CancelScope) -> None:
        await target.stalled.wait()
        if repeatable() and not any(attempt.quotas for attempt in run.evidence.attempts):
            scope.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(end, tasks.cancel_scope)
        tasks.start_soon(give_up, tasks.cancel_scope)
        found = await probe_with(run, target)
        tasks.cancel_scope.cancel()
    return found


def left_of(budget: Budget, run: ApiRun, seconds: float) -> Budget | None:
    """Return what a spoiled probe has left for another one, or None where that is too little.

    Args:
        budget: Of both.
        run: The spoiled one; what is under way counts as spent.
        seconds: How long it took.
    """
    ledger = run.ledger
    requests, left_seconds = budget.max_requests - ledger.sent, budget.max_seconds - seconds
    tokens = budget.max_tokens
    if tokens is not None:
        tokens -= ledger.tokens + (ledger.sent - ledger.answered) * ledger.largest_tokens
    shares = (
        requests / budget.max_requests,
        left_seconds / budget.max_seconds,
        1.0 if tokens is None or budget.max_tokens is None else tokens / budget.max_tokens,
    )
    if min(shares) < REPEATED_FROM_RATIO or min(requests, 1 if tokens is None else tokens) < 1:
        return None
    return Budget(max_requests=requests, max_seconds=left_seconds, max_tokens=tokens)


def spoilers(lines: Sequence[Line]) -> set[str]:
    """Return the hosts without which a probe would have been a better one, by their ids."""
    return {
        line.post.id
        for line in lines
        if line.lost_because
        or line.stall_seconds > STALL_TOLERATED_SECONDS
        or line.lateness.quantile(0.99) > LAG_P99_TOLERATED_SECONDS
        or line.dropped > DROPPED_TOLERATED_RATIO * line.calls
    }


def cut_short(found: ApiCapacity) -> ApiCapacity:
    """Say of a probe that lost its hosts what it ended for; what it saw until then counts."""
    words = "the probe of the API was cut short: no host was left that makes calls"
    notes = () if found.outcome == "inconclusive" else found.notes
    return replace(found, notes=(*notes, words))


def of_fleet(found: ApiCapacity, lines: Sequence[Line], tested: str = "") -> ApiCapacity:
    """Add what the hosts say of themselves to what was seen here.

    Args:
        found: What was seen.
        lines: The hosts that made the calls.
        tested: What their self-tests found, or "".
    """
    health = health_with(found.health, {line.post.name: line.stall_seconds for line in lines})
    spoiled = not health.ok and found.health.ok
    stated = found.limits and all(limit.provenance == "stated" for limit in found.limits)
    notes = found.notes
    if spoiled and not stated:
        found = replace(found, outcome="invalid")
        notes = (*notes, f"The load generator itself was the limit: {health.reason}.")
    return replace(found, health=health, notes=(*notes, tested) if tested else notes)
