"""How many users a limit carries: pure queueing theory.

A user is a session that thinks for Z seconds (exponentially distributed here: nobody pauses by
the clock), calls, waits R seconds for the answer, and thinks again. By the interactive response
time law (Denning and Buzen 1978) N such users make N / (R + Z) calls a second. They are
independent of each other, so that their calls come unevenly; every function here leaves just the
room that this takes, so that no more than ``tolerance_ratio`` of the calls fail, and no more.

A refused call fails at once, and its user comes back after Z instead of R + Z: under overload
refusals breed refusals. `_calls_until_served` accounts for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

MAX_SESSIONS = 100_000
"""Where the search for a number of sessions ends; nothing here is made for more."""

NEGLIGIBLE_RATIO = 1e-14
"""Share of the likeliest state's probability below which a state is left out: less than rounding
makes of the sum."""

_NORMAL = NormalDist()


@dataclass(frozen=True, kw_only=True)
class Users:
    """Users of one kind.

    Attributes:
        think_seconds: Z, mean pause between an answer and the next call.
        latency_seconds: R, mean response time of a call that succeeds.
        latency_sd_seconds: Its standard deviation.
        tolerance_ratio: Share of calls that may fail for the reason under study.
    """

    think_seconds: float
    latency_seconds: float
    latency_sd_seconds: float = 0.0
    tolerance_ratio: float = 0.01

    @property
    def cycle_seconds(self) -> float:
        """R + Z, from one call of a user to the next."""
        return max(self.think_seconds + self.latency_seconds, 1e-6)

    @property
    def dispersion(self) -> float:
        """Variance over mean of the number of calls in a long window (renewal theory).

        It is the squared coefficient of variation of a user's cycle: 1 for Poisson arrivals.
        """
        variance = self.think_seconds**2 + self.latency_sd_seconds**2
        return min(max(variance / self.cycle_seconds**2, 0.02), 4.0)

    @property
    def refusal_feedback(self) -> float:
        """How much sooner a refused user is back than a served one (at least 1)."""
        return self.cycle_seconds / max(self.think_seconds, 0.05 * self.cycle_seconds)


def largest(holds: Callable[[int], bool]) -> int:
    """Return the largest n in 0 … `MAX_SESSIONS` with ``holds(n)``, if it is monotone.

    >>> largest(lambda n: n * n <= 50)
    7
    """
    low, high = 0, 1
    while high <= MAX_SESSIONS and holds(high):
        low, high = high, high * 2
    high = min(high, MAX_SESSIONS + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def erlang_b(servers: float, offered: float) -> float:
    """Return the blocking ratio of a loss system (Erlang 1917), continued to real servers.

    Args:
        servers: Places, at least 0; fractions are interpolated in the logarithm.
        offered: Offered load in erlangs.

    >>> round(erlang_b(5, 3.0), 4)
    0.1101
    """
    if offered <= 0:
        return 0.0
    inverse, count = 1.0, math.floor(servers)
    for place in range(1, count + 1):
        inverse = 1.0 + inverse * place / offered
        if inverse > 1e12:
            return 0.0
    fraction = servers - count
    if fraction == 0:
        return 1.0 / inverse
    above = 1.0 + inverse * (count + 1) / offered
    return math.exp(-(math.log(inverse) * (1 - fraction) + math.log(above) * fraction))


def window_loss(quota: float, window_seconds: float, sessions: int, users: Users) -> float:
    """Return the share of calls that a rolling window refuses.

    A call that is admitted occupies one of ``quota`` places for ``window_seconds``: a loss system
    with constant holding time, which Erlang's formula fits whatever the holding time's
    distribution. Arrivals smoother or rougher than Poisson enter by Hayward's approximation
    (Fredericks 1980). A fixed window refuses no more than a rolling one, so this serves for both.

    Args:
        quota: Calls a window.
        window_seconds: Its length.
        sessions: N.
        users: What they do.
    """
    offered = sessions * window_seconds / users.cycle_seconds
    roughness = _roughness(window_seconds, users)
    return erlang_b(quota / roughness, offered / roughness) * users.refusal_feedback


def _roughness(seconds: float, users: Users) -> float:
    """Variance over mean of the calls in a span of time: Poisson's where it is short.

    A user whose cycle is no shorter than the span makes one call in it or none.
    """
    share = min(seconds / users.cycle_seconds, 1.0)
    return max(users.dispersion * share + (1 - share), 0.02)


def sessions_under_window(quota: float, window_seconds: float, users: Users) -> int:
    """Return how many users a quota of calls a window carries.

    Args:
        quota: Calls a window that are admitted.
        window_seconds: Its length.
        users: What they do; for tokens, give the quota in mean calls.

    >>> minute = Users(think_seconds=2.0, latency_seconds=1.5)
    >>> sessions_under_window(150, 60, minute), sessions_under_window(300, 60, minute)
    (8, 16)
    """
    if quota < 1:
        return 0
    return largest(lambda n: window_loss(quota, window_seconds, n, users) <= users.tolerance_ratio)


def window_needed(sessions: int, window_seconds: float, users: Users) -> int:
    """Return the smallest quota a window that carries so many users.

    >>> window_needed(8, 60, Users(think_seconds=2.0, latency_seconds=1.5))
    148
    """
    least = largest(
        lambda quota: window_loss(quota, window_seconds, sessions, users) > users.tolerance_ratio
    )
    return least + 1


def concurrency_needed(sessions: int, users: Users) -> int:
    """Return the smallest cap on concurrency that carries so many users.

    >>> concurrency_needed(10, Users(think_seconds=2.0, latency_seconds=1.5))
    8
    """
    return 1 + largest(lambda places: engset_loss(places, sessions, users) > users.tolerance_ratio)


def bucket_loss(rate_per_second: float, burst: float, sessions: int, users: Users) -> float:
    """Return the share of calls that a token bucket refuses.

    A bucket of one call is Erlang's loss system with one place. A large one refuses like a
    Brownian motion between two reflecting barriers (Harrison 1985), and M/M/1/K is such a motion
    too, with twice the variance of Poisson arrivals to a bucket. So its formula serves for both
    ends, with the size counted in calls of the variance that arrivals really have.

    Args:
        rate_per_second: Refill.
        burst: Size of the bucket in calls.
        sessions: N.
        users: What they do.

    >>> one = Users(think_seconds=9.0, latency_seconds=1.0)
    >>> round(bucket_loss(1.0, 1.0, 1, one), 3)  # 0.1 erlang on one place, and users come back
    0.101
    """
    load = sessions / users.cycle_seconds / rate_per_second
    if load <= 0:
        return 0.0
    size = max(burst, 1.0)
    roughness = _roughness(size / rate_per_second, users)
    # 2 by theory; a bucket of two or three calls refuses a little more (by simulation)
    per_call = min(1.6 + 0.04 * (size - 1), 2.0)
    places = min(1 + (size - 1) * per_call / roughness, 1e6)
    if abs(load - 1) < 1e-9:
        return users.refusal_feedback / (places + 1)
    logarithm = places * math.log(load)
    if logarithm > 700:
        return users.refusal_feedback * (1 - 1 / load)
    power = math.exp(logarithm)
    return users.refusal_feedback * (1 - load) * power / (1 - load * power)


def sessions_under_bucket(rate_per_second: float, burst: float, users: Users) -> int:
    """Return how many users a token bucket carries.

    Args:
        rate_per_second: Refill, in calls a second.
        burst: Size of the bucket in calls.
        users: What they do.

    >>> sessions_under_bucket(2.5, 25, Users(think_seconds=2.0, latency_seconds=1.5))
    8
    """
    return largest(lambda n: bucket_loss(rate_per_second, burst, n, users) <= users.tolerance_ratio)


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


def sessions_under_concurrency(places: int, users: Users) -> int:
    """Return how many users a cap on concurrency carries.

    >>> sessions_under_concurrency(8, Users(think_seconds=2.0, latency_seconds=1.5))
    10
    """
    if places < 1:
        return 0
    return largest(lambda n: engset_loss(places, n, users) <= users.tolerance_ratio)


def late_ratio(
    rate_per_second: float, sessions: int, users: Users, objective_seconds: float
) -> float:
    """Return the share of calls that a queueing server answers later than the objective.

    The machine-repairman model M/M/k//N: k places that together serve ``rate_per_second``, and by
    the arrival theorem (Sevcik and Mitrani 1981) a call finds the queue as N - 1 users leave it.
    Its time in the queue is the sum of that many services, taken as normal.

    Args:
        rate_per_second: Throughput at saturation.
        sessions: N.
        users: What they do; ``latency_seconds`` is the response time without a queue.
        objective_seconds: When an answer is late.
    """
    places = max(1, round(rate_per_second * users.latency_seconds))
    service = max(users.latency_sd_seconds, 0.1 * users.latency_seconds)
    roughness = min((service / users.latency_seconds) ** 2, 1.0)
    late = 0.0
    for present, weight in _presence(places, rate_per_second, sessions - 1, users):
        # a service under way is half over on average, the more so the more even services are
        ahead = max(0.0, present - places + 1 - (1 - roughness) / 2)
        mean = users.latency_seconds + ahead / rate_per_second
        spread = math.sqrt(service**2 + ahead * roughness / rate_per_second**2)
        late += weight * (1 - _NORMAL.cdf((objective_seconds - mean) / spread))
    return late


def _presence(
    places: int, rate_per_second: float, sessions: int, users: Users
) -> list[tuple[int, float]]:
    """How many calls are there, each with its probability.

    The probabilities rise to one peak and fall from it, so that only the calls around the peak are
    reckoned: about the square root of the sessions, not all of them.
    """
    think_rate = 1 / max(users.think_seconds, 1e-3)

    def growth(present: int) -> float:
        serving = rate_per_second * min(present, places) / places
        return (sessions - present + 1) * think_rate / serving

    peak = largest(lambda present: present <= sessions and growth(present) >= 1)
    weights = [(peak, 1.0)]
    above = below = 1.0
    for present in range(peak + 1, sessions + 1):
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
