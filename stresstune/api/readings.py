"""From what was stated or reasoned to limits: pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from stresstune.api.estimate import Explanation
from stresstune.api.event import Event
from stresstune.api.knee import Throughput
from stresstune.api.proof import WINDOW_SECONDS, most_in_window
from stresstune.model.api import Limit, LimitKind
from stresstune.model.load import Attempt, QuotaStatement

SURELY_WITHIN_SECONDS, SETTLED_SECONDS = 58.0, 1.0
"""What was admitted in so short a time was surely in one minute, give or take its way; and what was
admitted so long after a refusal came after it."""

DAY_FROM_SECONDS = 3_600.0
"""A window so long does not turn within a probe: what is used up stays so for the event."""


def distinct_quotas(attempts: Iterable[Attempt]) -> list[QuotaStatement]:
    """Return what the 429s of a run stated, each statement once, the delays of the first kept."""
    seen: dict[tuple[object, ...], QuotaStatement] = {}
    for attempt in attempts:
        for quota in attempt.quotas:
            key = (quota.quota, quota.window_seconds, quota.value, quota.quota_id, quota.model)
            seen.setdefault(key, quota)
    return list(seen.values())


def limits_stated(
    quotas: Iterable[QuotaStatement], admitted_seconds: Sequence[float]
) -> list[Limit]:
    """Turn what a 429 states into limits.

    Args:
        quotas: The statements.
        admitted_seconds: When calls were admitted, in order, until the refusal.
    """
    limits = []
    for quota in quotas:
        window_seconds = quota.window_seconds or 60.0
        kind = _kind_stated(quota, window_seconds)
        if quota.value is None and kind == "requests_per_day":
            limits.append(_unnamed_day(quota, len(admitted_seconds)))
        if quota.value is None or quota.quota not in ("requests", "tokens"):
            continue
        per_minute = 1.0 if kind == "requests_per_day" else 60.0 / window_seconds
        value = quota.value * per_minute
        limits.append(
            Limit(
                kind=kind,
                value=value,
                low=value,
                high=value,
                provenance="stated",
                window_seconds=window_seconds,
                burst=_burst(float(quota.value), window_seconds, admitted_seconds)
                if kind == "requests_per_minute"
                else None,
                evidence=f"a 429 named {quota.quota_id or 'the quota'} with {quota.value}",
            )
        )
    return limits


def _unnamed_day(quota: QuotaStatement, admitted: int) -> Limit:
    return Limit(
        kind="requests_per_day",
        value=admitted,
        low=admitted,
        high=None,
        provenance="lower_bound",
        window_seconds=quota.window_seconds,
        evidence=f"a 429 named {quota.quota_id or 'a daily quota'} without its value",
    )


def _kind_stated(quota: QuotaStatement, window_seconds: float) -> LimitKind:
    if window_seconds >= DAY_FROM_SECONDS:
        return "requests_per_day"
    return "tokens_per_minute" if quota.quota == "tokens" else "requests_per_minute"


def _burst(quota: float, window_seconds: float, admitted: Sequence[float]) -> float | None:
    """Return the least size of the bucket, if it was one; None where a whole window was admitted.

    What came in any span, less what flowed in meanwhile, was in it.
    """
    if not admitted or most_in_window(admitted, window_seconds) >= 0.9 * quota:
        return None
    per_second = quota / window_seconds
    most, before = 1.0, math.inf
    for place, start in enumerate(admitted):
        flowed = per_second * start
        before = min(before, place - flowed)
        most = max(most, place + 1 - flowed - before)
    return most


def limit_explained(explanations: Sequence[Explanation], *, by_tokens: bool) -> Limit:
    """Turn the explanations of a log into one limit: the lowest reading, unless they agree.

    Args:
        explanations: At least one, the lowest first.
        by_tokens: Weights were tokens.
    """
    lowest = min(explanations, key=lambda explanation: explanation.low_per_minute)
    longest = max(explanation.window_seconds for explanation in explanations)
    if longest >= DAY_FROM_SECONDS:
        return _perhaps_a_day(lowest, by_tokens=by_tokens)
    low = lowest.low_per_minute
    high = max(explanation.high_per_minute for explanation in explanations)
    machines = sorted({explanation.machine for explanation in explanations})
    agreed = high <= low * 1.1 + 120.0 / lowest.window_seconds
    sizes = [explanation.burst for explanation in explanations if explanation.burst is not None]
    # a fixed window is read to the call; a bucket only to the one that was flowing in
    value = lowest.middle * 60.0 / lowest.window_seconds if len(explanations) == 1 else low
    return Limit(
        kind="tokens_per_minute" if by_tokens else "requests_per_minute",
        value=value if agreed else low,
        low=low,
        high=None if math.isinf(high) else high,
        provenance="measured" if agreed else "lower_bound",
        window_seconds=lowest.window_seconds,
        # of what may be a bucket, the fewer of the users are carried that either reading carries
        burst=min(sizes) if sizes and (machines == ["bucket"] or not agreed) else None,
        counts_rejected="sliding_counting_rejected" in machines,
        resets=machines == ["fixed"] and lowest.slack == 0,
        evidence=_fits_words(lowest.window_seconds, machines),
    )


def not_longer(limit: Limit) -> Limit:
    """Say of a limit that a longer window explains the log too, by a rare chance."""
    words = f"{limit.evidence}; a longer one would have had to turn just while it was looked at"
    return replace(limit, provenance="lower_bound", evidence=words)


def _fits_words(window_seconds: float, machines: Sequence[str]) -> str:
    words = "the log of calls fits " + " or ".join(name.replace("_", " ") for name in machines)
    return words if window_seconds == 60 else f"{words}, a window of {window_seconds:g} s"


def _perhaps_a_day(lowest: Explanation, *, by_tokens: bool) -> Limit:
    """Return the lowest reading of what stayed shut for longer than any minute: the day's."""
    what = "tokens" if by_tokens else "calls"
    return Limit(
        kind="tokens_per_minute" if by_tokens else "requests_per_day",
        value=lowest.low_per_minute if by_tokens else lowest.low,
        low=lowest.low_per_minute if by_tokens else lowest.low,
        high=None,
        provenance="lower_bound",
        window_seconds=lowest.window_seconds,
        evidence=(
            f"{lowest.low:,.0f} {what} were admitted, and then none for longer than a minute: the "
            "window is a longer one, and may be the day; with more time the probe tells which"
        ),
    )


def limit_of_throughput(throughput: Throughput) -> Limit:
    """Turn what a queueing server serves into a limit."""
    return Limit(
        kind="throughput",
        value=throughput.per_second,
        low=throughput.low,
        high=throughput.high,
        provenance="measured",
        evidence=(
            f"answers took {throughput.growth_ratio:.1f} times as long among many calls as among "
            f"few, and no more than {throughput.per_second:.2f} a second came"
        ),
    )


def as_seen(limit: Limit, throughput: Throughput | None, log: Sequence[Event]) -> Limit:
    """Say of a limit what was seen of it since it was found.

    Args:
        limit: As it was found.
        throughput: What a queueing server serves, if it was found.
        log: All calls in the order of time.
    """
    if limit.kind == "requests_per_minute" and limit.provenance == "stated":
        return _turning(limit, log)
    return served(limit, throughput)


def _turning(limit: Limit, log: Sequence[Event]) -> Limit:
    """Say of a stated quota that it admitted again before the first calls could leave a window."""
    is_window = limit.window_seconds == WINDOW_SECONDS and limit.burst is None and limit.value > 0
    refused = next((event.seconds for event in log if not event.admitted), None)
    if not is_window or refused is None:
        return limit
    first = [e.seconds for e in log if e.admitted and e.seconds < refused + SETTLED_SECONDS]
    again = [e.seconds for e in log if e.admitted and e.seconds >= refused + SETTLED_SECONDS]
    used = max(limit.value, most_in_window(first, SURELY_WITHIN_SECONDS))
    if not again or most_in_window([*first, *again], SURELY_WITHIN_SECONDS) <= used:
        return limit
    words = f"{limit.evidence}; it admits all of it again as its window turns"
    return replace(limit, resets=True, evidence=words)


def served(limit: Limit, throughput: Throughput | None) -> Limit:
    """Say of a cap on concurrency how fast the calls that it admits are served."""
    if limit.kind != "concurrency" or throughput is None:
        return limit
    return replace(limit, served_per_second=throughput.low)
