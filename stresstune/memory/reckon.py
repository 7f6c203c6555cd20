"""From what was noted to how many sessions fit, in whichever way they were opened. Pure."""

from __future__ import annotations

from stresstune.memory.fit import Fit
from stresstune.memory.forecast import Projection, project
from stresstune.memory.ledger import Ledger
from stresstune.memory.passage import Passage
from stresstune.memory.tide import fit_of

HEAP_RATIO = 0.06
"""Several threads take from and give back to heaps of the allocator's, and how much of these is
never used again is chance: in 18 processes that made the same sessions by four threads, 81 to 93
were complete at one height, each process on a line of its own that it kept to within a session."""


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
) -> Projection | None:
    """Say how many sessions fit into a room; None where too little was seen.

    Args:
        ledger: What was measured.
        room_bytes: A limit less what others hold there.
        threads: Sessions made at a time.
        data: The room is for writable address space.
        stopped_at_bytes: The height at which threads were ended on their way; 0 where they were
            not.
    """
    if ledger.heights_bytes and not ledger.apart and not data:
        share = ledger.outside_bytes / max(1, ledger.held)
        heights = [at + share * n for n, at in enumerate(ledger.heights_bytes, start=1)]
        passage = Passage(heights, threads, stopped_at_bytes, HEAP_RATIO)
        if passage.is_telling:
            return passage.project(room_bytes, _baseline_bytes(ledger, passage.bytes_each))
    fit = fit_so_far(ledger, threads, data=data)
    return project(fit, room_bytes) if fit else None


def _baseline_bytes(ledger: Ledger, bytes_each: float) -> float:
    """Tell what there is without sessions: the least that any reading leaves of it."""
    empty, *others = ledger.steps()
    left = [step.memory_bytes - step.held * bytes_each for step in others]
    return max(float(empty.memory_bytes), min(left, default=0.0))
