"""How long answers take that wait for nobody, and how well that is known: pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, median, pstdev
from typing import NamedTuple

from stresstune.api.answers import LEAST_WARM, as_of_warm, patience_seconds
from stresstune.api.knee import LEAST_ALONE, Throughput, crowded, may_wait
from stresstune.load.driver import CUT_OFF
from stresstune.model.load import Attempt
from stresstune.stats import mean_interval

LATENCY_Z = 1.0
"""Standard errors by which the mean response time is taken shorter, or longer, than measured (more
of them where calls are few); the rest of the safety lies in the share of the error tolerance that
is used."""

ALONE_Z = 1.65
"""The same for the few calls beside a queue, one in twenty: what they leave open is more than what
that share covers."""

PAIR = 2
"""Calls in flight that are few in any case."""

MOST_ERROR = 7.0
"""Natural logarithm of a factor of 1,000: nothing is known any more."""


class ResponseTime(NamedTuple):
    """Response times without a queue.

    Attributes:
        seconds: Of each call that tells.
        spread_seconds: Their standard deviation.
        low_seconds: Lower end of the interval of their mean.
        high_seconds: Upper end of it.
    """

    seconds: Sequence[float]
    spread_seconds: float = 0.0
    low_seconds: float = 0.0
    high_seconds: float = 0.0


def response_time(
    attempts: Sequence[Attempt],
    throughput: Throughput | None,
    objective_seconds: float,
    *,
    few_users: bool = False,
) -> ResponseTime:
    """Return how long answers take once the service is warm; its first call is left out.

    Args:
        attempts: Every call.
        throughput: What a queueing server serves, if it was found.
        objective_seconds: When an answer is late.
        few_users: A quota carries fewer of them than there were calls in flight.
    """
    answered = [attempt for attempt in attempts if attempt.outcome == "ok"]
    if not answered:
        return ResponseTime(())
    seconds = _unqueued(answered, throughput)
    if throughput is not None and throughput.services_seconds:
        services = throughput.services_seconds
        return _beside_a_queue(services, pstdev(services))
    if throughput is not None:
        found = _beside_a_queue(seconds, throughput.unqueued_sd_seconds)
        # some of these few may have been cold
        return found._replace(low_seconds=min(found.low_seconds, median(seconds)))
    mean, low, high = mean_interval(seconds, z=LATENCY_Z)
    patience = patience_seconds(attempts, objective_seconds)
    cut = [a.latency_seconds for a in attempts if a.outcome == "ignored" and a.error == CUT_OFF]
    _, _, high_of_all = mean_interval(
        completed(seconds, [second for second in cut if second <= patience]), z=LATENCY_Z
    )
    spread = math.sqrt(fmean((second - mean) ** 2 for second in seconds))
    low = min(low, _among_few(answered)) if few_users else low
    low = max(low, min(seconds))
    return ResponseTime(seconds, spread, low, max(high, high_of_all))


def _among_few(answered: Sequence[Attempt]) -> float:
    """Return how long answers took among few calls, where that may be less; else infinite.

    The many may have waited for each other, though that is not sure yet. That two at a time did is
    not told by two or three calls that were alone: the quickest of a handful are quick by chance.
    """
    answered = _less_the_first(answered)
    if not may_wait(answered):
        return math.inf
    few, _ = crowded(answered)
    if len(few) < LEAST_ALONE:
        few = [attempt for attempt in answered if attempt.in_flight <= PAIR]
    return fmean(attempt.latency_seconds for attempt in few)


def _beside_a_queue(seconds: Sequence[float], spread_seconds: float) -> ResponseTime:
    """Return the same for the few calls that met no queue.

    How much they differ by is told by the many that did, better than by themselves; and the mean of
    so few positive numbers is as likely to be too large by a factor as too small by it.
    """
    mean = fmean(seconds)
    error = ALONE_Z * spread_seconds / max(mean, 1e-9) / math.sqrt(len(seconds))
    factor = math.exp(min(error, MOST_ERROR))
    return ResponseTime(seconds, spread_seconds, mean / factor, mean * factor)


def completed(seconds: Sequence[float], cut_off_seconds: Sequence[float]) -> list[float]:
    """Return response times with those of calls that were cut off, as long as they would have been.

    The longest calls are the likeliest to be still under way at the end: without them the mean is
    too short. Each is taken to be as long as those are, on average, that took longer than it did
    until then (Efron 1967, redistribution to the right), or no longer where none did.

    >>> completed([1.0, 2.0, 6.0], [1.5, 7.0])
    [1.0, 2.0, 6.0, 7.0, 5.0]
    """
    known = list(seconds)
    for cut in sorted(cut_off_seconds, reverse=True):
        longer = [second for second in known if second >= cut]
        known.append(fmean(longer) if longer else cut)
    return known


def _less_the_first(answered: Sequence[Attempt]) -> Sequence[Attempt]:
    if len(answered) <= 2:
        return answered
    first = min(answered, key=lambda attempt: attempt.started_seconds)
    return [attempt for attempt in answered if attempt is not first]


def _unqueued(answered: Sequence[Attempt], throughput: Throughput | None) -> list[float]:
    answered = _less_the_first(answered)
    warm = as_of_warm(answered)
    if throughput is None:
        return warm
    alone = [a.latency_seconds for a in throughput.alone if a in answered]
    alone = alone or [a.latency_seconds for a in throughput.alone]
    # who waits for nobody is no slower than the others: these calls were cold
    is_cold = bool(alone) and len(warm) >= LEAST_WARM and fmean(warm) < fmean(alone)
    return warm if is_cold else alone
