"""Each host's config is planned and written on that host, with its own journal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import anyio

from stresstune.config.apply import Applied
from stresstune.errors import MeasurementError
from stresstune.fleet import engine as engines
from stresstune.fleet.hosts import HostLost
from stresstune.model.fleet import HostResult, HostSeats
from stresstune.workflow.fleet import file_on_host
from stresstune.workflow.fleet.job import path_there, state_there
from stresstune.workflow.fleet.memories import for_each
from stresstune.workflow.fleet.order import Failed, FileOrder, Planned
from stresstune.workflow.fleet.roll_call import speakers
from stresstune.workflow.replicas import Judged, evidence_of, part_of_host

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stresstune.model.change import Plan
    from stresstune.workflow.job import Job

FILE_SECONDS = 30.0
"""So long may planning, or writing, one file take."""


@dataclass(frozen=True, kw_only=True)
class HostPlan:
    """What would be written on one host.

    Attributes:
        host: What is known of it so far.
        worker: Which worker writes, or "".
        plan: It, or None where nothing is to be written there.
        order: What it was made from.
    """

    host: HostResult
    worker: str = ""
    plan: Plan | None = None
    order: FileOrder | None = None


def plan_on_hosts(job: Job, found: Judged, *, careful: bool) -> tuple[HostPlan, ...]:
    """Plan every host's file, there; where nothing was measured, nothing is planned.

    Args:
        job: The run.
        found: What was measured of the fleet.
        careful: Something could not be told: values may become more careful, never bolder.
    """
    return (*anyio.run(_planned, job, found, careful), *_left_alone(found))


def write_on_hosts(job: Job, plans: Sequence[HostPlan]) -> tuple[HostResult, ...]:
    """Write what was planned, one host after the other.

    Where two hosts share one file, the second one finds it changed, and fails.
    """
    return anyio.run(_written, job, plans)


async def _planned(job: Job, found: Judged, careful: bool) -> list[HostPlan]:
    seats = {one.id: one for one in found.judged.seats if one.sessions is not None}
    known = {
        host.id: host.workers[0] for host in found.fleet.hosts if host.id in seats and host.workers
    }

    async def plan(host_id: str) -> HostPlan:
        order = _order(job, found, seats[host_id], careful=careful)
        worker = there.get(host_id, "")
        said = await _asked(engine, worker, file_on_host.plan_file, order)
        return _plan_of(_known(job, found, seats[host_id]), worker, order, said)

    try:
        async with engines.connect(job.options.fleet) as engine:
            there = await speakers(engine, known)
            return list((await for_each(tuple(known), plan)).values())
    except MeasurementError as error:
        gone = Failed(reason=str(error))
        return [HostPlan(host=_result_of(_known(job, found, seats[one]), gone)) for one in known]


async def _written(job: Job, plans: Sequence[HostPlan]) -> tuple[HostResult, ...]:
    known = {one.host.id: one.worker for one in plans if one.plan is not None}
    try:
        async with engines.connect(job.options.fleet) as engine:
            there = await speakers(engine, known)
            done = [await _written_on(engine, one, there.get(one.host.id, "")) for one in plans]
    except MeasurementError as error:
        gone = Failed(reason=str(error))
        done = [_result_of(one.host, gone) if one.plan else one.host for one in plans]
    return tuple(done)


async def _written_on(engine: engines.Engine, one: HostPlan, worker: str) -> HostResult:
    if one.plan is None:
        return one.host
    said = await _asked(engine, worker, file_on_host.write_file, one.plan)
    result = _result_of(one.host, said)
    if isinstance(said, Failed) and said.stale:
        return await _shared(engine, replace(one, worker=worker), result)
    return result


async def _shared(engine: engines.Engine, one: HostPlan, failed: HostResult) -> HostResult:
    """Look again at a file that was changed since it was planned: it may be another host's too."""
    said = await _asked(engine, one.worker, file_on_host.plan_file, one.order)
    if isinstance(said, Planned) and not said.plan.changes:
        return _with(one.host, outcome="unchanged", changes=(), diff="")
    words = "do several hosts share this file? --same writes one number that is safe on each"
    return _with(failed, error=f"{failed.error}; {words}")


async def _asked(
    engine: engines.Engine, worker: str, function: object, order: object
) -> object | Failed:
    assert callable(function)
    if not worker:
        return Failed(reason="none of its workers is there any more")
    try:
        said: object = await engine.call(worker, function, order, timeout_seconds=FILE_SECONDS)
    except HostLost as error:
        return Failed(reason=str(error))
    return said


def _order(job: Job, found: Judged, seats: HostSeats, *, careful: bool) -> FileOrder:
    part = part_of_host(found, seats, same=job.options.same)
    evidence = evidence_of(job, part.verdict, part.wanted, found)
    return FileOrder(
        path=path_there(job),
        wanted=part.wanted,
        evidence=evidence,
        careful=careful,
        state_dir=state_there(job),
    )


def _known(job: Job, found: Judged, seats: HostSeats) -> HostResult:
    number = found.judged.same_sessions if job.options.same else seats.sessions
    return HostResult(
        id=seats.id, name=seats.name, sessions=number, path=path_there(job), outcome="unchanged"
    )


def _plan_of(known: HostResult, worker: str, order: FileOrder, said: object | Failed) -> HostPlan:
    if not isinstance(said, Planned):
        reason = said.reason if isinstance(said, Failed) else "it answered something else"
        return HostPlan(host=_with(known, outcome="failed", error=reason))
    made = said.plan
    outcome = "planned" if made.changes else "unchanged"
    shown = _with(known, outcome=outcome, changes=made.changes, kept=made.kept, diff=made.diff)
    return HostPlan(host=shown, worker=worker, plan=made, order=order)


def _result_of(host: HostResult, said: object | Failed) -> HostResult:
    if not isinstance(said, Applied):
        reason = said.reason if isinstance(said, Failed) else "it answered something else"
        return _with(host, outcome="failed", error=reason)
    return _with(
        host,
        outcome="written" if said.changed else "unchanged",
        changes=said.changes,
        kept=said.kept,
        backup_id=said.backup_id,
    )


def _left_alone(found: Judged) -> tuple[HostPlan, ...]:
    unknown = [one for one in found.judged.seats if one.sessions is None]
    results = [
        HostResult(id=one.id, name=one.name, outcome="left_alone", error=one.because)
        for one in unknown
    ]
    results += [
        HostResult(id=one.id, name=one.name, outcome="left_alone", error=one.reason)
        for one in found.fleet.missing
    ]
    return tuple(HostPlan(host=one) for one in results)


def _with(host: HostResult, **changes: object) -> HostResult:
    from msgspec.structs import replace  # noqa: PLC0415 - typed loosely here

    changed: HostResult = replace(host, **changes)
    return changed
