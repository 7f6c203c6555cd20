"""The rest of the way played through, many times, with the sessions that were seen. Pure.

A bootstrap (Efron 1979): what comes is drawn from what came.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from itertools import cycle

from stresstune.memory.reckoning.fit import Fit
from stresstune.memory.reckoning.pattern import leaps_grow, next_in_order
from stresstune.memory.reckoning.steps import Increment

_COMMON_SHARE = 0.05
"""Steps that are rarer than this among those seen are of another kind, and not drawn again."""

_PLAYS = 200
_LONGEST_PLAY = 400
_DRAWN_AT_ONCE = 40


def is_possible(fit: Fit, left_bytes: float) -> bool:
    """Whether sessions are unequal, and few enough fit to be played one by one."""
    steps = left_bytes / max(1.0, fit.size_bytes * fit.measured / len(fit.increments))
    if not fit.steps_tell_sizes:
        return False
    return not fit.is_equal and not fit.grows and len(fit.increments) >= 3 and steps < _LONGEST_PLAY


def outcomes(fit: Fit, left_bytes: float, *, held: int | None = None) -> list[int]:
    """Play until no more fit, each time with other sessions, and give in order how many did.

    Args:
        fit: What was seen.
        left_bytes: Up to the end.
        held: Sessions held when it begins; by default all that were seen.
    """
    # The same evidence gives the same number, and more room in the same play never fewer.
    begin = fit.last.held if held is None else held
    return sorted(_play(fit, left_bytes, random.Random(play), begin) for play in range(_PLAYS + 1))


def in_order(fit: Fit, left_bytes: float) -> int | None:
    """Count those that fit where sizes come again in an order; None where they do not."""
    ordered = next_in_order(fit.increments)
    return _that_fit(cycle(ordered), left_bytes, fit, fit.last.held) if ordered else None


def more_after_refusal(fit: Fit, left_bytes: float, short_bytes: float) -> int | None:
    """Play on where one step more would have passed a mark that lies short of the end.

    Args:
        fit: What was seen before that step.
        left_bytes: Up to the end.
        short_bytes: Between the mark and the end.

    Returns:
        How many more fit, as likely as not; None where hardly any of those seen passes the mark,
        so that the one that did was probably of another kind, or where it is the next of leaps
        that grow.
    """
    if leaps_grow(fit.increments):
        return None
    refused = [each for each in fit.increments if not _fits_whole(each, left_bytes - short_bytes)]
    if len(refused) < _COMMON_SHARE * len(fit.increments):
        return None
    return sorted(_play_on(fit, left_bytes, refused, play) for play in range(_PLAYS))[_PLAYS // 2]


def _play_on(fit: Fit, left_bytes: float, refused: list[Increment], play: int) -> int:
    draw = random.Random(play)
    first = draw.choice(refused)
    if not _fits_whole(first, left_bytes):
        return _part_that_fits(first, left_bytes)
    left_bytes -= first.count * first.bytes_each
    return first.count + _play(fit, left_bytes, draw, fit.last.held)


def _fits_whole(step: Increment, left_bytes: float) -> bool:
    return _part_that_fits(step, left_bytes) == step.count


def _play(fit: Fit, left_bytes: float, draw: random.Random, held: int) -> int:
    seen = draw.choices(fit.increments, k=len(fit.increments))
    if sum(each.bytes_each for each in seen) <= 0:
        seen = fit.increments
    return _that_fit(_drawn(seen, draw), left_bytes, fit, held)


def _that_fit(steps: Iterable[Increment], left_bytes: float, fit: Fit, held: int) -> int:
    """Count the sessions of these steps, one after the other, until one does not fit."""
    more, rise = 0, fit.peaks.rise_bytes
    for step in steps:
        fits = _part_that_fits(step, left_bytes - rise * (held + more - step.last))
        more += fits
        if fits < step.count:
            break
        left_bytes -= step.count * step.bytes_each
    return more


def _drawn(seen: list[Increment], draw: random.Random) -> Iterator[Increment]:
    for _ in range(_LONGEST_PLAY // _DRAWN_AT_ONCE * 10):
        yield from draw.choices(seen, k=_DRAWN_AT_ONCE)  # a fifth of the time of one by one


def _part_that_fits(step: Increment, left_bytes: float) -> int:
    room = left_bytes - step.transient_bytes
    if room < 0:
        return 0
    if step.bytes_each * step.count <= room:
        return step.count
    return int(room // step.bytes_each)
