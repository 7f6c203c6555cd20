"""Whether a token bucket explains a log of calls: pure.

What is missing from a bucket is a queue that drains at the refill rate: each admitted call adds its
weight, and time takes away until nothing is missing. If it was full at the start, a rate alone says
what was missing at each call, so that each admitted call bounds the size from below, and each
refused one from above: a rate explains the log if these bounds leave something. A bucket that was
not full at the start explains more refusals, those that come before it could ever be full.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from stresstune.api.event import Event

LOW_STEPS = [0.8 / 1.04**step for step in range(95, 0, -1)]
FINE_STEPS = [0.8 + 0.01 * step for step in range(45)]
COARSE_STEPS = [1.25 * 1.02**step for step in range(81)]
"""Rates that are tried, as multiples of what was admitted a second since the first refusal: close
to it if the bucket was never full in between, up to six times as much if it was. Less is possible
by the one call at most that the first refusal left in it."""

ENDS_HALVED = 6
"""How often the step between a rate that fits and its neighbour that does not is halved."""

LIKELY_PLACES, PEAK_STEPS = 4, 12
"""Below the lowest rate that fits, it is looked closer so often at so many of the likeliest."""

LEAST_PER_SLACK = 8
"""So many times what it may be inexact by must be in a bucket, beside one call: a smaller one is
nearly always nearly empty, and explains refusals at random."""

_EXACT = 1e-9


class _Step(NamedTuple):
    """A call, or the last of several refused ones in a row: nothing changed between them."""

    after_seconds: float
    weight: float
    admitted: bool


class _Log(NamedTuple):
    """The calls, made ready to be held against many rates.

    Attributes:
        steps: All of them.
        refused: When they were refused (since the first call), and what had been admitted by then,
            each with its own weight.
        peaks: When what had been admitted was much for the time, and how much that was.
    """

    steps: list[_Step]
    refused: list[tuple[float, float]]
    peaks: list[tuple[float, float]]


def explain_as_bucket(
    events: Sequence[Event], window_seconds: float, slack_calls: float = 0.0
) -> tuple[float, float, float] | None:
    """Return the smallest and largest quota a window that fit, and the size of the bucket.

    Args:
        events: Calls in the order of time, at least one of them refused.
        window_seconds: The quota is what flows in during so long a time.
        slack_calls: How inexact the bucket may be, in calls.

    >>> calls = [Event(seconds=t / 10, admitted=t < 10 or t % 5 == 4) for t in range(200)]
    >>> low, high, _ = explain_as_bucket(calls, 60.0)
    >>> 115 < low <= 120 <= high < 125
    True
    """
    first = next(place for place, event in enumerate(events) if not event.admitted)
    last = max(place for place, event in enumerate(events) if not event.admitted)
    flowed = sum(event.weight for event in events[first:last] if event.admitted)
    seconds = events[last].seconds - events[first].seconds
    if flowed <= 0 or seconds <= 0:
        return None
    log = _steps(events)
    call = max(event.weight for event in events)

    @cache
    def fit_at(rate: float, wholly: bool = False) -> _Fit:
        return _fit(log, rate, call, slack_calls, wholly=wholly)

    least = 0.99 * (1 - call / flowed)
    tried = [step for step in (*LOW_STEPS, *FINE_STEPS, *COARSE_STEPS) if step >= least]
    rates = [flowed / seconds * step for step in tried]
    fits: list[_Fit] = []
    is_below = slack_calls == 0  # between those below the first that fits, it is looked closer
    for rate in rates:
        fits.append(fit_at(rate, is_below))
        is_below = is_below and fits[-1].room <= 0
    if slack_calls == 0:
        first = next((place for place, fit in enumerate(fits) if fit.room > 0), len(fits) - 1)
        between, fits_between = _between(rates[: first + 1], fits[: first + 1], fit_at)
        rates = between + rates[first + 1 :]
        fits = fits_between + fits[first + 1 :]
    least_size = call + LEAST_PER_SLACK * slack_calls * call
    good = [place for place, fit in enumerate(fits) if fit.room > 0 and fit.size >= least_size]
    if not good:
        return None
    low, high = (
        _end(rates[place], rates[min(max(place + step, 0), len(rates) - 1)], fit_at)
        for place, step in ((good[0], -1), (good[-1], 1))
    )
    return low * window_seconds, high * window_seconds, min(fits[place].size for place in good)


def size_of_bucket(events: Sequence[Event], quota: float, window_seconds: float) -> float | None:
    """Return the smallest size of a bucket that explains a log, or None where none of it does.

    Args:
        events: Calls in the order of time, at least one of them refused.
        quota: What flows in during a window.
        window_seconds: Its length.

    >>> calls = [Event(seconds=t / 10, admitted=t < 10 or t % 5 == 4) for t in range(200)]
    >>> size_of_bucket(calls, 60, 60.0), round(size_of_bucket(calls, 120, 60.0), 1)
    (None, 8.2)
    """
    call = max(event.weight for event in events)
    fit = _fit(_steps(events), quota / window_seconds, call, 0.0, wholly=False)
    return fit.size if fit.room > 0 else None


def _between(
    rates: Sequence[float], fits: Sequence[_Fit], fit_at: Callable[[float, bool], _Fit]
) -> tuple[list[float], list[_Fit]]:
    """Return the rates with the best between the likeliest of them: few fit, at times.

    Between two neighbours the room is taken to have a single peak. Those that have more of it than
    both come first: rates at which the bucket is always full all lack next to nothing.
    """

    def unlikely(place: int) -> tuple[bool, float]:
        before, room, after = (fits[place + step].room for step in (-1, 0, 1))
        return not before < room >= after, -room

    likely = sorted(range(1, len(rates) - 1), key=unlikely)[:LIKELY_PLACES]
    found = []
    for place in likely:
        low, high = rates[place - 1], rates[place + 1]
        for _ in range(PEAK_STEPS):
            third = (high - low) / 3
            left, right = fit_at(low + third, True), fit_at(high - third, True)
            low, high = (low + third, high) if left.room < right.room else (low, high - third)
            if max(left.room, right.room) > 0:
                break
        found += [rates[place - 1], (low + high) / 2, rates[place + 1]]
    found = sorted({*rates, *found})
    return found, [fit_at(rate, True) for rate in found]


def _end(fits: float, beyond: float, fit_at: Callable[[float, bool], _Fit]) -> float:
    """Return the end of the rates that fit, or a little beyond it."""
    for _ in range(ENDS_HALVED):
        middle = (fits + beyond) / 2
        fits, beyond = (fits, middle) if fit_at(middle, False).room <= 0 else (middle, beyond)
    return beyond


def _steps(events: Sequence[Event]) -> _Log:
    steps, before, following = [], events[0].seconds, [*events[1:], None]
    weight = 0.0
    refused: list[tuple[float, float]] = []
    peaks: list[tuple[float, float]] = []
    for event, after in zip(events, following, strict=True):
        if event.admitted or after is None or after.admitted:
            steps.append(_Step(event.seconds - before, event.weight, event.admitted))
            before = event.seconds
            seconds = before - events[0].seconds
            if event.admitted:
                weight += event.weight
                peaks.append((seconds, weight))
            else:
                refused.append((seconds, weight + event.weight))
    return _Log(steps, refused, _highest(peaks))


def _highest(peaks: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Leave out what lies under a line between others: no rate makes it the most."""
    hull: list[tuple[float, float]] = []
    for x, y in peaks:
        while len(hull) > 1 and _is_under(hull[-1], hull[-2], (x, y)):
            hull.pop()
        hull.append((x, y))
    return hull


def _is_under(
    point: tuple[float, float], before: tuple[float, float], after: tuple[float, float]
) -> bool:
    rise = (after[1] - before[1]) * (point[0] - before[0])
    return (point[1] - before[1]) * (after[0] - before[0]) <= rise


class _Fit(NamedTuple):
    """How a rate explains the log.

    Attributes:
        size: The smallest size with which all that was admitted is explained.
        room: By how much it may be larger until something refused is not; it fits if above 0.
            Not reckoned to the end where it was not wholly asked for, once it is not above 0.
    """

    size: float
    room: float


def _fit(log: _Log, rate: float, call: float, slack_calls: float, *, wholly: bool) -> _Fit:
    left = max((weight - rate * seconds for seconds, weight in log.peaks), default=0.0)
    left = max(left, 0.0) + _EXACT
    small, large = call, math.inf
    hopeless = -math.inf if wholly else _EXACT - 2 * slack_calls * call
    missing = 0.0
    refused = iter(log.refused)
    for after_seconds, weight, admitted in log.steps:
        flowed = rate * after_seconds
        missing = missing - flowed if missing > flowed else 0.0
        if admitted:
            missing += weight
            if missing > small:
                small = missing
                if large - small <= hopeless:
                    break
        else:
            seconds, with_this = next(refused)
            # it had enough, were it full at the start
            if missing + weight < large and left >= with_this - rate * seconds:
                large = missing + weight
                if large - small <= hopeless:
                    break
    # one of hardly more than a call would explain anything if it were inexact
    small = max(small - slack_calls * call, (2 * small + call) / 3) if slack_calls else small
    slack = min(slack_calls * call, (small - call) / 2)
    return _Fit(small, large + slack - small - _EXACT)
