"""Need anything be measured at all?"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

from stresstune.config.turn import settle
from stresstune.probed import is_probed
from stresstune.workflow.check import check
from stresstune.workflow.result import TuneResult
from stresstune.workflow.results import read_results
from stresstune.workflow.switch import is_switched_off

if TYPE_CHECKING:
    from stresstune.model.verdict import Tier
    from stresstune.workflow.options import Subject, TuneOptions


def put_in_order(path: str | os.PathLike[str], options: TuneOptions) -> tuple[str, ...]:
    """Finish or undo what was interrupted, so that nothing is measured because of that alone.

    Returns:
        What was done, in sentences.

    Raises:
        Locked: Another process is writing and does not end in time.
        WriteError: The file or its journal cannot be written.
    """
    if is_switched_off() or is_probed() or not options.if_needed:
        return ()
    return settle(path, state_dir=options.state_dir)


def not_needed(
    path: str | os.PathLike[str], options: TuneOptions, notes: tuple[str, ...] = ()
) -> TuneResult | None:
    """Return the result of a run that need not be made, or None if it must be.

    It need not within a probe, nor where the startup check is content, and has something to be
    content with: there is evidence of each side that this run would measure. The tier is that of
    the run behind it.

    Args:
        path: The config.
        options: What is asked for.
        notes: What a person must know besides.

    Raises:
        ConfigError: The config cannot be read.
        UsageError: Nor can the results that are to be used.
    """
    if is_switched_off() or is_probed():
        return nothing_done(path)
    if not options.if_needed:
        return None
    found = check(path, limit_bytes=options.limit_bytes, state_dir=options.state_dir)
    if not found.ok and not (found.status == "simulated" and options.simulate is not None):
        return None
    if _subjects(options) & set(found.unmeasured):
        return None
    return TuneResult(
        path=str(path),
        outcome="not_needed",
        tier=cast("Tier | None", found.tier),
        binding=found.binding,
        notes=(*notes, f"all is well, measured {found.measured_at}"),
    )


def nothing_done(path: str | os.PathLike[str]) -> TuneResult:
    """Return the result of a run that was switched off."""
    why = "this process is a probe's own" if is_probed() else "STRESSTUNE=off"
    return TuneResult(path=str(path), outcome="off", notes=(f"{why}: nothing was done",))


def _subjects(options: TuneOptions) -> set[Subject]:
    """Return the sides that a run would bring evidence of."""
    asked: set[Subject] = {options.only} if options.only else {"memory", "api"}
    if options.fallback:
        return set()
    if options.results is None:
        return asked
    given = read_results(options.results)
    there: set[Subject] = set()
    if given.memory is not None or (given.fleet is not None and given.fleet.hosts):
        there.add("memory")
    if given.api is not None:
        there.add("api")
    return asked & there
