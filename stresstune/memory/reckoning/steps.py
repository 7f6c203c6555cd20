"""From the steps of a probe to what each of its sessions did to the memory. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_CALMER = 0.2
"""A beginning is left out where the rest varies by less than this share of the whole."""

_SLACK_RATIO = 0.02
"""A size that differs by less from the rest is one of them."""

_MADE_DO_RATIO = 0.9
_MADE_DO_BYTES = 2**20
"""What differs by less from the least that was needed before may as well be chance."""

MADE_MEANWHILE_RATIO = 1 / 2
"""When a session is complete, so much of one is made on each other thread. Seen in real kills: from
0 (the interpreter lets one thread run at a time) to this (they wait, or are processes)."""


@dataclass(frozen=True, slots=True)
class Step:
    """Memory after some more sessions were opened.

    Attributes:
        held: Sessions held now.
        memory_bytes: What the tree holds now.
        transient_bytes: What it needed for a moment beyond that, during the step.
        free_bytes: The part of the memory that the allocator has free for what comes; 0 where it
            does not tell.
        peaks_bytes: The same as `transient_bytes`, for each session: between the end of the one
            before and its own. Empty where it was not seen.
        armed: A hard stop was set, so that the kernel may have refused a part of what was wanted.
        warms: A process of the app was visited for the first time, and loaded what it needs once.
        together_ratio: How far its sessions were made together (1), or waited for each other (0).
    """

    held: int
    memory_bytes: int
    transient_bytes: int = 0
    free_bytes: int = 0
    peaks_bytes: tuple[int, ...] = ()
    armed: bool = False
    warms: bool = False
    together_ratio: float = 1.0


@dataclass(frozen=True, slots=True)
class Increment:
    """What some sessions, opened one after the other, did to the memory.

    Attributes:
        count: How many they were.
        middle: Which they were: the mean of their numbers, counted from 1.
        bytes_each: What each kept, on average.
        transient_bytes: What was needed for a moment beyond what is held at the end.
        needs_bytes: The same for each session, as far as it was seen.
    """

    count: int
    middle: float
    bytes_each: float
    transient_bytes: float
    needs_bytes: tuple[float, ...] = ()

    @property
    def last(self) -> float:
        """The number of the last of them."""
        return self.middle + (self.count - 1) / 2


def increments_of(steps: Sequence[Step], threads: int) -> Iterator[Increment]:
    """Give what each step did, with what the threads needed for a moment.

    The first is a warm-up; of later ones, those that warm up another process say nothing of sizes.
    """
    for before, after in pairwise(steps):
        if after.warms and before.held:
            continue
        count = after.held - before.held
        each = (after.memory_bytes - before.memory_bytes) / count
        needs = _needs(after, count, each, threads)
        yield Increment(
            count=count,
            middle=(after.held + before.held + 1) / 2,
            bytes_each=each,
            transient_bytes=max(needs),
            needs_bytes=needs,
        )


def _needs(step: Step, count: int, each: float, threads: int) -> tuple[float, ...]:
    """Tell what each session needed for a moment beyond what those keep that are complete with it.

    Threads have more than one in the making, and what is half made counts as needed: seen where
    the marks were taken session by session, reckoned where there is one for the whole step.
    """
    together = step.together_ratio
    scale = max(1.0, together * threads / count)
    free = step.free_bytes  # that is there for all of them
    kept = max(0.0, each)
    if len(step.peaks_bytes) == count:
        left = range(count - 1, -1, -1)
        return tuple(
            free + scale * (peak - free + more * kept)
            for peak, more in zip(step.peaks_bytes, left, strict=True)
        )
    made_meanwhile = together * MADE_MEANWHILE_RATIO * (threads - 1) * kept
    return (free + scale * (step.transient_bytes - free) + made_meanwhile,)


def unhindered(steps: Sequence[Step]) -> Sequence[Step]:
    """Leave out what was made under a hard stop with less than was ever needed before.

    An allocator that is refused fresh memory makes do with holes that it would have left alone, so
    that more sessions are held than the kernel would have let live.
    """
    least_before = math.inf
    for place, step in enumerate(steps[2:], start=2):
        least = _MADE_DO_RATIO * least_before - _MADE_DO_BYTES
        if step.armed and place > 2 and step.transient_bytes < least:
            return steps[:place]
        least_before = min(least_before, step.transient_bytes)
    return steps


def merged(increments: list[Increment]) -> list[Increment]:
    """Join small steps until all are of a size, since each carries the same error of reading."""
    wanted = max(each.count for each in increments) / 2
    joined: list[Increment] = []
    open_step: Increment | None = None
    for each in increments:
        open_step = _join(open_step, each) if open_step else each
        if open_step.count >= wanted:
            joined.append(open_step)
            open_step = None
    if open_step:
        joined.append(_join(joined.pop(), open_step) if joined else open_step)
    return joined


def _join(first: Increment, second: Increment) -> Increment:
    count = first.count + second.count
    return Increment(
        count=count,
        middle=(first.count * first.middle + second.count * second.middle) / count,
        bytes_each=(first.count * first.bytes_each + second.count * second.bytes_each) / count,
        transient_bytes=max(first.transient_bytes, second.transient_bytes),
        needs_bytes=first.needs_bytes + second.needs_bytes,
    )


def settled(increments: list[Increment]) -> list[Increment]:
    """Leave out a beginning that differs from what came after it (caches, a heap that fills)."""
    spreads = _relative_spreads([each.bytes_each for each in increments])
    best, best_spread = increments, _CALMER * spreads[0]
    for start in range(1, len(increments) // 2 + 1):
        begin, rest = increments[:start], increments[start:]
        if len(rest) >= 3 and spreads[start] < best_spread and _stands_apart(begin, rest):
            best, best_spread = rest, _CALMER * spreads[start]
    return best


def _relative_spreads(sizes: list[float]) -> list[float]:
    """Give the standard deviation by the mean, of all and of all from the second on, and so on.

    In one pass from the end (Welford 1962), since there may be thousands.
    """
    found, mean, squares = [], 0.0, 0.0
    for count, size in enumerate(reversed(sizes), start=1):
        off = size - mean
        mean += off / count
        squares += off * (size - mean)
        found.append(_relative(math.sqrt(max(0.0, squares) / count), mean))
    return found[::-1]


def _relative(spread: float, mean: float) -> float:
    if mean > 0:
        return spread / mean
    return math.inf if spread > 0 else 0.0  # where memory was given back, nothing has settled


def _stands_apart(begin: list[Increment], rest: list[Increment]) -> bool:
    """Whether the beginning was all smaller, or differed in one piece that does not come again.

    A pattern that comes again (every fifth is large, a table that doubles) must not be taken for a
    beginning; what came late and once (a model, loaded by the third session) may be, when the calm
    after it has lasted twice as long as what led up to it.
    """
    low, high = _range(rest)
    slack = max(high - low, _SLACK_RATIO * high)
    if all(each.bytes_each < low for each in begin):
        return True
    differs = [not low - slack <= each.bytes_each <= high + slack for each in begin]
    pieces = sum(now and not before for before, now in pairwise([False, *differs]))
    lasted = sum(each.count for each in rest) >= 2 * sum(each.count for each in begin)
    return pieces == 1 and (differs[0] or lasted)


def _range(increments: list[Increment]) -> tuple[float, float]:
    sizes = [each.bytes_each for each in increments]
    return min(sizes), max(sizes)
