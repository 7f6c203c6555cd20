"""From what a probe has seen to what it says."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from stresstune.memory import lines, sample
from stresstune.memory.advice import Measured, advise
from stresstune.memory.boundary import Boundary
from stresstune.memory.forecast import Projection, project
from stresstune.memory.guard import margin_bytes
from stresstune.memory.identity import identify
from stresstune.memory.ledger import Ledger
from stresstune.memory.limits import Survey
from stresstune.memory.peaks import LARGEST_COUNT
from stresstune.memory.tide import fit_of
from stresstune.memory.unseen import bounded, is_empty
from stresstune.model.memory import MemoryCapacity, MemoryMode, StoppedBy
from stresstune.model.workload import Workload
from stresstune.units import format_bytes, format_seconds, is_binary

_SHARED_WORTH_A_NOTE_BYTES = 16 * 2**20
_CALLER_IS_AN_APP_FROM_BYTES = 128 * 2**20
"""A script that only probes holds 30 to 60 MB; what holds more than this is taken for an app."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that a probe has seen; see `MemoryCapacity` and `run.End` for the names."""

    mode: MemoryMode
    source: str
    threads: int
    found: Survey
    boundaries: tuple[Boundary, ...]
    ledger: Ledger
    stopped_by: StoppedBy
    error: str
    last_that_fits: int | None
    at_most: int | None
    refused: str
    workload: Workload
    simulated: bool
    headroom_ratio: float
    app_baseline_bytes: int | None
    said: tuple[str, ...] = ()

    @property
    def kept_nothing(self) -> bool:
        """Whether it is an error of the source that it kept nothing alive."""
        held, empty_handed = self.ledger.held, self.ledger.empty_handed
        return self.stopped_by == "error" and is_empty(empty_handed, held)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The end that binds, and how many sessions fit below it."""

    boundary: Boundary
    projection: Projection
    unseen: bool = False


def conclude(seen: Evidence) -> MemoryCapacity:
    """Turn evidence into the record that people and programs read."""
    outcome = _binding(seen)
    fits = _sessions_that_fit(seen, outcome)
    low = _low(outcome, fits)
    last = seen.ledger.samples[-1] if seen.ledger.samples else None
    projection = outcome.projection if outcome else None
    smallest = outcome.boundary.ceiling if outcome else seen.found.smallest
    here = identify(seen.found.ceilings)
    return MemoryCapacity(
        mode=seen.mode,
        source=seen.source,
        held_sessions=seen.ledger.held + seen.ledger.unmeasured,
        sessions_that_fit=fits,
        safe_sessions=None if low is None else safe_sessions(low, seen.headroom_ratio),
        bytes_per_session=projection.bytes_per_session if projection else None,
        transient_bytes=projection.transient_bytes if projection else 0,
        baseline_bytes=_baseline_bytes(seen, outcome),
        limit_bytes=smallest.limit_bytes if smallest else None,
        limit_source=smallest.source if smallest else f"unknown: {seen.found.problem}",
        guard_bytes=smallest.limit_bytes - margin_bytes(smallest.limit_bytes) if smallest else None,
        headroom_ratio=seen.headroom_ratio,
        stopped_by=seen.stopped_by,
        empty_sessions=seen.ledger.empty_handed,
        at_least=bool(outcome and outcome.unseen),
        sizes_vary=bool(projection and projection.sizes_vary),
        session_data_bytes=seen.ledger.data_bytes,
        process_bytes=lines.process_bytes(last) if last else 0,
        seconds=seen.ledger.seconds,
        error=seen.error,
        notes=tuple(_notes(seen, outcome, fits, low)),
        advice=_advice(seen, outcome, fits),
        samples=tuple(seen.ledger.samples),
        memory_id=here.memory_id,
        host_id=here.host_id,
    )


def safe_sessions(sessions: int, headroom_ratio: float) -> int:
    """Leave the headroom unused, rounding down.

    >>> safe_sessions(24, 0.2), safe_sessions(30, 0.1), safe_sessions(1, 0.2)
    (19, 27, 0)
    """
    # 0.9 x 30 is 27, not 26.999…: what floats lose is given back before rounding down.
    return math.floor((1 - headroom_ratio) * sessions + 1e-9)


def _binding(seen: Evidence) -> _Outcome | None:
    """Find the end that is met first, as sessions are added."""
    if len(seen.ledger.samples) < 2 or seen.kept_nothing:
        return None
    outcomes = [
        _outcome(seen, boundary)
        for boundary in seen.boundaries
        if not seen.found.problem or boundary.ceiling.kind == "modelled"
    ]
    return min(
        outcomes,
        key=lambda each: (each.projection.sessions, each.boundary.room_bytes),
        default=None,
    )


def _outcome(seen: Evidence, boundary: Boundary) -> _Outcome:
    data = boundary.ceiling.kind == "data"
    fit = fit_of(seen.ledger.steps(data=data), threads=seen.threads)
    more = 0 if data else _app_extra_bytes(seen)
    projection = project(fit, boundary.room_bytes - more)
    lower = bounded(projection, fit, wanted=seen.workload.sessions)
    return _Outcome(boundary, lower or projection, unseen=lower is not None)


def _app_extra_bytes(seen: Evidence) -> int:
    """What the app holds at the start beyond the empty sessions' process, where it was stated."""
    own = seen.ledger.baseline.charged_bytes if seen.ledger.baseline else 0
    return max(0, (seen.app_baseline_bytes or 0) - own)


def _sessions_that_fit(seen: Evidence, outcome: _Outcome | None) -> int | None:
    if seen.last_that_fits is not None:
        return seen.last_that_fits
    if outcome:
        return _bounded(outcome.projection.sessions, seen)
    if seen.stopped_by == "guard" and not seen.found.problem:
        return 0  # not even the first session stays on this side of the guard
    return None


def _bounded(sessions: int, seen: Evidence) -> int:
    return sessions if seen.at_most is None else min(sessions, seen.at_most)


def _low(outcome: _Outcome | None, fits: int | None) -> int | None:
    """Give the number that the safe limit starts from: the unfavourable one."""
    if fits is None or outcome is None or not outcome.projection.sizes_vary:
        return fits
    return min(fits, outcome.projection.low)


def _caller_extra_bytes(seen: Evidence, boundary: Boundary) -> int:
    """What the calling process holds beyond the child, where it looks like the app itself."""
    if boundary.ceiling.kind in ("modelled", "data") or seen.app_baseline_bytes is not None:
        return 0
    if getattr(sys.modules.get("__main__"), "__package__", None) == "stresstune":
        return 0
    caller, child = sample.read_process(os.getpid()), seen.ledger.baseline
    if caller is None or child is None:
        return 0
    extra = caller.charged_bytes - child.charged_bytes
    return extra if extra > _CALLER_IS_AN_APP_FROM_BYTES else 0


def _baseline_bytes(seen: Evidence, outcome: _Outcome | None) -> int:
    if outcome:
        data = outcome.boundary.ceiling.kind == "data"
        extra = 0 if data else _app_extra_bytes(seen)
        return outcome.boundary.others_bytes + extra + outcome.projection.baseline_bytes
    return seen.ledger.baseline.charged_bytes if seen.ledger.baseline else 0


def _advice(seen: Evidence, outcome: _Outcome | None, fits: int | None) -> tuple[str, ...]:
    if outcome is None or fits is None:
        return ()
    projection = outcome.projection
    return advise(
        Measured(
            workload=seen.workload,
            simulated=seen.simulated,
            threads=seen.threads,
            limit_bytes=outcome.boundary.ceiling.limit_bytes,
            baseline_bytes=_baseline_bytes(seen, outcome),
            transient_bytes=projection.transient_bytes,
            transient_of_one_bytes=seen.ledger.steps()[1].transient_bytes,
            bytes_per_session=projection.bytes_per_session,
            sessions_that_fit=fits,
            headroom_ratio=seen.headroom_ratio,
        )
    )


def _notes(
    seen: Evidence, outcome: _Outcome | None, fits: int | None, low: int | None
) -> Iterator[str]:
    yield from seen.found.notes
    if outcome:
        yield from _notes_on_limit(seen, outcome)
        yield from _notes_on_sessions(seen, outcome, fits, low)
    if seen.stopped_by == "guard" and seen.ledger.held == 0:
        yield "the first session came too near to the limit, and was ended before it was complete"
    yield from _notes_on_app(seen)
    if seen.ledger.swapped:
        yield "the system began to swap; what lies beyond is too slow to count"
    if seen.ledger.empty_handed and not seen.kept_nothing:
        yield (
            f"{seen.ledger.empty_handed} sessions were None, or the same object as the one before, "
            "so nothing was kept alive for them: return from the factory what the app keeps for a "
            "session"
        )


def _notes_on_app(seen: Evidence) -> Iterator[str]:
    held, slowest = seen.ledger.held + seen.ledger.unmeasured, seen.ledger.slowest_seconds
    yield from (f"the app said: {line[:200]}" for line in seen.said[:-1])
    if seen.refused == "failed":
        yield (
            f"session {held + 1} (failed) could not be opened: look at the coroutine that opens "
            "it, and at what the app answers it"
        )
    elif seen.refused:
        yield (
            f"the app did not take session {held + 1} ({seen.refused}), long before memory ended: "
            "that limit binds first"
        )
    if slowest > seen.workload.latency_objective_seconds:
        yield (
            f"opening a session took up to {format_seconds(slowest)}, longer than the latency "
            f"objective of {format_seconds(seen.workload.latency_objective_seconds)}"
        )


def _size(outcome: _Outcome, size_bytes: float) -> str:
    binary = is_binary(outcome.boundary.ceiling.limit_bytes)
    return format_bytes(size_bytes, binary=binary)


def _notes_on_limit(seen: Evidence, outcome: _Outcome) -> Iterator[str]:
    ceiling, others = outcome.boundary.ceiling, outcome.boundary.others_bytes
    smallest = seen.found.smallest
    if ceiling.kind == "modelled":
        yield f"{ceiling.source} stands for a whole machine: what else runs here is not counted"
    if smallest and smallest.limit_bytes < ceiling.limit_bytes:
        yield (
            f"{ceiling.source} binds before the smaller limit of {smallest.source}, "
            f"since others hold {_size(outcome, others)} inside it"
        )
    extra = _caller_extra_bytes(seen, outcome.boundary)
    if extra:
        yield (
            f"the calling process holds {_size(outcome, extra)} more than the sessions' process, "
            "and is not counted; if it is the app itself, say so by ProbeOptions.app_baseline_bytes"
        )


def _notes_on_sessions(
    seen: Evidence, outcome: _Outcome, fits: int | None, low: int | None
) -> Iterator[str]:
    projection = outcome.projection
    if outcome.unseen:
        yield (
            f"what a session keeps is too little to be seen: at least {fits} fit, and memory is "
            "not what ends first"
        )
    own = seen.ledger.baseline.charged_bytes if seen.ledger.baseline else 0
    shared = projection.baseline_bytes - own
    if shared > _SHARED_WORTH_A_NOTE_BYTES and outcome.boundary.ceiling.kind != "data":
        yield (
            f"the first session loaded {_size(outcome, shared)} that later ones share; "
            "it is counted in the baseline"
        )
    if projection.grows:
        yield "each session keeps more than the one before; the growth is carried on"
    if projection.sizes_vary:
        most = "or more" if projection.high >= LARGEST_COUNT else f"to {projection.high}"
        yield (
            f"sessions are unequal: {projection.low} {most} fit, "
            f"and the safe limit starts from {low}"
        )
    if seen.ledger.outside_bytes:
        yield (
            f"{_size(outcome, seen.ledger.outside_bytes)} are held outside of the processes "
            "(files in memory, buffers of the kernel), and are counted"
        )
    if len(seen.ledger.samples) == 2:
        yield "only one session was measured, so what it shares with later ones is not known"
    if fits is not None and seen.stopped_by in ("time", "error"):
        yield f"the probe ended early; the number rests on the sessions held: {seen.ledger.held}"
