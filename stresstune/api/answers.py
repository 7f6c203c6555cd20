"""What answers, and their absence, say: pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev

from stresstune.api.knee import GROWTH_OF_CHANCE_RATIO, growth_ratio
from stresstune.load.driver import CUT_OFF
from stresstune.model.load import Attempt, Latency
from stresstune.stats import quantile, wilson_interval

LEAST_CALLS_THAT_TELL = 30
"""Fewer calls tell no share of failures."""

LATE_RATIO = 0.05
"""Share of the answers that may come later than the objective; 95 % are to be in time."""

LEAST_COLD, LEAST_WARM = 3, 8
"""So many calls tell that a service was slow at first, and so many that it is no longer."""

WARM_UP_SECONDS = 30.0
"""A service that is slow for so long is slow."""

CALLS_THAT_TELL_LATENESS = 400
"""By then it is taken as it was seen (a share of 0.05 is known to 0.011, one standard error)."""


def latency_of(seconds: Sequence[float]) -> Latency:
    """Summarise response times (seconds).

    >>> latency_of([1.0, 2.0, 3.0]).p50_seconds
    2.0
    """
    if not seconds:
        return Latency()
    return Latency(
        count=len(seconds),
        average_seconds=fmean(seconds),
        min_seconds=min(seconds),
        max_seconds=max(seconds),
        p50_seconds=quantile(seconds, 0.5),
        p95_seconds=quantile(seconds, 0.95),
        p99_seconds=quantile(seconds, 0.99),
    )


def as_of_warm(answered: Sequence[Attempt]) -> list[float]:
    """Return response times, less those of the beginning that were surely longer.

    Users who are answered sooner call sooner: what a service takes while it warms up would let in
    too many of them under a quota.

    Args:
        answered: Calls that were answered.
    """
    return [attempt.latency_seconds for attempt in _warm(answered)]


def _warm(answered: Sequence[Attempt]) -> list[Attempt]:
    ordered = sorted(answered, key=lambda attempt: attempt.started_seconds)
    seconds = [attempt.latency_seconds for attempt in ordered]
    for place in (len(seconds) // 16, *(part * len(seconds) // 8 for part in range(1, 7))):
        before, after = seconds[:place], seconds[place:]
        if place >= LEAST_COLD and len(after) >= LEAST_WARM and _is_longer(before, after):
            return _warm(ordered[place:])
    return ordered


def _is_longer(before: Sequence[float], after: Sequence[float]) -> bool:
    """Whether the means differ by three standard errors (Welch), and by a quarter."""
    usual = fmean(after)
    change = fmean(before) - usual
    if change <= 0.25 * usual:  # nearly always, and deviations cost a hundred times what means do
        return False
    error = math.hypot(stdev(before) / len(before) ** 0.5, stdev(after) / len(after) ** 0.5)
    return change > 3.0 * error


def patience_seconds(attempts: Sequence[Attempt], objective_seconds: float) -> float:
    """Return after what time without an answer none is expected any more.

    >>> patience_seconds([], 10.0)
    10.0
    """
    slowest = max((a.service_seconds for a in attempts if a.outcome == "ok"), default=0.0)
    return max(objective_seconds, 2 * slowest)


def judged(attempts: Sequence[Attempt], objective_seconds: float) -> list[Attempt]:
    """Return the calls of which is known what became of them; no answer for long is known.

    >>> cut = Attempt(intended_seconds=0, started_seconds=0, finished_seconds=60,
    ...               outcome="ignored", error=CUT_OFF)
    >>> len(judged([cut], 10.0)), len(judged([cut], 90.0))
    (1, 0)
    """
    patience = patience_seconds(attempts, objective_seconds)
    return [
        a
        for a in attempts
        if a.outcome != "ignored" or (a.error == CUT_OFF and a.service_seconds > patience)
    ]


def are_late_anyhow(attempts: Sequence[Attempt], objective_seconds: float) -> bool:
    """Return whether answers surely come too late, and not because others are waited for."""
    late, answers = _late(attempts, objective_seconds)
    if answers < LEAST_CALLS_THAT_TELL:
        return False
    low, _ = wilson_interval(late, answers)
    return low > LATE_RATIO and growth_ratio(attempts) < GROWTH_OF_CHANCE_RATIO


def may_warm_up(attempts: Sequence[Attempt]) -> bool:
    """Return whether the first call was so lately that a slow service may yet be quicker.

    >>> may_warm_up([])
    True
    """
    started = [attempt.started_seconds for attempt in attempts]
    return max(started, default=0.0) - min(started, default=0.0) < WARM_UP_SECONDS


def lateness_is_vague(attempts: Sequence[Attempt], objective_seconds: float) -> bool:
    """Return whether it is open that 95 % of the answers come in time, and calls would tell."""
    late, answers = _late(attempts, objective_seconds)
    if not late or answers >= CALLS_THAT_TELL_LATENESS:
        return False
    low, high = wilson_interval(late, answers)
    return low < LATE_RATIO < high


def _late(attempts: Sequence[Attempt], objective_seconds: float) -> tuple[int, int]:
    answers = _warm([attempt for attempt in attempts if attempt.outcome == "ok"])
    return sum(a.service_seconds > objective_seconds for a in answers), len(answers)
