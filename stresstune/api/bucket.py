"""Whether a token bucket explains a log of calls: pure.

How full the bucket was is never seen, but it is bounded by every call: an admitted one found at
least its own weight there, a refused one found less. So the level is carried through the log as an
interval; a refill rate and a size explain the log if that interval never becomes empty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stresstune.api.event import Event

FITS, TOO_SMALL, TOO_LARGE = 0, 1, -1

LOW_STEPS = [0.8 / 1.04**step for step in range(95, 0, -1)]
FINE_STEPS = [0.8 + 0.01 * step for step in range(45)]
COARSE_STEPS = [1.25 * 1.02**step for step in range(81)]
"""Rates that are tried, as multiples of what was admitted a second since the first refusal: close
to it if the bucket was never full in between, up to six times as much if it was. Less is possible
by the one call at most that the first refusal left in it."""

SIZE_STEP_CALLS = 0.001
"""How exactly the size is sought, in calls."""

ENDS_HALVED = 6
"""How often the step between a rate that fits and its neighbour that does not is halved."""


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

    def size_at(rate: float) -> float | None:
        return _size_that_fits(events, first, rate, slack_calls)

    left_over = max(event.weight for event in events)
    least = 0.99 * (1 - left_over / flowed)
    steps = [step for step in (*LOW_STEPS, *FINE_STEPS, *COARSE_STEPS) if step >= least]
    rates = [flowed / seconds * step for step in steps]
    sizes = [size_at(rate) for rate in rates]
    fits = [place for place, size in enumerate(sizes) if size is not None]
    if not fits:
        return None
    low, high = (
        _end(rates[place], rates[min(max(place + step, 0), len(rates) - 1)], size_at)
        for place, step in ((fits[0], -1), (fits[-1], 1))
    )
    size = min(size for size in sizes if size is not None)
    return low * window_seconds, high * window_seconds, size


def _end(fits: float, beyond: float, size_at: Callable[[float], float | None]) -> float:
    """Return the end of the rates that fit, or a little beyond it."""
    for _ in range(ENDS_HALVED):
        middle = (fits + beyond) / 2
        fits, beyond = (fits, middle) if size_at(middle) is None else (middle, beyond)
    return beyond


def _size_that_fits(
    events: Sequence[Event], first: int, rate: float, slack_calls: float
) -> float | None:
    """Return the smallest size with which a rate explains the log, or None.

    A larger bucket explains more of what was admitted and less of what was refused. So the
    smallest that explains all that was admitted is sought, and must explain the rest.
    """
    call = max(event.weight for event in events)
    small = max(_least_size(events[: first + 1], rate), call)
    large = small + sum(event.weight for event in events if event.admitted)
    if _misfit(events, rate, small, slack_calls) != TOO_SMALL:
        large = small
    elif _misfit(events, rate, large, slack_calls) == TOO_SMALL:
        return None
    while large - small > SIZE_STEP_CALLS * call:
        middle = (small + large) / 2
        too_small = _misfit(events, rate, middle, slack_calls) == TOO_SMALL
        small, large = (middle, large) if too_small else (small, middle)
    return large if _misfit(events, rate, large, slack_calls) == FITS else None


def _least_size(opening: Sequence[Event], rate: float) -> float:
    """Return what must have been in the bucket for the calls before the first refusal."""
    end, held, least = opening[-1].seconds, 0.0, 0.0
    for event in reversed(opening[:-1]):
        held += event.weight
        least = max(least, held - rate * (end - event.seconds))
    return least


def _misfit(events: Sequence[Event], rate: float, size: float, slack_calls: float) -> int:
    """Return whether a bucket explains the log, or is too small or too large for it."""
    low, high = 0.0, size
    before = events[0].seconds
    for event in events:
        flowed = rate * (event.seconds - before)
        before = event.seconds
        # a bucket of hardly more than one call would explain anything if it were inexact
        slack = min(slack_calls * event.weight, max(size - event.weight, 0.0) / 2)
        low, high = min(low + flowed, size), min(high + flowed, size)
        if event.admitted:
            if high < event.weight - slack - 1e-9:
                return TOO_SMALL
            low, high = max(low - event.weight, -slack), max(high - event.weight, -slack)
        elif low >= event.weight + slack:
            return TOO_LARGE
        else:
            high = min(high, event.weight + slack)
    return FITS
