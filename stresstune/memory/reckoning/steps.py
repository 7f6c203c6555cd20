"""From the steps of a probe to what each of its sessions did to the memory. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_MADE_DO_RATIO = 0.9
_MADE_DO_BYTES = 2**20
"""What differs by less from the least that was needed before may as well be chance."""

_PLENTY_RATIO = 1.5
"""Who has so many times what was needed before makes do with nothing else."""

_LEAST_NEEDED = 3
"""What was needed fewer times (by models that the second and the third loaded) is no usual need."""

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
        left_bytes: What a hard stop left before the step, so that the kernel may have refused a
            part of what was wanted; without end where none was set.
        warms: A process of the app was visited for the first time, and loaded what it needs once.
        together_ratio: How far its sessions were made together (1), or waited for each other (0).
        at_worst: What it needed for a moment is what one alone needs, by as many as were made.
    """

    held: int
    memory_bytes: int
    transient_bytes: int = 0
    free_bytes: int = 0
    peaks_bytes: tuple[int, ...] = ()
    left_bytes: float = math.inf
    warms: bool = False
    together_ratio: float = 1.0
    at_worst: bool = False


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
    half_made = half_made_bytes(step, kept, threads)
    return (free + scale * (step.transient_bytes - free) + half_made,)


def half_made_bytes(step: Step, kept_bytes: float, threads: int) -> float:
    """Tell what other threads hold of theirs when a session is complete that keeps so much."""
    return step.together_ratio * MADE_MEANWHILE_RATIO * (threads - 1) * kept_bytes


def unhindered(steps: Sequence[Step]) -> Sequence[Step]:
    """Leave out what was made with less than was ever needed, where a hard stop left not much more.

    An allocator that is refused fresh memory makes do with holes that it would have left alone, so
    that more sessions are held than the kernel would have let live.
    """
    least_before = math.inf
    for place, step in enumerate(steps[2:], start=2):
        least = _MADE_DO_RATIO * least_before - _MADE_DO_BYTES
        is_short = step.left_bytes + step.free_bytes < _PLENTY_RATIO * least_before
        if place >= 2 + _LEAST_NEEDED and is_short and step.transient_bytes < least:
            return steps[:place]
        least_before = min(least_before, step.transient_bytes)
    return steps
