"""From what sessions keep to how many fit. Pure.

N = (room - baseline - T) / b for equal sessions. Where each keeps more than the last, the growth is
carried on. Where they are simply unequal, the rest of the way is played through many times with
the sessions that were seen (a bootstrap, Efron 1979): the middle outcome is the number, and the
outer ones are its interval.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stresstune.memory.fit import Fit
from stresstune.memory.steps import Increment
from stresstune.model.record import Estimate

VARY_RATIO = 0.03
"""An interval wider than this share of the number (and than one session) is said to be one."""

LARGEST_COUNT = 10**9
"""No number of sessions above this is reckoned with."""

_STUDENT_975 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14)
"""Student's t, 97.5 %, for 1, 2, … degrees of freedom; a little more than 2 beyond."""

_SKEWED = 1.4
"""A few sessions of a skewed kind show too little of its spread: with this factor, the interval of
12 lognormal sessions holds the truth in 95 of 100 worlds."""

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

    >>> from stresstune.memory.steps import Step
    >>> equal = Fit([Step(n, 20_000_000 + n * 78_000_000) for n in range(5)])
    >>> project(equal, 2_000_000_000).sessions
    25
    """
    left = room_bytes - fit.last.memory_bytes
    short = left if fit.threads == 1 else left - fit.transient_bytes
    if short < 0:
        best = high = _fewer(fit, short)
        low = _fewer(fit, short - fit.peak_doubt_bytes)
    else:
        low, best, high = _by_play(fit, left) if _is_playable(fit, left) else _by_sum(fit, left)
    held = fit.last.held
    low, best, high = (min(LARGEST_COUNT, max(0, held + more)) for more in (low, best, high))
    return Projection(
        sessions=best,
        low=low,
        high=high,
        bytes_per_session=_estimate(fit, low, best, high),
        baseline_bytes=_baseline_bytes(fit, best),
        transient_bytes=round(fit.expected_transient_bytes(max(best, held))),
        sizes_vary=best - low > max(1.0, VARY_RATIO * best),
        grows=fit.grows,
    )


def _fewer(fit: Fit, short_bytes: float) -> int:
    """Count how many of those held are too many, as a negative number."""
    return math.floor(short_bytes / fit.size_bytes)


def _is_playable(fit: Fit, left_bytes: float) -> bool:
    steps = left_bytes / max(1.0, fit.size_bytes * fit.measured / len(fit.increments))
    if fit.tide:
        return False
    return not fit.is_equal and not fit.grows and len(fit.increments) >= 3 and steps < _LONGEST_PLAY


def _by_sum(fit: Fit, left_bytes: float) -> tuple[int, int, int]:
    """Count further sessions: with doubt added, without, and with doubt taken away."""
    # Doubt has two parts: the sessions still to come differ, and the mean itself is not exact.
    doubt = _SKEWED * fit.spread_bytes * _student(fit.freedom)

    def reach(doubt_bytes: float, peak_doubt_bytes: float = 0.0) -> int:
        def fits(more: int) -> bool:
            spread = doubt_bytes * math.sqrt(more + more * more / fit.measured)
            peak = fit.expected_transient_bytes(fit.last.held + more) + peak_doubt_bytes
            return fit.sum_of_next(more) + spread + peak <= left_bytes

        return _last_that(fits)

    low, best, high = reach(doubt, fit.peak_doubt_bytes), reach(0.0), reach(-doubt)
    if len(fit.increments) == 1 and fit.largest_bytes > 0:
        low = min(low, math.floor(left_bytes / fit.largest_bytes))
    return low, best, high


def _by_play(fit: Fit, left_bytes: float) -> tuple[int, int, int]:
    """Play the rest of the way, each time with other sessions drawn from those that were seen."""
    # The same evidence gives the same number, and more room in the same play never fewer.
    outcomes = sorted(_play(fit, left_bytes, random.Random(play)) for play in range(_PLAYS))
    low = outcomes[round(0.025 * _PLAYS)]
    # A few sessions know little of how unequal all are; Student's t knows that they do not.
    least, level, most = _by_sum(fit, left_bytes)
    middle, high = outcomes[_PLAYS // 2 - 1], outcomes[round(0.975 * _PLAYS)]
    if fit.threads > 1:  # peaks of other rounds meet this one's sessions too
        middle = min(middle, level)
    return min(low, least), middle, max(high, min(most, 2 * high))


def _play(fit: Fit, left_bytes: float, draw: random.Random) -> int:
    seen = draw.choices(fit.increments, k=len(fit.increments))
    if sum(each.bytes_each for each in seen) <= 0:
        seen = fit.increments
    more = 0
    for step in _drawn(seen, draw):
        fits = _part_that_fits(step, left_bytes)
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


def _estimate(fit: Fit, low: int, best: int, high: int) -> Estimate:
    """Give the mean size of all sessions up to the number, with the ends that explain it."""
    mean = _mean_bytes(fit, best)
    error = _student(fit.freedom) * fit.spread_bytes / math.sqrt(fit.measured)
    smallest = min(mean - error, mean * best / high if high else mean)
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


def _last_that(holds: Callable[[int], bool]) -> int:
    """Find the largest number for which it holds, where it holds for all smaller ones."""
    upper = 1
    while holds(upper) and upper < LARGEST_COUNT:
        upper *= 2
    lower, upper = upper // 2, min(upper, LARGEST_COUNT)
    while upper - lower > 1:
        middle = (lower + upper) // 2
        lower, upper = (middle, upper) if holds(middle) else (lower, middle)
    return lower
