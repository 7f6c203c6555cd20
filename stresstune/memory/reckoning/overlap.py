"""What several threads need for a moment, when each goes its own way. Pure.

Threads that begin together meet in another way than an app's, which are never in step. So a probe
has them go round freely, several sessions each, and takes the high-water marks of such rounds.

Between sessions a thread's part of the heap keeps what was thrown away, and gives it to whoever
comes next. It is in use at the peaks only, so it is no session's: it belongs to what is needed for
a moment, and with it the rounds are even where the memory itself goes up in leaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stresstune.memory.reckoning.steps import Increment, Step

ROUNDS_OF = 4
"""Sessions that each thread makes in a round; half as many where there is little room."""

FREE_ROUNDS = 3
"""So many rounds say how peaks meet."""


def free_rounds(increments: Sequence[Increment], threads: int) -> list[Increment]:
    """Give those in which threads went their own ways: two sessions for each, or more."""
    return [each for each in increments if each.count >= 2 * threads > 2]


def without_stragglers(increments: list[Increment], threads: int) -> list[Increment]:
    """Let steps of fewer sessions than threads say nothing about peaks, where others do."""
    if not any(each.count >= threads for each in increments[1:]):  # the first is the warm-up
        return increments
    return [
        each if each.count >= threads else replace(each, transient_bytes=0.0, needs_bytes=())
        for each in increments
    ]


def without_free(steps: Sequence[Step]) -> Sequence[Step]:
    """Count what the allocator has free to what is needed for a moment.

    What it has free at all times is of no use to anybody, and stays where it is.
    """
    always = min(step.free_bytes for step in steps[1:] or steps)
    return [_without(step, max(0, step.free_bytes - always)) for step in steps]


def _without(step: Step, free_bytes: int) -> Step:
    return replace(
        step,
        memory_bytes=step.memory_bytes - free_bytes,
        transient_bytes=step.transient_bytes + free_bytes,
        free_bytes=free_bytes,
        peaks_bytes=tuple(peak + free_bytes for peak in step.peaks_bytes),
    )
