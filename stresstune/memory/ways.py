"""The ways that memory went up in several processes which made the same sessions. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from stresstune.memory.forecast import VARY_RATIO, Projection
from stresstune.memory.ledger import Ledger
from stresstune.memory.passage import Passage

HEAP_RATIO = 0.09
"""Several threads take from and give back to heaps of the allocator's, and how much of these is
never used again is chance: in 18 processes that made the same sessions by four threads, 81 to 93
were complete at one height, each process on a line of its own that it kept to within a session."""

SEEN_HEAP_RATIO = 0.06
"""What is left of that where several processes were seen, and the one with the fewest counts:
for 17 kinds of sessions by 2, 4 and 8 threads, three recorded ways each, one number in 150 was
above one of the kills by more than a session and 3 %."""


def project(
    ways: Sequence[Ledger], room_bytes: int, threads: int, *, stopped_at_bytes: int = 0
) -> Projection | None:
    """Say how many sessions fit into a room, whichever of these ways it goes.

    Args:
        ways: What was noted in each process.
        room_bytes: A limit less what others hold there.
        threads: Sessions made at a time.
        stopped_at_bytes: The height at which the guard ends threads on their way.

    Returns:
        None where too little was seen in all of them.
    """
    heap_ratio = HEAP_RATIO if len(ways) == 1 else SEEN_HEAP_RATIO
    passages = [_passage(each, threads, stopped_at_bytes, heap_ratio) for each in ways]
    telling = [
        (each, ledger) for each, ledger in zip(passages, ways, strict=True) if each.is_telling
    ]
    if not telling:
        return None
    chance = math.sqrt(math.fsum(each.chance**2 for each, _ in telling) / len(telling))
    found = soonest(
        [
            each.project(room_bytes, _baseline_bytes(ledger, each.bytes_each), chance)
            for each, ledger in telling
        ]
    )
    silent = [
        ledger.completed for each, ledger in zip(passages, ways, strict=True) if not each.is_telling
    ]
    return _at_most(found, min(silent)) if silent else found


def _at_most(found: Projection, sessions: int) -> Projection:
    """Prove no more than what was complete where the guard ended one before it told anything."""
    if found.sessions <= sessions:
        return found
    return replace(found, sessions=sessions, low=0, sizes_vary=True)


def soonest(projections: Sequence[Projection]) -> Projection:
    """Take the one with the fewest sessions; how far they differ belongs to its interval.

    Args:
        projections: Of processes that made the same sessions; at least one.
    """
    fewest = min(projections, key=lambda each: each.sessions)
    most = max(each.sessions for each in projections)
    differ = most - fewest.sessions > max(1.0, VARY_RATIO * fewest.sessions)
    return replace(
        fewest,
        low=min(each.low for each in projections),
        high=max(each.high for each in projections),
        sizes_vary=differ or any(each.sizes_vary for each in projections),
    )


def _passage(ledger: Ledger, threads: int, stopped_at_bytes: int, heap_ratio: float) -> Passage:
    share = ledger.outside_bytes / max(1, ledger.held)
    heights = [at + share * n for n, at in enumerate(ledger.heights_bytes, start=1)]
    return Passage(heights, threads, stopped_at_bytes if ledger.guarded else 0, heap_ratio)


def _baseline_bytes(ledger: Ledger, bytes_each: float) -> float:
    """Tell what there is without sessions: the least that any reading leaves of it."""
    empty, *others = ledger.steps()
    left = [step.memory_bytes - step.held * bytes_each for step in others]
    return max(float(empty.memory_bytes), min(left, default=0.0))
