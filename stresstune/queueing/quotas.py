"""What quotas refuse: windows and buckets."""

from __future__ import annotations

import math
from functools import lru_cache

from msgspec.structs import replace

from stresstune.queueing.servers import engset_loss
from stresstune.queueing.users import REMEMBERED, Users, largest

LEAST_ROOM_RATIO = 0.5
"""Share of a bucket's rate that is taken to be unused, at least, where it is reckoned for how long
calls must fluctuate to empty it (by simulation; with less, some numbers are one too high)."""

SOONEST_Z = 2.5
"""Standard deviations, of the logarithm, by which an answer may come sooner than the mean."""

LEAST_CALLS_OF_A_WINDOW, LEAST_WINDOW_SECONDS = 12.0, 60.0
"""Where the number of calls in a fixed window is taken as normal."""

FIXED_TOLERANCE_RATIO = 0.8
"""Share of the tolerance that is used there (by simulation, some numbers are one too high else)."""


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
    count = math.floor(servers)
    # 1/B is the sum of count!/(count - k)! / offered^k; beyond its peak it soon says no more
    inverse = term = 1.0
    for left in range(count, 0, -1):
        term *= left / offered
        inverse += term
        if inverse > 1e12:
            return 0.0
        if left < offered and term < 1e-16 * inverse:
            break
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
    if window_seconds <= users.latency_seconds:
        # nobody calls twice in so short a window: finite sources that are busy for its length
        within = users.cycle_seconds - window_seconds
        busy = replace(users, think_seconds=within, latency_seconds=window_seconds)
        return engset_loss(math.floor(quota), sessions, busy) * users.refusal_feedback
    offered = sessions * window_seconds / users.cycle_seconds
    roughness = _roughness(window_seconds, users)
    return erlang_b(quota / roughness, offered / roughness) * users.refusal_feedback


def _roughness(seconds: float, users: Users) -> float:
    """Variance over mean of the calls in a span of time: Poisson's where it is short.

    A user whose cycle is no shorter than the span makes one call in it or none. In a longer span
    even the most regular user makes one call more or less, by when it begins: to the asymptotic
    variance of a renewal process comes a constant (Cox 1962, Renewal Theory, 4.5), which is 1/6
    for a constant cycle, and nothing for Poisson's.
    """
    cycles = seconds / users.cycle_seconds
    share = min(cycles, 1.0)
    short = users.dispersion * share + (1 - share)
    by_chance = min(math.sqrt(users.dispersion), 1.0)
    of_phases = (1 + 3 * by_chance**4 - 4 * by_chance**3) / 6
    return max(short, users.dispersion + of_phases / max(cycles, 1.0))


@lru_cache(REMEMBERED)
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


def fixed_window_loss(quota: float, window_seconds: float, sessions: int, users: Users) -> float:
    """Return the share of calls that a fixed window refuses, one that admits all again as it turns.

    What is refused is what calls exceed the quota by, window for window, and their number is taken
    as normal: that needs a dozen of them, and a window longer than a user's cycle.

    Args:
        quota: Calls a window.
        window_seconds: Its length.
        sessions: N.
        users: What they do.

    >>> minute = Users(think_seconds=2.0, latency_seconds=1.5)
    >>> rolling, fixed = (loss(150, 60, 8, minute) for loss in (window_loss, fixed_window_loss))
    >>> fixed < rolling
    True
    """
    calls = sessions * window_seconds / users.cycle_seconds
    if calls <= 0:
        return 0.0
    spread = math.sqrt(calls * _roughness(window_seconds, users))
    room = (quota - calls) / spread
    density = math.exp(-room * room / 2) / math.sqrt(2 * math.pi)
    exceeding = spread * (density - room * math.erfc(room / math.sqrt(2)) / 2)
    return exceeding / calls * users.refusal_feedback


@lru_cache(REMEMBERED)
def sessions_under_fixed_window(quota: float, window_seconds: float, users: Users) -> int:
    """Return how many users a quota of calls a fixed window carries; see `fixed_window_loss`.

    Of fewer than a dozen calls, or a window that is shorter than a minute, no more is said than of
    a rolling one.

    >>> sessions_under_fixed_window(300, 60, Users(think_seconds=2.0, latency_seconds=1.5))
    17
    """
    rolling = sessions_under_window(quota, window_seconds, users)
    if quota < LEAST_CALLS_OF_A_WINDOW or window_seconds < LEAST_WINDOW_SECONDS:
        return rolling

    def holds(sessions: int) -> bool:
        loss = fixed_window_loss(quota, window_seconds, sessions, users)
        return loss <= FIXED_TOLERANCE_RATIO * users.tolerance_ratio

    return max(rolling, largest(holds))


def window_needed(sessions: int, window_seconds: float, users: Users) -> int:
    """Return the smallest quota a window that carries so many users.

    >>> window_needed(8, 60, Users(think_seconds=2.0, latency_seconds=1.5))
    148
    """
    least = largest(
        lambda quota: window_loss(quota, window_seconds, sessions, users) > users.tolerance_ratio
    )
    return least + 1


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
    # the nearer the load is to the rate, the longer a bucket takes to be full again
    roughness = _roughness(size / rate_per_second / max(1 - load, LEAST_ROOM_RATIO), users)
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


@lru_cache(REMEMBERED)
def sessions_under_bucket(rate_per_second: float, burst: float, users: Users) -> int:
    """Return how many users a token bucket carries.

    Args:
        rate_per_second: Refill, in calls a second.
        burst: Size of the bucket in calls.
        users: What they do.

    >>> sessions_under_bucket(2.5, 25, Users(think_seconds=2.0, latency_seconds=1.5))
    8
    """
    if rate_per_second <= 0:
        return 0
    tolerated = users.tolerance_ratio
    by_flow = largest(lambda n: bucket_loss(rate_per_second, burst, n, users) <= tolerated)
    # nobody who waits that long for an answer calls twice while so many calls flow in: what a
    # rolling window of them admits, from few users, the bucket admits all the more
    places = math.floor(min(max(burst, 1.0), rate_per_second * _soonest_seconds(users)) + 1e-9)
    if places < 1:
        return by_flow
    seconds = places / rate_per_second
    return max(by_flow, largest(lambda n: window_loss(places, seconds, n, users) <= tolerated))


def _soonest_seconds(users: Users) -> float:
    """Return a response time (seconds) that hardly a call falls short of, taken as lognormal.

    See `SOONEST_Z`: 6 calls in 1,000.
    """
    variation = users.latency_sd_seconds / max(users.latency_seconds, 1e-9)
    return users.latency_seconds * math.exp(-SOONEST_Z * variation)
