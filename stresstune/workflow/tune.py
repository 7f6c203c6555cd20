"""The whole loop: measure, judge, recommend, plan, write."""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from stresstune.config.apply import Applied, change
from stresstune.config.history import record_run
from stresstune.config.writable import check_writable
from stresstune.errors import StateError, WriteError
from stresstune.workflow.fleet.rehearsal import named, rehearsed
from stresstune.workflow.job import Job, new_job
from stresstune.workflow.measure import ameasure, measure
from stresstune.workflow.needed import not_needed, put_in_order
from stresstune.workflow.options import TuneOptions
from stresstune.workflow.proposal import Proposal, propose
from stresstune.workflow.replicas import with_hosts
from stresstune.workflow.result import TuneResult

if TYPE_CHECKING:
    from typing import Unpack

    from stresstune.model.fleet import FleetFound
    from stresstune.workflow.announce import OnProgress
    from stresstune.workflow.options import TuneKeywords


def tune(
    path: str | os.PathLike[str] = "workshop.toml",
    *,
    on_progress: OnProgress | None = None,
    **options: Unpack[TuneKeywords],
) -> TuneResult:
    """Measure what this deployment holds, decide, and write the config to match.

    Args:
        path: The config; see `stresstune.config`.
        on_progress: Called with what is being asked and what is known so far.
        **options: See `stresstune.workflow.options.TuneOptions`.

    Returns:
        What was found and what became of it. Where nothing could be told, nothing is written and
        the outcome is ``inconclusive``.

    Raises:
        UsageError: The config or the options ask for something that cannot be, or there is no key.
        MeasurementError: A probe could not be begun.
        WriteError: The config could not be written; it is as it was.
        StateError: Somebody else holds the lock on the config.
        Interrupted: Ctrl-C; its ``partial`` is what was measured until then.

    >>> tune("workshop.toml", fallback=True).changes[0].new  # half: nothing is measured
    15
    """
    asked = TuneOptions(**options)
    notes = put_in_order(path, asked)
    done = not_needed(path, asked, notes)
    if done is not None:
        return done
    with rehearsed(path, asked) as played:
        job = new_job(path, played, notes)
        will_write(job)
        return named(finish(propose(job, measure(job, on_progress))), asked)


async def atune(
    path: str | os.PathLike[str] = "workshop.toml",
    *,
    on_progress: OnProgress | None = None,
    **options: Unpack[TuneKeywords],
) -> TuneResult:
    """Do the same as `tune` from asynchronous code, without blocking the event loop.

    >>> import anyio
    >>> from functools import partial
    >>> anyio.run(partial(atune, "workshop.toml", fallback=True, dry_run=True)).outcome
    'planned'
    """
    from anyio.to_thread import run_sync  # noqa: PLC0415 - for asynchronous programs only

    asked = TuneOptions(**options)
    notes = await run_sync(put_in_order, path, asked)
    done = await run_sync(not_needed, path, asked, notes)
    if done is not None:
        return done
    with ExitStack() as stack:
        played = await run_sync(stack.enter_context, rehearsed(path, asked))
        job = await run_sync(new_job, path, played, notes)
        await run_sync(will_write, job)
        measured = await ameasure(job, on_progress)
        return named(await run_sync(finish, await run_sync(propose, job, measured)), asked)


def will_write(job: Job) -> None:
    """Find out whether the result could be written, before it is measured.

    Raises:
        WriteError: The config or its journal cannot be written.
        Locked: Another process is writing.
    """
    if not job.options.dry_run and job.options.fleet is None:
        check_writable(job.path, state_dir=job.options.state_dir)


def finish(proposal: Proposal) -> TuneResult:
    """Write what was proposed, unless nothing was, or nothing is to be written."""
    result = proposal.result()
    if proposal.job.options.dry_run:
        return result
    if proposal.hosts is not None:
        from stresstune.workflow.fleet.files import write_on_hosts  # noqa: PLC0415 - likewise

        result = with_hosts(result, write_on_hosts(proposal.job, proposal.hosts))
        _remember(proposal, result.fleet)
        return result
    if proposal.plan is None:
        _remember(proposal)
        return result
    applied = change(
        proposal.job.path,
        proposal.wanted,
        evidence=proposal.evidence,
        state_dir=proposal.job.options.state_dir,
        began=proposal.job.config.values,
    )
    return written(result, applied)


def _remember(proposal: Proposal, fleet: FleetFound | None = None) -> None:
    """Keep a run for its report alone; where that fails, nothing else is lost."""
    if proposal.evidence is not None:
        with suppress(WriteError, StateError):
            state_dir = proposal.job.options.state_dir
            evidence = replace(proposal.evidence, fleet=fleet or proposal.evidence.fleet)
            record_run(proposal.job.path, evidence, state_dir=state_dir)


def written(result: TuneResult, applied: Applied) -> TuneResult:
    """Return a result with what was really written."""
    as_planned = applied.changes == result.changes
    return replace(
        result,
        outcome="written" if applied.changed else "unchanged",
        written=applied.changed,
        changes=applied.changes,
        kept=applied.kept,
        diff=result.diff if as_planned else "",
        backup_id=applied.backup_id,
        notes=tuple(dict.fromkeys((*result.notes, *applied.notes))),
    )
