"""From what a probe has seen to what it says."""

from __future__ import annotations

import math

from stresstune.memory.ends.boundary import Boundary
from stresstune.memory.ends.guard import margin_bytes
from stresstune.memory.ends.identity import identify
from stresstune.memory.findings import lines
from stresstune.memory.findings.advice import Measured, advise
from stresstune.memory.findings.evidence import Evidence, Outcome
from stresstune.memory.findings.notes import notes
from stresstune.memory.findings.reckon import fit_so_far, is_measured, reckon
from stresstune.memory.reckoning.forecast import Projection
from stresstune.memory.reckoning.unseen import bounded
from stresstune.model.memory import MemoryCapacity


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
        held_sessions=seen.held,
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
        refused=seen.refused,
        empty_sessions=min(each.empty_handed for each in seen.ways),
        at_least=bool(outcome and outcome.unseen),
        sizes_vary=bool(projection and projection.sizes_vary),
        session_data_bytes=seen.ledger.data_bytes,
        process_bytes=lines.process_bytes(last) if last else 0,
        seconds=seen.ledger.seconds,
        error=seen.error,
        notes=tuple(notes(seen, outcome, fits, low)),
        advice=_advice(seen, outcome, fits),
        samples=tuple(seen.ledger.samples),
        memory_id=here.memory_id,
        host_id=here.host_id,
    )


def is_known(seen: Evidence) -> bool:
    """Whether the number is known to one session and 3 %, so that no more evidence is wanted."""
    outcome = _binding(seen)
    return outcome is not None and not outcome.projection.sizes_vary


def safe_sessions(sessions: int, headroom_ratio: float) -> int:
    """Leave the headroom unused, rounding down.

    >>> safe_sessions(24, 0.2), safe_sessions(30, 0.1), safe_sessions(1, 0.2)
    (19, 27, 0)
    """
    # 0.9 x 30 is 27, not 26.999…: what floats lose is given back before rounding down.
    return math.floor((1 - headroom_ratio) * sessions + 1e-9)


def _binding(seen: Evidence) -> Outcome | None:
    """Find the end that is met first, as sessions are added."""
    if not is_measured(seen.ledger) or seen.kept_nothing:
        return None
    outcomes = (
        _outcome(seen, boundary)
        for boundary in seen.boundaries
        if not seen.found.problem or boundary.ceiling.kind == "modelled"
    )
    return min(
        (each for each in outcomes if each),
        key=lambda each: (each.projection.sessions, each.boundary.room_bytes),
        default=None,
    )


def _outcome(seen: Evidence, boundary: Boundary) -> Outcome | None:
    data = boundary.ceiling.kind == "data"
    projection = _project(seen, boundary, 0)
    if projection is None:
        return None
    awaited_bytes = 0 if data else _awaited_bytes(seen, projection)
    if awaited_bytes:
        projection = _project(seen, boundary, awaited_bytes) or projection
    fit = fit_so_far(seen.ledger, seen.threads, data=data)
    lower = bounded(projection, fit, wanted=seen.workload.sessions) if fit else None
    return Outcome(boundary, lower or projection, lower is not None, awaited_bytes)


def _project(seen: Evidence, boundary: Boundary, awaited_bytes: int) -> Projection | None:
    data = boundary.ceiling.kind == "data"
    more = 0 if data else _app_extra_bytes(seen) + awaited_bytes
    return reckon(
        seen.ledger,
        boundary.room_bytes - more,
        seen.threads,
        data=data,
        stopped_at_bytes=_guard_bytes(seen),
        others=seen.others,
    )


def _awaited_bytes(seen: Evidence, projection: Projection) -> int:
    """Reckon that each process that holds no session yet loads as much as one that does."""
    ledger = seen.ledger
    if not (ledger.awaited and ledger.visited and ledger.baseline):
        return 0
    loaded = max(0, projection.baseline_bytes - ledger.baseline.charged_bytes)
    return loaded * ledger.awaited // ledger.visited


def _guard_bytes(seen: Evidence) -> int:
    """Tell how much the sessions hold where the guard stops them; 0 where there is none."""
    guards = (
        each.room_bytes
        - margin_bytes(each.ceiling.limit_bytes)
        - each.brought_nearer_by(seen.ledger.standing_by_bytes)
        for each in seen.boundaries
    )
    return max(0, min(guards, default=0))


def _app_extra_bytes(seen: Evidence) -> int:
    """What the app holds at the start beyond the empty sessions' process, where it was stated."""
    own = seen.ledger.baseline.charged_bytes if seen.ledger.baseline else 0
    return max(0, (seen.app_baseline_bytes or 0) - own)


def _sessions_that_fit(seen: Evidence, outcome: Outcome | None) -> int | None:
    if seen.last_that_fits is not None:
        return seen.last_that_fits
    if outcome:
        return _bounded(outcome.projection.sessions, seen)
    if seen.stopped_by == "guard" and not seen.found.problem:
        return 0  # not even the first session stays on this side of the guard
    return None


def _bounded(sessions: int, seen: Evidence) -> int:
    return sessions if seen.at_most is None else min(sessions, seen.at_most)


def _low(outcome: Outcome | None, fits: int | None) -> int | None:
    """Give the number that the safe limit starts from: the unfavourable one."""
    if fits is None or outcome is None or not outcome.projection.sizes_vary:
        return fits
    return min(fits, outcome.projection.low)


def _baseline_bytes(seen: Evidence, outcome: Outcome | None) -> int:
    if outcome:
        data = outcome.boundary.ceiling.kind == "data"
        extra = outcome.awaited_bytes + (0 if data else _app_extra_bytes(seen))
        return outcome.boundary.others_bytes + extra + outcome.projection.baseline_bytes
    return seen.ledger.baseline.charged_bytes if seen.ledger.baseline else 0


def _advice(seen: Evidence, outcome: Outcome | None, fits: int | None) -> tuple[str, ...]:
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
            transient_of_one_bytes=_transient_of_one_bytes(seen, projection),
            bytes_per_session=projection.bytes_per_session,
            sessions_that_fit=fits,
            headroom_ratio=seen.headroom_ratio,
            is_app=seen.source.startswith("app "),
        )
    )


def _transient_of_one_bytes(seen: Evidence, projection: Projection) -> int:
    if seen.ledger.heights_bytes:
        return projection.transient_bytes // seen.threads
    return seen.ledger.steps()[1].transient_bytes
