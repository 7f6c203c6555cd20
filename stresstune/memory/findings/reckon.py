"""From what was noted to how many sessions fit, in whichever way they were opened. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from stresstune.memory.findings import ways
from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.reckoning.anew import widened
from stresstune.memory.reckoning.fit import Fit
from stresstune.memory.reckoning.forecast import Projection, differ, project
from stresstune.memory.reckoning.tide import fit_of


def is_measured(ledger: Ledger) -> bool:
    """Whether a number could rest on what was seen."""
    return len(ledger.samples) > 1 or len(ledger.heights_bytes) > 1


def fit_so_far(ledger: Ledger, threads: int, *, data: bool = False) -> Fit | None:
    """What the steps say; None before the first."""
    steps = ledger.steps(data=data)
    return fit_of(steps, threads=threads) if len(steps) > 1 else None


def reckon(
    ledger: Ledger,
    room_bytes: int,
    threads: int,
    *,
    data: bool = False,
    stopped_at_bytes: int = 0,
    others: Sequence[Ledger] = (),
) -> Projection | None:
    """Say how many sessions fit into a room; None where too little was seen.

    Args:
        ledger: What was measured.
        room_bytes: A limit less what others hold there.
        threads: Sessions made at a time.
        data: The room is for writable address space.
        stopped_at_bytes: The height at which the guard ends threads on their way.
        others: What was noted in other processes in which threads went the same way.
    """
    if not data and ledger.heights_bytes and not ledger.apart:
        seen = ways.project(
            [ledger, *others], room_bytes, threads, stopped_at_bytes=stopped_at_bytes
        )
        if seen:
            return seen
    fit = fit_so_far(ledger, threads, data=data)
    if fit is None:
        return None
    found = widened(project(fit, room_bytes), fit, room_bytes)
    if data or not ledger.one_by_one:
        return found
    return _where_all_meet(found, fit, room_bytes - threads * ledger.passing_each_bytes)


def _where_all_meet(found: Projection, fit: Fit, room_bytes: float) -> Projection:
    """Say no more than fit beside the programs of all threads, which nobody keeps from meeting.

    That is so of our own threads. An app may serve fewer at a time than there are users, and how
    many met is seen there.

    Args:
        found: How many fit, as the steps say.
        fit: These steps.
        room_bytes: The room beside all these programs.
    """
    left_bytes = room_bytes - fit.last.memory_bytes
    all_meet = max(0, fit.last.held + math.floor(left_bytes / fit.size_bytes))
    if not differ(all_meet, found.sessions):
        return found
    high = max(found.high, found.sessions)
    return replace(
        found, sessions=all_meet, low=min(found.low, all_meet), high=high, sizes_vary=True
    )
