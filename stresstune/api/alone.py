"""How long does a call take that waits for nobody, once the service is warm?

A queue shows in answers that take longer among many calls than among few. The few are the first
ones, and where the service was slow at first, they took as long as those that waited later: no
queue would be seen, and what is spent in it would be taken for the service's own. So where that may
be, a few calls are made alone again.
"""

from __future__ import annotations

from collections.abc import Callable

from stresstune.api.answers import as_of_warm
from stresstune.api.caller import Caller
from stresstune.api.evidence import Evidence
from stresstune.api.knee import LEAST_ALONE, crowded

CALLS_ALONE = LEAST_ALONE + 2
"""So many are made; each waits for the one before."""


async def look_alone(caller: Caller, evidence: Evidence, tell: Callable[[str], None]) -> None:
    """Make a few calls alone, if the first ones tell nothing, and there is time."""
    if not _tell_nothing(evidence) or not caller.can_spend(CALLS_ALONE):
        return
    tell("the service was slow at first: a few calls alone, to see whether others waited")
    await caller.falls_to(0)
    await caller.stream(lambda: 1, lambda: 0.0, at_most=CALLS_ALONE)
    await caller.last_answers()


def _tell_nothing(evidence: Evidence) -> bool:
    answered = [attempt for attempt in evidence.attempts if attempt.outcome == "ok"]
    few, many = crowded(answered)
    if len(many) < LEAST_ALONE:
        return False
    last = max(attempt.started_seconds for attempt in many)
    if few and all(attempt.started_seconds > last for attempt in few):
        return False
    return len(as_of_warm(answered)) < len(answered)
