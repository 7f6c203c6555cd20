"""What servers refuse, and what they answer late: caps on concurrency, and queues."""

from __future__ import annotations

import math
from functools import lru_cache

from stresstune.queueing.users import REMEMBERED, Users, largest

NEGLIGIBLE_RATIO = 1e-14
"""Share of the likeliest state's probability below which a state is left out: less than rounding
makes of the sum."""

_SQRT_2 = math.sqrt(2)


def concurrency_needed(sessions: int, users: Users) -> int:
    """Return the smallest cap on concurrency that carries so many users.

    >>> concurrency_needed(10, Users(think_seconds=2.0, latency_seconds=1.5))
    8
    """
    return 1 + largest(lambda places: engset_loss(places, sessions, users) > users.tolerance_ratio)


def engset_loss(places: int, sessions: int, users: Users) -> float:
    """Return the share of calls that a cap on concurrency refuses (Engset 1918).

    The finite-source loss system: each of N users offers R / Z erlangs while idle; refused users
    go back to thinking. Insensitive to the distribution of R.

    Args:
        places: Calls in flight that are admitted.
        sessions: N.
        users: What they do.

    >>> engset_loss(30, 30, Users(think_seconds=2.0, latency_seconds=1.5))
    0.0
    """
    if sessions <= places:
        return 0.0
    if places < 1:
        return 1.0
    if users.think_seconds <= 0:
        return 1.0
    offered = users.latency_seconds / users.think_seconds
    loss = 1.0
    for place in range(1, places + 1):
        arriving = (sessions - place) * offered * loss
        loss = arriving / (place + arriving)
    return loss


def capped_queue_loss(places: int, rate_per_second: float, sessions: int, users: Users) -> float:
    """Return the share of calls that a queueing server refuses because its queue is full.

    The machine-repairman model with a limited waiting room, M/M/k/K//N: at most ``places`` calls
    are in the system, being served or waiting, and refused users go back to thinking.

    Args:
        places: K, calls in the system at the most.
        rate_per_second: Throughput at saturation.
        sessions: N.
        users: What they do; ``latency_seconds`` is the response time without a queue.

    >>> two = Users(think_seconds=2.0, latency_seconds=1.0)
    >>> round(capped_queue_loss(6, 2.0, 8, two), 3), capped_queue_loss(6, 2.0, 6, two)
    (0.081, 0.0)
    """
    if sessions <= places:
        return 0.0
    if places < 1:
        return 1.0
    served = _places(rate_per_second, users)
    presence = _presence(served, rate_per_second, sessions, users, at_most=places)
    calls = {present: (sessions - present) * weight for present, weight in presence}
    return calls.get(places, 0.0) / math.fsum(calls.values())


@lru_cache(REMEMBERED)
def sessions_under_concurrency(
    places: int, users: Users, served_per_second: float | None = None
) -> int:
    """Return how many users a cap on concurrency carries.

    Args:
        places: Calls in flight that are admitted.
        users: What they do.
        served_per_second: Throughput at saturation, where some of those calls wait for others.

    >>> sessions_under_concurrency(8, Users(think_seconds=2.0, latency_seconds=1.5))
    10
    """
    if places < 1:
        return 0
    if served_per_second is None:
        return largest(lambda n: engset_loss(places, n, users) <= users.tolerance_ratio)

    def loss(sessions: int) -> float:
        return capped_queue_loss(places, served_per_second, sessions, users)

    return largest(lambda sessions: loss(sessions) <= users.tolerance_ratio)


def late_ratio(
    rate_per_second: float, sessions: int, users: Users, objective_seconds: float
) -> float:
    """Return the share of calls that a queueing server answers later than the objective.

    The machine-repairman model M/M/k//N: k places that together serve ``rate_per_second``, and by
    the arrival theorem (Sevcik and Mitrani 1981) a call finds the queue as N - 1 users leave it.
    Its time in the queue is the sum of that many services, taken as lognormal: where services are
    uneven, so is the sum of a few of them, and rarely much longer.

    Args:
        rate_per_second: Throughput at saturation.
        sessions: N.
        users: What they do; ``latency_seconds`` is the response time without a queue.
        objective_seconds: When an answer is late.
    """
    places = _places(rate_per_second, users)
    service = max(users.latency_sd_seconds, 0.1 * users.latency_seconds)
    roughness = min((service / users.latency_seconds) ** 2, 1.0)
    late = least = 0.0
    for present, weight in sorted(_presence(places, rate_per_second, sessions - 1, users)):
        # a service under way is half over on average, the more so the more even services are
        ahead = max(0.0, present - places + 1 - (1 - roughness) / 2)
        mean = users.latency_seconds + ahead / rate_per_second
        variance = service**2 + ahead * roughness / rate_per_second**2
        spread = math.sqrt(math.log1p(variance / mean**2))
        beyond = math.log(objective_seconds / mean) + spread**2 / 2
        # who waits for more is late no more rarely, whatever the far end of a lognormal says
        least = max(least, math.erfc(beyond / (_SQRT_2 * spread)) / 2)
        late += weight * least
    return late


def _places(rate_per_second: float, users: Users) -> int:
    return max(1, round(rate_per_second * users.latency_seconds))


def _presence(
    places: int,
    rate_per_second: float,
    sessions: int,
    users: Users,
    at_most: int | None = None,
) -> list[tuple[int, float]]:
    """How many calls are in the system, each with its probability.

    The probabilities rise to one peak and fall from it, so that only the calls around the peak are
    reckoned: about the square root of the sessions, not all of them.
    """
    most = sessions if at_most is None else min(sessions, at_most)
    think_rate = 1 / max(users.think_seconds, 1e-3)

    def growth(present: int) -> float:
        serving = rate_per_second * min(present, places) / places
        return (sessions - present + 1) * think_rate / serving

    peak = largest(lambda present: present <= most and growth(present) >= 1)
    weights = [(peak, 1.0)]
    above = below = 1.0
    for present in range(peak + 1, most + 1):
        above *= growth(present)
        if above < NEGLIGIBLE_RATIO:
            break
        weights.append((present, above))
    for present in range(peak, 0, -1):
        below /= growth(present)
        if below < NEGLIGIBLE_RATIO:
            break
        weights.append((present - 1, below))
    total = math.fsum(weight for _, weight in weights)
    return [(present, weight / total) for present, weight in weights]


@lru_cache(REMEMBERED)
def sessions_under_throughput(
    rate_per_second: float, users: Users, objective_seconds: float, late_allowed_ratio: float = 0.05
) -> int:
    """Return how many users a queueing server answers within the latency objective.

    Args:
        rate_per_second: Throughput at saturation.
        users: What they do; ``latency_seconds`` is the response time without a queue.
        objective_seconds: When an answer is late.
        late_allowed_ratio: Share of answers that may be late (95 % in time is the default).

    >>> sessions_under_throughput(2.0, Users(think_seconds=2.0, latency_seconds=1.0), 10.0)
    21
    """
    if rate_per_second < 1e-9:
        return 0
    # response time law: beyond this many the mean alone is twice the objective
    hopeless = rate_per_second * (2 * objective_seconds + users.think_seconds) + 10

    def holds(sessions: int) -> bool:
        if sessions > hopeless:
            return False
        return late_ratio(rate_per_second, sessions, users, objective_seconds) <= late_allowed_ratio

    return largest(holds)
