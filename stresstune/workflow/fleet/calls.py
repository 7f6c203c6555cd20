"""The probe of the API, whose calls the hosts make."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
from msgspec.structs import replace

from stresstune.api.probe import ApiRun, probe_with
from stresstune.fleet.merge import health_with
from stresstune.fleet.target import FleetTarget, Line
from stresstune.model.api import ApiCapacity


async def until_alone(run: ApiRun, target: FleetTarget) -> ApiCapacity | None:
    """Probe, until no host is left that makes calls; None then."""
    found: ApiCapacity | None = None

    async def end(scope: anyio.CancelScope) -> None:
        await target.alone.wait()
        scope.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(end, tasks.cancel_scope)
        found = await probe_with(run, target)
        tasks.cancel_scope.cancel()
    return found


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
