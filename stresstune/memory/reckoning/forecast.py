"""From what sessions keep to how many fit. Pure.

N = (room - baseline - T) / b for equal sessions. Where each keeps more than the last, the growth is
carried on. Where they are simply unequal, the rest of the way is played through many times with
the sessions that were seen (a bootstrap, Efron 1979): the middle outcome is the number, and the
outer ones are its interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from stresstune.memory.reckoning import play
from stresstune.memory.reckoning.fit import FEW_ROWS, Fit
from stresstune.memory.reckoning.peaks import CERTAIN, LARGEST_COUNT, LIKELY, UNLIKELY
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

_MOST_BY_LUCK_RATIO = 2
"""The upper end of what luck may do is no more than so many times the number: what was given back
once says little of what is given back farther on."""


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
    seen = _by_play(fit, left) if play.is_possible(fit, left) else _by_sum(fit, left)
    if fit.threads == 1 and left >= 0:
        # These were held, and nobody died; where the moments differ, that may have been luck.
        sure = fit.steps_tell_sizes and fit.peaks.are_even(fit.size_bytes)
        low = max(0, seen.low) if sure else seen.low
        seen = _Outcomes(low, *(max(0, more) for more in seen[1:]))
    low, cautious, best, high = (min(LARGEST_COUNT, max(0, held + more)) for more in seen)
    likely = best
    with_luck = fit.held_with_luck(room_bytes)
    if fit.threads > 1:
        low, with_luck = _with_the_last_row(fit, low, high, with_luck)
        # The kernel itself kills these at numbers that differ: what hardly any is killed before.
        best = min(best, cautious)
        best = (low + best) // 2 if differ(low, best) else best
    best = min(best, math.floor(cautious + max(1.0, VARY_RATIO * cautious)))
    best = _before_occasion(fit, left, best)
    likely = likely if fit.threads > 1 else best
    best = max(best, _held_by_rows(fit, left))
    # Garbage that is collected in time, needs that do not meet: that may come, or may not.
    most = max(_MOST_BY_LUCK_RATIO * best, fit.last.held)
    with_luck = min(with_luck, most)
    high = max(high, best, with_luck)
    baseline, needed = _baseline_bytes(fit, best), round(_needed_at(fit, left, best))
    return Projection(
        sessions=best,
        low=min(low, best),
        high=high,
        bytes_per_session=_estimate(fit, low, best, high, room_bytes - baseline - needed),
        baseline_bytes=baseline,
        transient_bytes=needed,
        sizes_vary=differ(low, likely) or differ(best, with_luck),
        grows=fit.grows,
    )


def differ(fewer: int, more: int) -> bool:
    """Tell whether two numbers of sessions are more than one session and 3 % apart.

    >>> differ(99, 102), differ(9, 10), differ(9, 11)
    (False, False, True)
    """
    return more - fewer > max(1.0, VARY_RATIO * more)


def _before_occasion(fit: Fit, left_bytes: float, best: int) -> int:
    """Claim nothing beyond the next session of the kind that comes now and then, if too much."""
    if fit.occasion is None or best <= fit.last.held:
        return best
    return fit.occasion.last_before(best, left_bytes, fit.sum_of_next)


def _with_the_last_row(fit: Fit, low: int, high: int, with_luck: int) -> tuple[int, int]:
    """Let the last of a few rows be half made when it ends, or complete but for one session.

    Returns:
        How many fit at the least, and with luck.
    """
    if not 0 < with_luck < FEW_ROWS * fit.threads:
        return low, with_luck
    most = max(high, with_luck)
    return max(0, min(low, most - (fit.threads - 1))), most


def _held_by_rows(fit: Fit, left_bytes: float) -> int:
    """Give what is not taken back: what many rows of sessions held, and nobody died."""
    held = fit.held_by_all
    if fit.threads == 1 or left_bytes < 0 or held < FEW_ROWS * fit.threads:
        return 0
    return math.floor(held - max(1.0, VARY_RATIO * held))


def _needed_at(fit: Fit, left_bytes: float, best: int) -> float:
    """Tell what was kept free for a moment below this number."""
    more = max(0, best - fit.last.held)
    peaks = fit.peaks
    left = left_bytes - fit.sum_of_next(more) - peaks.rise_bytes * more
    return max(peaks.least_bytes, min(peaks.most_bytes, left)) + peaks.rise_bytes * more


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
    doubt = _SKEWED * fit.spread_bytes * student(fit.freedom)

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
    outcomes = play.outcomes(fit, left_bytes)

    def part(share: float) -> int:
        return outcomes[round(share * (len(outcomes) - 1))]

    # A few sessions know little of how unequal all are; Student's t knows that they do not. And
    # peaks of other steps meet this one's sessions too.
    summed = _by_sum(fit, left_bytes)
    drawn = _Outcomes(
        low=min(part(0.025), summed.low),
        cautious=min(part(0.1), summed.cautious),
        best=min(part(0.495), summed.best),
        high=max(part(0.975), min(summed.high, 2 * part(0.975))),
    )
    best = play.in_order(fit, left_bytes)
    if best is None:
        return drawn
    # The interval stays: that they come in an order is not certain.
    return drawn._replace(cautious=best, best=best, high=max(best, drawn.high))


def _estimate(fit: Fit, low: int, best: int, high: int, filled_bytes: float) -> Estimate:
    """Give the mean size of all sessions up to the number, with the ends that explain it.

    Where the number is a cautious one, so is the size that goes with it.
    """
    mean = _mean_bytes(fit, best)
    if best >= fit.last.held:
        mean = max(mean, filled_bytes / (best + 1))
    error = student(fit.freedom) * fit.spread_bytes / math.sqrt(fit.measured)
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


def student(freedom: int) -> float:
    """Give Student's t, 97.5 %, for so many degrees of freedom; 0 for none."""
    if freedom < 1:
        return 0.0
    return _STUDENT_975[freedom - 1] if freedom <= len(_STUDENT_975) else 2.1
