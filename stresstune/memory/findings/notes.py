"""What people should know of how a number came about."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import partial
from itertools import pairwise

from stresstune.memory.ends.boundary import Boundary
from stresstune.memory.findings.evidence import Evidence, Outcome
from stresstune.memory.readings import sample
from stresstune.memory.reckoning.forecast import differ
from stresstune.memory.reckoning.peaks import LARGEST_COUNT
from stresstune.units import format_bytes, format_seconds, is_binary

_SHARED_WORTH_A_NOTE_BYTES = 16 * 2**20
_MOST_IS_FREE_RATIO = 0.5
_OTHERS_GREW_BYTES = 4 * 2**20
_OTHERS_GREW_RATIO = 0.02
_CALLER_IS_AN_APP_FROM_BYTES = 128 * 2**20
"""A script that only probes holds 30 to 60 MB; what holds more than this is taken for an app."""


def notes(
    seen: Evidence, outcome: Outcome | None, fits: int | None, low: int | None
) -> Iterator[str]:
    """Say it, line by line.

    Args:
        seen: What the probe has seen.
        outcome: The end that binds, where there is one.
        fits: How many sessions fit.
        low: The number that the safe limit starts from.
    """
    yield from seen.found.notes
    if outcome:
        yield from _notes_on_limit(seen, outcome)
        yield from _notes_on_others(seen, outcome)
        yield from _notes_on_sessions(seen, outcome, fits, low)
    if seen.stopped_by == "guard" and seen.ledger.completed == 0:
        yield "the first session came too near to the limit, and was ended before it was complete"
    if seen.stopped_by == "memory_error":
        yield from _notes_on_refusal(seen)
    if seen.stopped_by == "killed" and outcome:
        yield from _notes_on_who_stood_by(seen, outcome)
    yield from _notes_on_app(seen)
    for said in seen.failed_again:
        yield f"the same sessions failed in a process that followed, and only there: {said}"
    if seen.ledger.swapped:
        yield "the system began to swap; what lies beyond is too slow to count"
    if seen.ledger.empty_handed and not seen.kept_nothing:
        yield (
            f"{seen.ledger.empty_handed} sessions were None, or the same object as the one before, "
            "so nothing was kept alive for them: return from the factory what the app keeps for a "
            "session"
        )


def _notes_on_who_stood_by(seen: Evidence, outcome: Outcome) -> Iterator[str]:
    """Say how many more would have been held if nobody had measured."""
    beside_bytes = outcome.boundary.brought_nearer_by(seen.ledger.standing_by_bytes)
    more = int(beside_bytes // max(1.0, outcome.projection.bytes_per_session))
    if more:
        yield (
            f"{_size(outcome, beside_bytes)} were the measuring processes' own when the kernel "
            f"killed: some {more} more sessions fit where nobody measures"
        )


def _notes_on_refusal(seen: Evidence) -> Iterator[str]:
    """Doubt that memory was at its end, where most of it was free."""
    if not (seen.ledger.samples and seen.boundaries):
        return
    nearest = min(seen.boundaries, key=partial(_free_bytes, seen))
    free_bytes = _free_bytes(seen, nearest)
    if free_bytes <= _MOST_IS_FREE_RATIO * nearest.room_bytes:
        return
    binary = is_binary(nearest.ceiling.limit_bytes)
    free, room = (format_bytes(each, binary=binary) for each in (free_bytes, nearest.room_bytes))
    yield (
        f"memory was refused with {free} of {room} free: session {seen.ledger.completed + 1} asked "
        "for more at once, or something else sets a limit to it (ulimit -v, say)"
    )


def _free_bytes(seen: Evidence, boundary: Boundary) -> int:
    data = boundary.ceiling.kind == "data"
    return boundary.room_bytes - seen.ledger.steps(data=data)[-1].memory_bytes


def _notes_on_app(seen: Evidence) -> Iterator[str]:
    held, slowest = seen.ledger.completed, seen.ledger.slowest_seconds
    who = seen.source.partition(" ")[0]
    yield from (f"the app said: {line[:200]}" for line in seen.said[:-1])
    if seen.refused in {"failed", "ignored"}:
        yield (
            f"session {held + 1} ({seen.refused}) could not be opened: look at the coroutine that "
            "opens it, and at what the app answers it"
        )
    elif seen.refused == "ended":
        yield (
            f"the app ended as session {held + 1} was opened, and the sessions that it held with "
            "it: start it by itself, open as many, and look at what it says"
        )
    elif seen.refused == "timed_out":
        yield (
            f"session {held + 1} (timed_out) was not made within the time that it had: memory was "
            f"not what ended it; look at what the {who} waits for"
        )
    elif seen.refused:
        yield (
            f"the {who} did not take session {held + 1} ({seen.refused}), long before memory "
            "ended: that limit binds first"
        )
    if late := seen.ledger.late:
        several = f"one of the sessions {late[0]} to {late[-1]}"
        which = several if len(late) > 1 else f"session {late[0]}"
        objective = format_seconds(seen.workload.latency_objective_seconds)
        yield (
            f"opening a session took up to {format_seconds(slowest)}, longer than the latency "
            f"objective of {objective}; the first was {which}"
        )


def _size(outcome: Outcome, size_bytes: float) -> str:
    binary = is_binary(outcome.boundary.ceiling.limit_bytes)
    return format_bytes(size_bytes, binary=binary)


def _notes_on_limit(seen: Evidence, outcome: Outcome) -> Iterator[str]:
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


def _notes_on_others(seen: Evidence, outcome: Outcome) -> Iterator[str]:
    """Say that the room was not the same all the time."""
    grew_bytes = seen.others_grew_bytes
    little = max(_OTHERS_GREW_BYTES, _OTHERS_GREW_RATIO * outcome.boundary.room_bytes)
    if outcome.boundary.ceiling.group is None or abs(grew_bytes) < little:
        return
    size = _size(outcome, abs(grew_bytes))
    if grew_bytes > 0:
        yield f"others took {size} while it was measured, which counts: measure when they are quiet"
    else:
        yield f"others gave back {size} while it was measured: measure again, more may fit"


def _notes_on_sessions(
    seen: Evidence, outcome: Outcome, fits: int | None, low: int | None
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
        several = seen.ledger.visited > 1
        first = f"sessions of {seen.ledger.visited} processes" if several else "session"
        yield (
            f"the first {first} loaded {_size(outcome, shared)} that later ones share; "
            "it is counted in the baseline"
        )
    if outcome.awaited_bytes > _SHARED_WORTH_A_NOTE_BYTES:
        yield (
            f"{seen.ledger.awaited} of the app's processes held no session yet: "
            f"{_size(outcome, outcome.awaited_bytes)} are kept free, as much as others loaded "
            "with their first"
        )
    yield from _notes_on_first_sessions(seen, outcome)
    if projection.grows:
        yield "each session keeps more than the one before; the growth is carried on"
    if projection.sizes_vary:
        most = "or more" if projection.high >= LARGEST_COUNT else f"to {projection.high}"
        least = projection.low if fits is None else min(projection.low, fits)
        at_a_time = f"with {seen.threads} made at a time the number differs"
        why = "sessions are unequal" if seen.threads == 1 else at_a_time
        yield f"{why}: {least} {most} fit, and the safe limit starts from {low}"
    elif fits is not None and fits == seen.at_most and differ(fits, projection.sessions):
        yield (
            f"session {fits + 1}, or one soon after it, needed far more than those before it; "
            f"of such as came before, {projection.sessions} would fit"
        )
    if seen.ledger.outside_bytes:
        yield (
            f"{_size(outcome, seen.ledger.outside_bytes)} are held outside of the processes "
            "(files in memory, buffers of the kernel), and are counted"
        )
    if seen.ledger.completed == 1:
        yield "only one session was measured, so what it shares with later ones is not known"
    if fits is not None and seen.stopped_by in ("time", "error"):
        held = seen.ledger.completed
        yield f"the probe ended early; the number rests on the sessions held: {held}"


def _notes_on_first_sessions(seen: Evidence, outcome: Outcome) -> Iterator[str]:
    """Warn of what each process loads with its first, where they may do so at the same time."""
    at_once = min(seen.threads, seen.ledger.visited + seen.ledger.awaited)
    if at_once < 2:
        return
    steps = seen.ledger.steps()
    first_bytes = max(
        after.memory_bytes + after.transient_bytes - before.memory_bytes
        for before, after in pairwise(steps)
        if after.warms or before is steps[0]
    )
    needed_bytes = steps[0].memory_bytes + at_once * first_bytes
    if needed_bytes > outcome.boundary.room_bytes:
        yield (
            f"the first session in a process of the app needs {_size(outcome, first_bytes)} for a "
            f"moment, and {at_once} at once need more than there is: have each process load what "
            "it needs before users come"
        )


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
