"""Does the service queue? Throughput, knee and response time without a queue: pure.

A server that queues instead of refusing shows in one thing only: with more calls in flight the
answers take longer, and no more of them come. By Little's law (in flight = throughput times
response time) both are the same observation, so that either checks the other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median

from stresstune.api.batches import batched_error, differ, quantile_of_batches, spread_of
from stresstune.api.in_time import in_time_per_second
from stresstune.api.single import services_of_one_place
from stresstune.model.load import Attempt
from stresstune.stats import Z_95

GROWTH_OF_A_QUEUE_RATIO = 1.3
"""Response times this much longer at a high level than at a low one are taken for a queue."""

ENOUGH_ALONE = 6
"""So many calls with few others in flight are enough; more would be found among more others."""

LEAST_ALONE = 4
"""So many calls without a queue replace those from before a change."""

GROWTH_OF_CHANCE_RATIO = 1.15
"""Answers that take so little longer among many others than among few are not queued."""

LEAST_COLD = 2
"""So many calls before those tell that the service was slow at first."""

LONGER_IN_PAIRS_RATIO = 1.5
"""Where calls take so much longer two at a time than alone, there is one place, and they waited."""

MAYBE_Z, SURE_Z = 1.65, 3.09
"""Standard errors that chance exceeds once in 20, and once in 1,000."""

NO_PLACE = 0.1
"""What is left over of a place is an error in counting them."""

LONGER_THAN_ONE_RATIO = 2.0
"""Where there is but one call alone, all of many others must be longer, and by so much."""

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
        since_seconds: It was surely another one before; 0 if it has not changed.
        alone: The calls that met no queue, as of late if there are enough of them.
        services_seconds: Of each call, where one at a time is served; else none.
    """

    per_second: float
    low: float
    high: float
    unqueued_seconds: float
    unqueued_sd_seconds: float
    growth_ratio: float
    since_seconds: float = 0.0
    alone: tuple[Attempt, ...] = ()
    services_seconds: tuple[float, ...] = ()

    def is_late_among(self, in_flight: int, objective_seconds: float) -> bool:
        """Return whether a call among so many is answered late by Little's law, if at all."""
        return in_flight > objective_seconds * self.per_second


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
    last = max((a.started_seconds for a in many), default=0.0)
    after = [a for a in few if a.started_seconds > last]
    few = after if _is_quicker(after, few) else few  # the service may be warm by then
    return _less_waiting_pairs(_less_cold(few)), many


def _is_quicker(after: Sequence[Attempt], few: Sequence[Attempt]) -> bool:
    before = [a.service_seconds for a in few if a not in after]
    if len(after) < LEAST_ALONE or not before:
        return False
    return median(before) > GROWTH_OF_CHANCE_RATIO * median(a.service_seconds for a in after)


def _less_cold(few: list[Attempt]) -> list[Attempt]:
    """Leave out the first calls if all of them took surely longer than all later ones."""
    few = sorted(few, key=lambda attempt: attempt.started_seconds)
    for place in range(LEAST_COLD, len(few) - LEAST_ALONE + 1):
        quickest = min(attempt.service_seconds for attempt in few[:place])
        slowest = max(attempt.service_seconds for attempt in few[place:])
        if quickest > GROWTH_OF_A_QUEUE_RATIO * slowest:
            return few[place:]
    return few


def _less_waiting_pairs(few: list[Attempt]) -> list[Attempt]:
    single = [attempt for attempt in few if attempt.in_flight == 1]
    pairs = [attempt.service_seconds for attempt in few if attempt.in_flight > 1]
    if not single or not pairs:
        return few
    longest = max(attempt.service_seconds for attempt in single)
    have_waited = min(pairs) > longest and median(pairs) > LONGER_IN_PAIRS_RATIO * longest
    return single if have_waited else few


def growth_ratio(attempts: Sequence[Attempt]) -> float:
    """Return how much longer answers take among many calls than among few (1 where unknown)."""
    return _growth(*crowded(attempts))


def _growth(few: Sequence[Attempt], many: Sequence[Attempt]) -> float:
    if not few or len(many) < (3 if len(few) > 1 else LEAST_ENDS):
        return 1.0
    alone = median(attempt.service_seconds for attempt in few)
    growth = median(attempt.service_seconds for attempt in many) / max(alone, 1e-9)
    return growth if len(few) > 1 or growth > LONGER_THAN_ONE_RATIO else 1.0


def find_throughput(attempts: Sequence[Attempt]) -> Throughput | None:
    """Return the throughput of a queueing server, or None where nothing queues.

    Args:
        attempts: Calls at several levels of concurrency, in the order of their ends.
    """
    few, many = crowded(attempts)
    growth = _growth(few, many)
    if growth < GROWTH_OF_A_QUEUE_RATIO or not _surely_longer(few, many):
        return None
    all_ends = _gaps_while_crowded(attempts)
    ends = _as_of_late(all_ends)
    gaps = [gap for _, gap in ends]
    if len(gaps) < LEAST_ENDS - 1:
        return None
    since = ends[0][0]
    many = [attempt for attempt in many if attempt.finished_seconds >= since]
    late = [attempt for attempt in few if attempt.started_seconds >= since]
    few = late if len(late) >= LEAST_ALONE else few
    mean = fmean(gaps)
    if mean <= 0:
        return None
    in_queue = [a.service_seconds for a in sorted(many, key=lambda a: a.started_seconds)]
    spread = spread_of([attempt.service_seconds for attempt in few], in_queue)
    # gaps between ends follow each other unevenly when several places end together; and few of
    # them may be more even by chance than the services that they are made of
    usual = max(fmean(attempt.service_seconds for attempt in few), 1e-9)
    by_services = Z_95 * min(spread / usual, 1.0) / math.sqrt(len(gaps))
    error = max(quantile_of_batches(gaps) * batched_error(gaps) / mean, by_services)
    few = _more_unqueued(few, attempts, 1 / (mean * (1 + error)), spread)
    alone = [attempt.service_seconds for attempt in few]
    return Throughput(
        per_second=1 / mean,
        low=1 / (mean * (1 + error)),
        high=1 / (mean * max(1 - error, 0.05)),
        unqueued_seconds=fmean(alone),
        unqueued_sd_seconds=spread_of(alone, in_queue),
        growth_ratio=growth,
        since_seconds=since if len(ends) < len(all_ends) else 0.0,
        alone=tuple(few),
        services_seconds=services_of_one_place(attempts, few, 1 / mean, since),
    )


def _more_unqueued(
    few: list[Attempt], attempts: Sequence[Attempt], low_per_second: float, spread_seconds: float
) -> list[Attempt]:
    """Add calls begun among so many as are surely served at once (Little's law): none has waited.

    How many these are is told by those that were alone, taken as short as they may be.
    """
    single = [attempt.service_seconds for attempt in few if attempt.in_flight == 1]
    if len(single) < 2 or fmean(single) <= 0:
        return few
    error = MAYBE_Z * spread_seconds / fmean(single) / math.sqrt(len(single))
    places = math.ceil(low_per_second * fmean(single) * math.exp(-error) - NO_PLACE)
    if places <= max(attempt.in_flight for attempt in few):
        return few
    begin = min(attempt.started_seconds for attempt in few)
    ok = [a for a in attempts if a.outcome == "ok" and a.started_seconds >= begin]
    return [attempt for attempt in ok if attempt.in_flight <= places]


def find_in_time(attempts: Sequence[Attempt], objective_seconds: float) -> Throughput | None:
    """Do the same, and take off what is not served any more at the latency objective."""
    found = find_throughput(attempts)
    if found is None:
        return None
    in_time = in_time_per_second(attempts, objective_seconds)
    return replace(found, low=min(found.low, in_time))


def is_queue_unmeasured(attempts: Sequence[Attempt]) -> bool:
    """Return whether calls surely wait for others, and how fast they are served is not yet told."""
    few, many = crowded(attempts)
    longer = _growth(few, many) >= GROWTH_OF_A_QUEUE_RATIO
    return longer and _surely_longer(few, many) and find_throughput(attempts) is None


def may_wait(attempts: Sequence[Attempt]) -> bool:
    """Return whether answers take longer among many calls, by chance no more than once in 20."""
    few, many = crowded(attempts)
    wins, mean, spread = _ranks(few, many)
    longer = _growth(few, many) >= GROWTH_OF_A_QUEUE_RATIO
    return longer and wins - mean > MAYBE_Z * spread


def _surely_longer(few: Sequence[Attempt], many: Sequence[Attempt]) -> bool:
    wins, mean, spread = _ranks(few, many)
    return wins - mean > SURE_Z * spread or (len(few) < 5 and wins == 2 * mean)


def _ranks(few: Sequence[Attempt], many: Sequence[Attempt]) -> tuple[float, float, float]:
    """Return how often one of many took longer than one of few, its mean and spread by chance.

    Mann and Whitney 1947, normal approximation.
    """
    alone = [attempt.service_seconds for attempt in few]
    among = [attempt.service_seconds for attempt in many]
    wins = sum((b > a) + 0.5 * (b == a) for a in alone for b in among)
    mean = len(alone) * len(among) / 2
    return wins, mean, math.sqrt(mean * (len(alone) + len(among) + 1) / 6)


def _gaps_while_crowded(attempts: Sequence[Attempt]) -> list[tuple[float, float]]:
    """Return when calls ended while more were in flight than half of the most, and since the last.

    What was in flight at other times tells nothing: nobody may have waited. Who gave up waiting was
    in flight too.
    """
    most = max(attempt.in_flight for attempt in attempts if attempt.outcome == "ok")
    waited = [attempt for attempt in attempts if attempt.outcome in ("ok", "timed_out")]
    moves = [(a.started_seconds, 1, False) for a in waited] + [
        (a.finished_seconds, -1, a.outcome == "ok") for a in waited
    ]
    gaps, level, crowded_since = [], 0, math.nan
    for seconds, step, is_answer in sorted(moves):
        level += step
        if is_answer:
            if not math.isnan(crowded_since):
                gaps.append((seconds, seconds - crowded_since))
            crowded_since = seconds
        if step < 0 and level + 1 <= most / 2:
            crowded_since = math.nan
    return gaps


def _as_of_late(ends: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    """Leave out the beginning where the service was surely slower or faster then.

    Services warm up, and burn credits: what users will meet is nearer to what was seen last.
    """
    for quarter in (1, 2, 3):
        place = quarter * len(ends) // 4
        if min(place, len(ends) - place) >= LEAST_ENDS - 1 and differ(
            [gap for _, gap in ends[:place]], [gap for _, gap in ends[place:]]
        ):
            return _as_of_late(ends[place:])
    return ends
