"""Whether a token bucket explains a log of calls: pure.

How full the bucket was is never seen, but it is bounded by every call: an admitted one found at
least its own weight there, a refused one found less. So the level is carried through the log as an
interval; a refill rate and a size explain the log if that interval never becomes empty.
"""

from __future__ import annotations

from collections.abc import Sequence

from stresstune.api.event import Event

FINE_STEPS = [0.8 + 0.005 * step for step in range(91)]
COARSE_STEPS = [1.25 * 1.04**step for step in range(1, 42)]
"""Rates that are tried, as multiples of what was admitted a second since the first refusal: close
to it if the bucket was never full in between, up to six times as much if it was."""

SIZE_STEPS = (0.0, 0.4, 0.8, 1.2, 2.0, 4.0, 10.0, 30.0, float("inf"))
"""Sizes that are tried: so many calls more than the log shows to have been in it at least. Once
the bucket was full in between, only a size that is right to the call explains what followed."""


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
    fits = [
        (flowed / seconds * step, size)
        for step in (*FINE_STEPS, *COARSE_STEPS)
        if (size := _size_that_fits(events, first, flowed / seconds * step, slack_calls))
    ]
    if not fits:
        return None
    rates = [rate for rate, _ in fits]
    # the ends lie up to one step beyond the last rates that fit
    return (
        min(rates) * 0.9975 * window_seconds,
        max(rates) * 1.0025 * window_seconds,
        min(size for _, size in fits),
    )


def _size_that_fits(
    events: Sequence[Event], first: int, rate: float, slack_calls: float
) -> float | None:
    """Return the smallest size tried with which a rate explains the log, or None."""
    call = max(event.weight for event in events)
    least = max(_least_size(events[: first + 1], rate), call)
    for step in SIZE_STEPS:
        if _fits(events, rate, least + step * call, slack_calls):
            return least if step == float("inf") else least + step * call
    return None


def _least_size(opening: Sequence[Event], rate: float) -> float:
    """Return what must have been in the bucket for the calls before the first refusal."""
    end, held, least = opening[-1].seconds, 0.0, 0.0
    for event in reversed(opening[:-1]):
        held += event.weight
        least = max(least, held - rate * (end - event.seconds))
    return least


def _fits(events: Sequence[Event], rate: float, size: float, slack_calls: float) -> bool:
    low, high = 0.0, size
    before = events[0].seconds
    for event in events:
        flowed = rate * (event.seconds - before)
        before = event.seconds
        slack = slack_calls * event.weight
        low, high = min(low + flowed, size), min(high + flowed, size)
        if event.admitted:
            if high < event.weight - slack - 1e-9:
                return False
            low, high = max(low - event.weight, 0.0), max(high - event.weight, 0.0)
        elif low >= event.weight + slack:
            return False
        else:
            high = min(high, event.weight + slack)
    return True
