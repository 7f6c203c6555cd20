"""The ways that memory went up in several processes which made the same sessions. Pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import replace

from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.reckoning.forecast import VARY_RATIO, Projection
from stresstune.memory.reckoning.passage import Expected, Passage

_UNSEEN_RATIO = {1: 0.08, 2: 0.06, 3: 0.045, 4: 0.03, 5: 0.018, 6: 0.011}
"""Several threads take from and give back to heaps of the allocator's, and how much of these is
never used again is chance: in 18 processes that made the same sessions by four threads, 81 to 93
were complete at one height, each process on a line of its own that it kept to within a session.
Three may still be alike by chance, where heaps fill in one of two ways one time in four, and six
hardly ever: with five and six, one draw in 100 was too high, of 34 recorded kinds."""

_EVEN_RATIO = 0.004
"""What keeps closer to its line than this share of its number is of small pieces, and hardly
differs from process to process."""

_FEW_SEEN = {2: 15.9, 3: 4.41, 4: 2.92, 5: 2.37, 6: 2.09}
"""Few may have met the same of two ways: one time in twenty the standard deviation of n values is
less than the true one by more than this, the root of (n - 1) / χ² (0.05; n - 1)."""

_SEVERAL = 3
"""So many say what the next will hold; of fewer, the lowest is too often above it."""

_MOST_HEAPS_RATIO = 0.12
"""No kind's heaps differed by more; where processes do, it is by how their sessions met."""

_EVEN_SESSIONS = 0.4
"""What keeps closer to its line than this hardly differs from process to process."""

_ONE_SESSION = 1.0
"""Nor are heaps told apart by less."""


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
    outside = _outside_each_bytes(ways)
    passages = [(_passage(each, threads, stopped_at_bytes, outside), each) for each in ways]
    telling = [(each, ledger) for each, ledger in passages if each.is_telling]
    if not telling:
        return None
    # The one in the middle stands for what a session keeps, and for what there is without any.
    telling.sort(key=lambda each: each[0].middle(room_bytes))
    typical, ledger = telling[(len(telling) - 1) // 2]
    found = typical.project(
        room_bytes,
        _baseline_bytes(ledger, typical.bytes_each),
        _expected(telling, room_bytes),
    )
    silent = [ledger.completed for each, ledger in passages if not each.is_telling]
    return _at_most(found, min(silent)) if silent else found


def _expected(telling: Sequence[tuple[Passage, Ledger]], room_bytes: float) -> Expected:
    """Give where these ways lead to, and by how much another may differ: a standard deviation.

    What one differs by chance holds for all: else the one that happened to keep to its line would
    be believed too well.
    """
    passages = [each for each, _ in telling]
    in_heaps = max(ledger.heaps_ratio for _, ledger in telling)
    led_to = [each.middle(room_bytes) for each in passages]
    middle = statistics.fmean(led_to)
    chance = _root_mean_square([each.chance for each in passages])
    alike = _root_mean_square([each.doubt(middle, chance) for each in passages])
    unseen = in_heaps * _unseen(len(passages), middle, chance)
    doubt = math.hypot(alike, _heaps(led_to, alike, unseen))
    seen = min(each.held_below(room_bytes) for each in passages)
    return Expected(middle, doubt, seen, _least(passages, room_bytes))


def _least(passages: Sequence[Passage], room_bytes: float) -> int:
    """Give what hardly any holds less than: each of several held more, before its guard ended it.

    Of 71 recorded kinds, six processes drawn 40 times of each, it was above the lowest kill in one
    draw of 2,000.
    """
    if len(passages) < _SEVERAL:
        return 0
    held = min(each.below(room_bytes) for each in passages)
    return max(0, math.floor(held - max(1.0, VARY_RATIO * held)))


def _heaps(led_to: Sequence[float], alike: float, unseen: float) -> float:
    """Tell by how many sessions another process may differ because its heaps are filled otherwise.

    That is what makes these differ by more than their own chance explains.

    Args:
        led_to: The number of sessions that each process leads to.
        alike: How far these would differ in like heaps: a standard deviation.
        unseen: By how much such may differ as were not met.
    """
    if len(led_to) == 1:
        return unseen
    seen = min(len(led_to), max(_FEW_SEEN))
    apart = _FEW_SEEN[seen] * math.sqrt(max(0.0, statistics.variance(led_to) - alike**2))
    return min(_MOST_HEAPS_RATIO * statistics.fmean(led_to), max(apart, unseen))


def _unseen(processes: int, middle: float, chance: float) -> float:
    """Tell by how many sessions heaps may be filled otherwise than in any of these processes."""
    if processes == 1:
        return max(0.0, _UNSEEN_RATIO[1] * middle - _ONE_SESSION) * min(
            1.0, chance / _EVEN_SESSIONS
        )
    ratio = _UNSEEN_RATIO[min(processes, max(_UNSEEN_RATIO))]
    return ratio * middle * min(1.0, chance / max(1.0, middle) / _EVEN_RATIO)


def _root_mean_square(values: Sequence[float]) -> float:
    return math.sqrt(statistics.fmean(each**2 for each in values))


def _at_most(found: Projection, sessions: int) -> Projection:
    """Prove no more than what was complete where the guard ended one before it told anything."""
    if found.sessions <= sessions:
        return found
    return replace(found, sessions=sessions, low=0, sizes_vary=True)


def _outside_each_bytes(ways: Sequence[Ledger]) -> float:
    """Tell what a session holds outside of its process; of several ways, what the middle one says.

    What others in the group left behind meanwhile did not come with the sessions of all.
    """
    each = [ledger.outside_bytes / max(1, ledger.held) for ledger in ways]
    return statistics.median(each) if len(each) >= _SEVERAL else max(each)


def _passage(
    ledger: Ledger, threads: int, stopped_at_bytes: int, outside_each_bytes: float
) -> Passage:
    heights = [at + outside_each_bytes * n for n, at in enumerate(ledger.heights_bytes, start=1)]
    return Passage(heights, threads, stopped_at_bytes if ledger.guarded else 0)


def _baseline_bytes(ledger: Ledger, bytes_each: float) -> float:
    """Tell what there is without sessions: the least that any reading leaves of it."""
    empty, *others = ledger.steps()
    left = [step.memory_bytes - step.held * bytes_each for step in others]
    return max(float(empty.memory_bytes), min(left, default=0.0))
