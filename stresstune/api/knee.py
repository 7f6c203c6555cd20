"""Does the service queue? Throughput, knee and response time without a queue: pure.

A server that queues instead of refusing shows in one thing only: with more calls in flight the
answers take longer, and no more of them come. By Little's law (in flight = throughput times
response time) both are the same observation, so that either checks the other.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from stresstune.model.load import Attempt
from stresstune.stats import Z_95

GROWTH_OF_A_QUEUE_RATIO = 1.3
"""Response times this much longer at a high level than at a low one are taken for a queue."""

ENOUGH_ALONE = 6
"""So many calls with few others in flight are enough; more would be found among more others."""

LEAST_ENDS = 16
"""Fewer answers under load tell no throughput."""


@dataclass(frozen=True, kw_only=True)
class Throughput:
    """What a queueing server serves.

    Attributes:
        per_second: Calls answered a second while calls were waiting.
        low: Lower end of its 95 % interval.
        high: Upper end.
        unqueued_seconds: Mean response time without a queue.
        unqueued_sd_seconds: Its standard deviation.
        growth_ratio: How much longer answers took at the highest level.
    """

    per_second: float
    low: float
    high: float
    unqueued_seconds: float
    unqueued_sd_seconds: float
    growth_ratio: float


def crowded(attempts: Sequence[Attempt]) -> tuple[list[Attempt], list[Attempt]]:
    """Part the answered calls: those begun with few others in flight, and those among many."""
    answered = [attempt for attempt in attempts if attempt.outcome == "ok"]
    if not answered:
        return [], []
    levels = sorted(attempt.in_flight for attempt in answered)
    most = levels[-1]
    low = levels[min(ENOUGH_ALONE, len(levels)) - 1]
    few = [a for a in answered if a.in_flight <= max(2, min(low, most // 8))]
    many = [a for a in answered if a.in_flight > most // 2 and a.in_flight > 2]
    return few, many


def growth_ratio(attempts: Sequence[Attempt]) -> float:
    """Return how much longer answers take among many calls than among few (1 where unknown)."""
    few, many = crowded(attempts)
    if len(few) < 2 or len(many) < 3:
        return 1.0
    alone = median(attempt.service_seconds for attempt in few)
    return median(attempt.service_seconds for attempt in many) / max(alone, 1e-9)


def find_throughput(attempts: Sequence[Attempt]) -> Throughput | None:
    """Return the throughput of a queueing server, or None where nothing queues.

    Args:
        attempts: Calls at several levels of concurrency, in the order of their ends.
    """
    few, many = crowded(attempts)
    growth = growth_ratio(attempts)
    if growth < GROWTH_OF_A_QUEUE_RATIO or not _surely_longer(few, many):
        return None
    ends = _ends_while_crowded(attempts)
    if len(ends) < LEAST_ENDS:
        return None
    gaps = [after - before for before, after in itertools.pairwise(ends)]
    mean = fmean(gaps)
    if mean <= 0:
        return None
    alone = [attempt.service_seconds for attempt in few]
    spread = math.sqrt(fmean((second - fmean(alone)) ** 2 for second in alone))
    # gaps between ends follow each other unevenly when several places end together
    error = Z_95 * _batched_error(gaps) / mean
    return Throughput(
        per_second=1 / mean,
        low=1 / (mean * (1 + error)),
        high=1 / (mean * max(1 - error, 0.05)),
        unqueued_seconds=fmean(alone),
        unqueued_sd_seconds=spread,
        growth_ratio=growth,
    )


def _surely_longer(few: Sequence[Attempt], many: Sequence[Attempt]) -> bool:
    """Compare ranks (Mann and Whitney 1947, normal approximation, one-sided at 1 in 1,000)."""
    alone = [attempt.service_seconds for attempt in few]
    among = [attempt.service_seconds for attempt in many]
    wins = sum((b > a) + 0.5 * (b == a) for a in alone for b in among)
    mean = len(alone) * len(among) / 2
    spread = math.sqrt(len(alone) * len(among) * (len(alone) + len(among) + 1) / 12)
    return wins - mean > 3.09 * spread or (len(alone) < 5 and wins == len(alone) * len(among))


def _ends_while_crowded(attempts: Sequence[Attempt]) -> list[float]:
    """Return the ends of calls while more were in flight than half of the most there were."""
    answered = [attempt for attempt in attempts if attempt.outcome == "ok"]
    most = max(attempt.in_flight for attempt in answered)
    first = min(a.started_seconds for a in answered if a.in_flight > most / 2)
    last = max(attempt.started_seconds for attempt in answered)
    return sorted(a.finished_seconds for a in answered if first <= a.finished_seconds <= last)


def _batched_error(gaps: Sequence[float]) -> float:
    """Return the standard error of the mean gap, by batch means (at most 10 batches)."""
    batches = min(10, len(gaps) // 2)
    if batches < 2:
        return fmean(gaps)
    size = len(gaps) // batches
    means = [fmean(gaps[place * size : (place + 1) * size]) for place in range(batches)]
    centre = fmean(means)
    return math.sqrt(sum((mean - centre) ** 2 for mean in means) / (batches - 1) / batches)
