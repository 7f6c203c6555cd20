"""Does a call that was refused count against the quota too? A stated quota does not say.

Where it does, a window that is used up stays so for as long as anybody tries, and fewer users fit.
Only in a rolling window does it matter: a fixed one stays shut until it turns, and a bucket flows,
in any case. Both of them mostly admit again once the delay that came with the refusal is over, a
rolling window never before its first calls have left it, so one call is tried then. Where that is
refused, a few more refusals are asked for, and once the first calls have left a rolling minute
another is tried: it is admitted, unless the refused ones have taken their places.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

import anyio
from msgspec.structs import replace

from stresstune.api.caller import Caller
from stresstune.api.evidence import Evidence
from stresstune.api.proof import WINDOW_SECONDS
from stresstune.model.api import Limit
from stresstune.model.load import Attempt

TURNED_SECONDS = 1.0
"""Delays are stated in whole seconds, and mostly rounded down."""

LEAST_QUOTA = 6
"""A smaller one carries so few that it makes no difference."""

ON_THE_WAY_SECONDS = 0.3
"""Calls do not all take equally long to arrive; where answers are quicker, no longer than those."""

MOST_REFUSED_RATIO, FEW_REFUSED = 0.25, 12
"""No more refusals are asked for, as a share of the quota, or where these are more; calls that came
all at once leave so."""


async def look_whether_refused_count(
    caller: Caller, evidence: Evidence, tell: Callable[[str], None]
) -> None:
    """Find out whether refused calls count against a stated quota a minute, if there is time.

    Args:
        caller: Makes calls within the budget.
        evidence: Where they are kept, and the limit is.
        tell: Told why.
    """
    for place, limit in enumerate(evidence.limits):
        used = _calls_that_used_it_up(limit, evidence)
        counting = replace(
            limit,
            counts_rejected=True,
            evidence=f"{limit.evidence}; refused calls are counted too",
        )
        if not used or not _matters(counting, place, evidence):
            continue
        way_seconds = min(caller.short_seconds(), ON_THE_WAY_SECONDS)
        # where somebody else had used a part, a fixed window turns later than a rolling one opens
        opens = max(used[0] + WINDOW_SECONDS, _turns_seconds(evidence)) + way_seconds
        # more refusals than calls that have left by then, give or take their way
        more = bisect_right(used, opens - WINDOW_SECONDS + way_seconds) + 1
        if more > max(MOST_REFUSED_RATIO * len(used), FEW_REFUSED) or more >= len(used):
            continue
        if not _is_in_time(caller, opens, more + 2):
            continue
        left = opens - caller.driver.now()
        tell(f"the quota is used up: do refused calls count too? Known in about {left:.0f} s")
        if await _opens_before(opens - 2 * way_seconds, caller, evidence):
            continue
        if not await _asks(caller, more):
            await anyio.sleep(max(opens - caller.driver.now(), 0.0))
            if not await _asks(caller, 1):
                evidence.limits[place] = counting


def _matters(counting: Limit, place: int, evidence: Evidence) -> bool:
    """Whether so many as are wanted would not fit, with or without a pause, if they do count."""
    wanted, think = evidence.workload.sessions, evidence.workload.think_seconds
    known = evidence.capacity()
    limits = [*evidence.limits[:place], counting, *evidence.limits[place + 1 :]]
    return replace(known, limits=tuple(limits)).max_sessions(think) < wanted


async def _opens_before(seconds: float, caller: Caller, evidence: Evidence) -> bool:
    """Try a call once the stated delay is over; return whether the window opened sooner than this.

    Args:
        seconds: No rolling window admits a call before that.
        caller: Makes calls within the budget.
        evidence: Where the refusal is kept.
    """
    first = _first_statement(evidence)
    delays = [one.retry_delay_seconds for one in first.quotas if one.retry_delay_seconds]
    due = first.finished_seconds + max(delays, default=WINDOW_SECONDS) + TURNED_SECONDS
    if due >= seconds:
        return False
    await anyio.sleep(max(due - caller.driver.now(), 0.0))
    return bool(await _asks(caller, 1))


def _turns_seconds(evidence: Evidence) -> float:
    """Return when the quota opens again, if the first refusal says that it is within a minute."""
    first = _first_statement(evidence)
    delays = (one.retry_delay_seconds or 0.0 for one in first.quotas)
    likely = [delay for delay in delays if 0 < delay <= WINDOW_SECONDS]
    return first.started_seconds + max(likely) if likely else 0.0


def _first_statement(evidence: Evidence) -> Attempt:
    return min((a for a in evidence.refusals() if a.quotas), key=lambda a: a.started_seconds)


def _calls_that_used_it_up(limit: Limit, evidence: Evidence) -> list[float]:
    """Return when those calls began, if they did so within a minute and alone; else none."""
    if limit.kind != "requests_per_minute" or limit.provenance != "stated":
        return []
    quota = round(limit.value)
    if quota < LEAST_QUOTA or limit.window_seconds != WINDOW_SECONDS:
        return []
    used = evidence.admitted_before_statement()[-quota:]
    return used if len(used) == quota and used[-1] - used[0] < WINDOW_SECONDS else []


def _is_in_time(caller: Caller, opens_seconds: float, calls: int) -> bool:
    pause_seconds = opens_seconds - caller.driver.now()
    return pause_seconds > 1.0 and caller.can_spend(calls) and caller.can_wait(pause_seconds + 2.0)


async def _asks(caller: Caller, calls: int) -> int:
    """Make so many calls, and return how many of them were admitted."""
    streamed = await caller.stream(
        lambda: caller.driver.in_flight + 1,
        lambda: caller.least_gap_seconds,
        at_most=calls,
        through_refusals=True,
    )
    return streamed.admitted
