"""How much of a quota somebody else takes, steadily: pure.

Whoever offers calls evenly over a whole window that is used up meets what the others meet: as many
of their calls are refused, in proportion, as of ours. What was admitted and is not ours is theirs,
so that their rate follows, and what it leaves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec.structs import replace

from stresstune.api.event import Event
from stresstune.model.api import Limit
from stresstune.model.load import QuotaStatement

WINDOW_SECONDS = 60.0

EXACT_RATIO = 0.03
"""A count that misses the quota by no more is the whole quota: calls on their way, and services
that count in several places, are so inexact."""


OVERTAKEN_SECONDS = 0.5
"""Calls overtake each other on their way: so much later ones may have come before a refused one."""

OTHERS_Z = 1.65
"""Standard errors by which the calls of others are reckoned more than counted: one in twenty."""


def in_window(events: Sequence[Event], end_seconds: float, *, admitted: bool = True) -> float:
    """Return what was admitted (or offered) in the window that ends at some moment."""
    return sum(
        event.weight
        for event in events
        if end_seconds - WINDOW_SECONDS < event.seconds <= end_seconds
        and (event.admitted or not admitted)
    )


def is_whole(events: Sequence[Event], quota: float, stated: QuotaStatement) -> bool:
    """Return whether the calls until the first refusal were the whole quota of a minute.

    As many as the quota since the minute turned were, if the delay that came with the refusal says
    when it will turn again; else as many in a minute. More than that were in more windows than one.

    Args:
        events: Calls in the order of time, at least one of them refused.
        quota: A minute, in the unit of their weights.
        stated: What the refusal said.

    >>> calls = [Event(seconds=t, admitted=t < 40) for t in range(41)]
    >>> stated = QuotaStatement(quota="requests", retry_delay_seconds=50.0)  # it turned at 30
    >>> is_whole(calls, 40, stated), is_whole(calls, 10, stated), is_whole(calls, 30, stated)
    (False, True, False)
    """
    refused = next(event.seconds for event in events if not event.admitted)
    until = [event for event in events if event.seconds <= refused + OVERTAKEN_SECONDS]
    call = max(event.weight for event in events)
    delay_seconds = stated.retry_delay_seconds
    if delay_seconds is not None and 0 < delay_seconds <= WINDOW_SECONDS:
        turned = refused + delay_seconds - WINDOW_SECONDS
        # A minute's calls may be of two windows, and as many by chance.
        if turned > until[0].seconds:
            since = sum(e.weight for e in until if e.admitted and e.seconds >= turned - 1e-3)
            return _agree(since, quota, call)
    return _agree(in_window(until, refused + OVERTAKEN_SECONDS), quota, call)


def _agree(counted: float, quota: float, call: float) -> bool:
    return abs(counted - quota) <= max(call, EXACT_RATIO * quota)


def left_by_others(
    quota: float, events: Sequence[Event], end_seconds: float, seen_seconds: float = WINDOW_SECONDS
) -> tuple[float, float]:
    """Return what others leave of a quota, a minute: as counted, and at least.

    Args:
        quota: A minute.
        events: Calls in the order of time, offered evenly over the minute before the end.
        end_seconds: Then it was used up; if it never was, others take at most what is reckoned.
        seen_seconds: So much of that minute was seen, if not all of it.

    >>> calls = [Event(seconds=t / 2, admitted=t % 3 > 0) for t in range(120)]
    >>> left, _ = left_by_others(120, calls, 60.0)
    >>> round(left, 1)  # 80 of 119 calls were admitted, and 40 of 59.5 of the others
    60.5
    """
    offered = in_window(events, end_seconds, admitted=False)
    admitted = in_window(events, end_seconds)
    call = max(event.weight for event in events)
    missing = quota - admitted
    if missing <= max(call, EXACT_RATIO * quota):
        return quota, quota
    if admitted <= 0 or seen_seconds <= 0:
        return 0.0, 0.0
    per_missing = offered / admitted * WINDOW_SECONDS / seen_seconds
    others = per_missing * missing
    # they come at random: that moves the moment when the window is used up, and in other minutes
    # they are more
    error = OTHERS_Z * math.hypot(per_missing * math.sqrt(missing * call), math.sqrt(others * call))
    return max(quota - others, 0.0), max(quota - others - error, 0.0)


def shared(limit: Limit, left: float, low: float) -> Limit:
    """Return a limit of which others take a part."""
    if low >= limit.low:
        return limit
    evidence = (
        f"{limit.evidence}; somebody else takes a part: about {left:,.0f} of {limit.value:,.0f} a "
        f"minute are left, and {low:,.0f} are reckoned with"
    )
    return replace(limit, low=low, evidence=evidence)
