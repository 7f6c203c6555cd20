"""Does a call that was refused count against the quota too? A stated quota does not say.

Where it does, a window that is used up stays so for as long as anybody tries, and fewer users fit.
So a few more refusals are asked for, and once the first calls have left a rolling minute another is
tried: it is admitted, unless the refused ones have taken their places. After a minute every fixed
window has turned, and every bucket flows, so that those admit it in any case.
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

LEAST_QUOTA = 6
"""A smaller one carries so few that it makes no difference."""

ON_THE_WAY_SECONDS = 0.3
"""Calls do not all take equally long to arrive."""

MOST_REFUSED_RATIO = 0.25
"""No more refusals are asked for, as a share of the quota; calls that came all at once leave so."""


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
        if not used:
            continue
        opens = used[0] + WINDOW_SECONDS + ON_THE_WAY_SECONDS
        # more refusals than calls that have left by then, give or take their way
        more = bisect_right(used, used[0] + 2 * ON_THE_WAY_SECONDS) + 1
        if more > MOST_REFUSED_RATIO * len(used) or not _is_in_time(caller, opens, more + 1):
            continue
        tell("the quota is used up: do refused calls count too?")
        if not await _asks(caller, more):
            await anyio.sleep(max(opens - caller.driver.now(), 0.0))
            if not await _asks(caller, 1):
                words = f"{limit.evidence}; refused calls are counted too"
                evidence.limits[place] = replace(limit, counts_rejected=True, evidence=words)


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
