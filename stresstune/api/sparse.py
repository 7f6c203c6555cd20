"""Do calls fail however few there are? A sparse look, before that is said.

Refusals that no quota explains are taken for chance. But two limits at once, or somebody else who
calls now and then, leave such a log too, and then fewer calls are admitted all right. So calls are
offered at less than the pace that was admitted, as unevenly as users make them: where each of so
many is admitted that chance would have refused one, it is the load that was too much, and what was
admitted then is a lower bound.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import anyio

from stresstune.api.caller import Caller
from stresstune.api.evidence import Evidence
from stresstune.api.proof import WINDOW_SECONDS, most_in_window, proven_in_window
from stresstune.model.api import Limit

PACE_RATIO, WHOLE_PACE_RATIO, SLOWER_RATIO = 0.7, 0.35, 0.6
"""Calls are offered at such a share of what was admitted between refusals, or in the fullest minute
where that is more (a window that counts refused calls admits nothing between them); and after a
refusal at such a share of the pace until then."""

REST_SECONDS = 4.0
"""After a refusal so much is waited until a single call is tried: what is used up opens again."""

LOOK_SECONDS = 1.6 * WINDOW_SECONDS
"""Whenever a window of a minute turns, most of one is seen in so long a time."""

MOST_REFUSED = 3
"""So many refusals of sparse calls are chance, or a limit that leaves next to nothing."""

CHANCE_RATIO = 0.01
"""Calls are enough where refusals at random would let all of them in so rarely."""


async def look_sparsely(caller: Caller, evidence: Evidence, tell: Callable[[str], None]) -> None:
    """Take calls for failing at random only if sparse ones fail too, where there is time to see.

    Args:
        caller: Makes calls within the budget.
        evidence: Where they are kept, and the limit is.
        tell: Told why.
    """
    overload = next((one for one in evidence.limits if one.kind == "overload"), None)
    if overload is None or len(evidence.limits) > 1 or not _all_are_429s(evidence):
        return
    pace, needed = _pace_per_second(evidence), _calls_that_tell(overload.value)
    begun = caller.driver.now()
    if pace <= 0 or not caller.can_spend(needed) or not caller.can_wait(needed / pace):
        return
    tell("429s that fit no quota: are sparse calls refused too?")
    for _ in range(MOST_REFUSED):
        if not await _opens(caller):
            return
        since = caller.driver.now()
        if await _all_are_admitted(caller, pace, begun + LOOK_SECONDS):
            starts = [start for start in evidence.admitted_seconds() if start >= since]
            if len(starts) >= needed:
                looked = [start for start in evidence.admitted_seconds() if start >= begun]
                proved = min(proven_in_window(looked), math.floor(WINDOW_SECONDS * pace))
                _take_back(overload, proved, len(starts), evidence)
                tell(f"they are not: at least {proved} a minute are admitted")
            return
        pace *= SLOWER_RATIO


async def _opens(caller: Caller) -> bool:
    """Try a single call now and then until one is admitted; return whether one was in time."""
    while caller.can_wait(REST_SECONDS):
        await anyio.sleep(REST_SECONDS)
        streamed = await caller.stream(
            lambda: caller.driver.in_flight + 1, lambda: caller.least_gap_seconds, at_most=1
        )
        if streamed.admitted:
            return True
    return False


async def _all_are_admitted(caller: Caller, per_second: float, until_seconds: float) -> bool:
    """Offer calls at such a pace, with exponential gaps, until one is refused."""
    chance = random.Random(caller.ledger.sent)  # seeded: the same each time
    streamed = await caller.stream(
        lambda: caller.evidence.workload.sessions,
        lambda: max(chance.expovariate(per_second), caller.least_gap_seconds),
        go_on=lambda: caller.driver.now() < until_seconds,
    )
    return streamed.refusal is None


def _take_back(overload: Limit, proved: float, calls: int, evidence: Evidence) -> None:
    refused = overload.evidence.partition(" failed")[0]
    limit = Limit(
        kind="requests_per_minute",
        value=proved,
        low=proved,
        high=None,
        provenance="lower_bound",
        evidence=(
            f"{refused} were refused, by no quota that is known, and {calls} sparse ones in a row "
            "were all admitted: more may be"
        ),
    )
    evidence.limits[evidence.limits.index(overload)] = limit
    evidence.stray = 0


def _calls_that_tell(ratio: float) -> int:
    """Return how many calls in a row chance would hardly admit.

    >>> _calls_that_tell(0.1), _calls_that_tell(0.5)
    (44, 7)
    """
    return math.ceil(math.log(CHANCE_RATIO) / math.log1p(-min(ratio, 0.99)))


def _all_are_429s(evidence: Evidence) -> bool:
    """Whether every call that failed was refused by a 429: no quota answers otherwise."""
    failed = {a.outcome for a in evidence.attempts if a.outcome not in ("ok", "ignored")}
    return failed == {"rejected"}


def _pace_per_second(evidence: Evidence) -> float:
    """Return the pace at which sparse calls are offered."""
    starts = evidence.admitted_seconds()
    first = min((a.started_seconds for a in evidence.refusals()), default=math.inf)
    since: Sequence[float] = [start for start in starts if start >= first]
    between = len(since) / max(since[-1] - first, 1.0) if since else 0.0
    whole = most_in_window(starts) / WINDOW_SECONDS if starts else 0.0
    return max(PACE_RATIO * between, WHOLE_PACE_RATIO * whole)
