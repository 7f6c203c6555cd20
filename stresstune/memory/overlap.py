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
from itertools import pairwise

from stresstune.memory.line import TREND_T, fit_line
from stresstune.memory.steps import Increment, Step

ROUNDS_OF = 4
"""Sessions that each thread makes in a round; half as many where there is little room."""

_ROUNDS_TO_GROW = 6
_GROWS_RATIO = 0.25
"""Peaks differ from round to round: what grows by less than this share of what sessions keep, or in
fewer rounds, may as well be that."""

FREE_ROUNDS = 3
"""So many rounds say how peaks meet."""


def free_rounds(increments: Sequence[Increment], threads: int) -> list[Increment]:
    """Give those in which threads went their own ways: two sessions for each, or more."""
    return [each for each in increments if each.count >= 2 * threads > 2]


def without_stragglers(increments: list[Increment], threads: int) -> list[Increment]:
    """Let steps of fewer sessions than threads say nothing about peaks, where others do."""
    if not any(each.count >= threads for each in increments):
        return increments
    return [
        each if each.count >= threads else replace(each, transient_bytes=0.0, needs_bytes=())
        for each in increments
    ]


def without_free(steps: Sequence[Step], threads: int) -> Sequence[Step]:
    """Count what the allocator has free to what is needed for a moment.

    Not where both together go on growing: that is a heap that falls to pieces, which no later
    session can use, and each session's own.
    """
    if threads == 1 or not any(step.free_bytes for step in steps):
        return steps
    if _grows(steps, threads):
        return steps
    return [
        replace(
            step,
            memory_bytes=step.memory_bytes - step.free_bytes,
            transient_bytes=step.transient_bytes + step.free_bytes,
            peaks_bytes=tuple(peak + step.free_bytes for peak in step.peaks_bytes),
        )
        for step in steps
    ]


def _grows(steps: Sequence[Step], threads: int) -> bool:
    rounds = [
        (1.0, after.held, float(after.free_bytes + after.transient_bytes))
        for before, after in pairwise(steps)
        if after.held - before.held >= 2 * threads
    ]
    if len(rounds) < _ROUNDS_TO_GROW:
        return False
    line = fit_line(rounds)
    kept = [(1.0, step.held, float(step.memory_bytes - step.free_bytes)) for step in steps]
    much = line.slope > _GROWS_RATIO * fit_line(kept).slope
    return much and line.slope > TREND_T * line.slope_error
