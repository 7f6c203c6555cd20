"""From what sessions keep to how many fit. Pure.

N = (room - baseline - T) / b for equal sessions. Where each keeps more than the last, the growth is
carried on. Where they are simply unequal, the rest of the way is played through many times with
the sessions that were seen (a bootstrap, Efron 1979): the middle outcome is the number, and the
outer ones are its interval.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import NamedTuple

from stresstune.memory.reckoning.fit import Fit
from stresstune.memory.reckoning.pattern import leaps_grow, next_in_order
from stresstune.memory.reckoning.peaks import CERTAIN, LARGEST_COUNT, LIKELY, UNLIKELY
from stresstune.memory.reckoning.steps import Increment
from stresstune.model.record import Estimate

VARY_RATIO = 0.03
"""An interval wider than this share of the number (and than one session) is said to be one."""

_STUDENT_975 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14)
"""Student's t, 97.5 %, for 1, 2, … degrees of freedom; a little more than 2 beyond."""

_SKEWED = 1.4
"""A few sessions of a skewed kind show too little of its spread: with this factor, the interval of
12 lognormal sessions holds the truth in 95 of 100 worlds."""

_NINE_IN_TEN = 1.28
"""So many standard deviations are not exceeded nine times in ten."""

_COMMON_SHARE = 0.05
"""Steps that are rarer than this among those seen are of another kind, and not drawn again."""

_MANY_ROWS = 4
_PLAYS = 200
_LONGEST_PLAY = 400
_DRAWN_AT_ONCE = 40


@dataclass(frozen=True, slots=True)
class Projection:
    """How many sessions fit into a room.

    Attributes:
        sessions: The number itself.
        low: Lower end of its 95 % interval.
        high: Upper end.
        bytes_per_session: What one more keeps, on average up to that number.
        baseline_bytes: What there is without any session, lazily loaded parts included.
        transient_bytes: What making a session needs for a moment beyond what it keeps.
        sizes_vary: The interval is wider than one session and 3 %.
        grows: Each session keeps more than the one before.
    """

    sessions: int
    low: int
    high: int
    bytes_per_session: Estimate
    baseline_bytes: int
    transient_bytes: int
    sizes_vary: bool
    grows: bool


def project(fit: Fit, room_bytes: float) -> Projection:
    """Reckon how many sessions fit into a room (a limit less what others hold there).

    >>> from stresstune.memory.reckoning.steps import Step
    >>> equal = Fit([Step(n, 20_000_000 + n * 78_000_000) for n in range(5)])
    >>> project(equal, 2_000_000_000).sessions
    25
    """
    left = room_bytes - fit.last.memory_bytes
    held = fit.last.held
    seen = _by_play(fit, left) if _is_playable(fit, left) else _by_sum(fit, left)
    if fit.threads == 1 and left >= 0:
        # These were held, and nobody died; where the moments differ, that may have been luck.
        low = max(0, seen.low) if fit.peaks.are_even(fit.size_bytes) else seen.low
        seen = _Outcomes(low, *(max(0, more) for more in seen[1:]))
    low, cautious, best, high = (min(LARGEST_COUNT, max(0, held + more)) for more in seen)
    likely = best
    if fit.threads > 1:
        best = min(best, cautious)  # the kernel itself kills these at numbers that differ
    best = min(best, math.floor(cautious + max(1.0, VARY_RATIO * cautious)))
    likely = likely if fit.threads > 1 else best
    best = max(best, _held_by_rows(fit, left))
    high = max(high, best)
    baseline, needed = _baseline_bytes(fit, best), round(_needed_at(fit, left, best))
    return Projection(
        sessions=best,
        low=low,
        high=high,
        bytes_per_session=_estimate(fit, low, best, high, room_bytes - baseline - needed),
        baseline_bytes=baseline,
        transient_bytes=needed,
        sizes_vary=likely - low > max(1.0, VARY_RATIO * best),
        grows=fit.grows,
    )


def _held_by_rows(fit: Fit, left_bytes: float) -> int:
    """Give what is not taken back: what many rows of sessions held, and nobody died."""
    held = fit.last.held
    if fit.threads == 1 or left_bytes < 0 or held < _MANY_ROWS * fit.threads:
        return 0
    return math.floor(held - max(1.0, VARY_RATIO * held))


def _needed_at(fit: Fit, left_bytes: float, best: int) -> float:
    """Tell what was kept free for a moment below this number."""
    more = max(0, best - fit.last.held)
    peaks = fit.peaks
    left = left_bytes - fit.sum_of_next(more) - peaks.rise_bytes * more
    return max(peaks.least_bytes, min(peaks.most_bytes, left)) + peaks.rise_bytes * more


def _is_playable(fit: Fit, left_bytes: float) -> bool:
    steps = left_bytes / max(1.0, fit.size_bytes * fit.measured / len(fit.increments))
    if not fit.steps_tell_sizes:
        return False
    return not fit.is_equal and not fit.grows and len(fit.increments) >= 3 and steps < _LONGEST_PLAY


class _Outcomes(NamedTuple):
    """How many more sessions fit.

    Attributes:
        low: Hardly ever fewer than this.
        cautious: Nine times in ten at least this.
        best: As likely fewer as more.
        high: Hardly ever more.
    """

    low: int
    cautious: int
    best: int
    high: int


def _by_sum(fit: Fit, left_bytes: float) -> _Outcomes:
    """Count further sessions: with doubt added, without, and with doubt taken away."""
    # Doubt has two parts: the sessions still to come differ, and the mean itself is not exact.
    doubt = _SKEWED * fit.spread_bytes * _student(fit.freedom)

    def left_with(doubt_bytes: float) -> Callable[[int], float]:
        def left(more: int) -> float:
            if more < 0:
                return left_bytes - more * fit.size_bytes
            spread = doubt_bytes * math.sqrt(more + more * more / fit.measured)
            return left_bytes - fit.sum_of_next(more) - spread

        return left

    peaks = fit.peaks
    best = peaks.last_before(left_with(0.0), LIKELY)
    rather_more = left_with(_NINE_IN_TEN * fit.spread_bytes)
    steeper, doubted = peaks.steeper(0), peaks.doubted()
    if fit.threads > 1:
        steeper, doubted = steeper.of_another_heap(), peaks.of_another_heap().doubted()
        steeper = steeper if fit.is_free else steeper.half_doubted()
    cautious = min(best, steeper.last_before(rather_more, UNLIKELY))
    low = min(cautious, doubted.last_before(left_with(doubt), LIKELY))
    if len(fit.increments) == 1 and fit.largest_bytes > 0:
        low = min(low, math.floor(left_bytes / fit.largest_bytes))
    return _Outcomes(low, cautious, best, max(best, peaks.last_before(left_with(-doubt), CERTAIN)))


def _by_play(fit: Fit, left_bytes: float) -> _Outcomes:
    """Play the rest of the way, each time with other sessions drawn from those that were seen."""
    # The same evidence gives the same number, and more room in the same play never fewer.
    outcomes = sorted(_play(fit, left_bytes, random.Random(play)) for play in range(_PLAYS))

    def part(share: float) -> int:
        return outcomes[round(share * _PLAYS)]

    # A few sessions know little of how unequal all are; Student's t knows that they do not. And
    # peaks of other steps meet this one's sessions too.
    summed = _by_sum(fit, left_bytes)
    drawn = _Outcomes(
        low=min(part(0.025), summed.low),
        cautious=min(part(0.1), summed.cautious),
        best=min(part(0.495), summed.best),
        high=max(part(0.975), min(summed.high, 2 * part(0.975))),
    )
    ordered = next_in_order(fit.increments)
    if not ordered:
        return drawn
    # The interval stays: that they come in an order is not certain.
    best = _that_fit(cycle(ordered), left_bytes, fit)
    return drawn._replace(cautious=best, best=best, high=max(best, drawn.high))


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
    return first.count + _play(fit, left_bytes - first.count * first.bytes_each, draw)


def _fits_whole(step: Increment, left_bytes: float) -> bool:
    return _part_that_fits(step, left_bytes) == step.count


def _play(fit: Fit, left_bytes: float, draw: random.Random) -> int:
    seen = draw.choices(fit.increments, k=len(fit.increments))
    if sum(each.bytes_each for each in seen) <= 0:
        seen = fit.increments
    return _that_fit(_drawn(seen, draw), left_bytes, fit)


def _that_fit(steps: Iterable[Increment], left_bytes: float, fit: Fit) -> int:
    """Count the sessions of these steps, one after the other, until one does not fit."""
    more, rise, held = 0, fit.peaks.rise_bytes, fit.last.held
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


def _estimate(fit: Fit, low: int, best: int, high: int, filled_bytes: float) -> Estimate:
    """Give the mean size of all sessions up to the number, with the ends that explain it.

    Where the number is a cautious one, so is the size that goes with it.
    """
    mean = _mean_bytes(fit, best)
    if best >= fit.last.held:
        mean = max(mean, filled_bytes / (best + 1))
    error = _student(fit.freedom) * fit.spread_bytes / math.sqrt(fit.measured)
    smallest = min(_mean_bytes(fit, best) - error, mean * best / high if high else mean)
    largest = max(mean + error, mean * best / low if low else mean)
    return Estimate(mean, max(0.0, smallest), largest)


def _mean_bytes(fit: Fit, sessions: int) -> float:
    more = max(0, sessions - fit.last.held)
    return (fit.mean_bytes * fit.measured + fit.sum_of_next(more)) / (fit.measured + more)


def _baseline_bytes(fit: Fit, sessions: int) -> int:
    """Give what is left of the memory when the sessions' share is taken away."""
    more = max(0, sessions - fit.last.held)
    total = fit.last.memory_bytes + fit.sum_of_next(more)
    return max(0, round(total - _mean_bytes(fit, sessions) * (fit.last.held + more)))


def _student(freedom: int) -> float:
    if freedom < 1:
        return 0.0
    return _STUDENT_975[freedom - 1] if freedom <= len(_STUDENT_975) else 2.1
