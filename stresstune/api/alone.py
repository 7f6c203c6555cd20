"""How long does a call take that waits for nobody, once the service is warm?

A queue shows in answers that take longer among many calls than among few. The few are the first
ones, and where the service was slow at first, they took as long as those that waited later: no
queue would be seen, and what is spent in it would be taken for the service's own. Where one or two
calls are served at a time, a climb makes hardly a call that waits for nobody at all. So where that
may be, a few calls are made alone again, and time is kept for them.
"""

from __future__ import annotations

from collections.abc import Callable

from stresstune.api.answers import are_late_anyhow, as_of_warm
from stresstune.api.caller import Caller
from stresstune.api.evidence import Evidence
from stresstune.api.knee import LEAST_ALONE, Throughput, crowded

CALLS_ALONE = LEAST_ALONE + 2
"""So many are made; each waits for the one before."""

FEW_PLACES = 4.0
"""Where no more calls are served at once, as far as known, those that were two at a time may have
waited for each other."""

MOST_TIME_RATIO = 0.4
"""Share of all the time that is kept for them at the most."""


async def look_alone(caller: Caller, evidence: Evidence, tell: Callable[[str], None]) -> None:
    """Make a few calls alone, if the first ones tell too little, and there is time."""
    calls = CALLS_ALONE if _tell_nothing(evidence) else _missing(evidence)
    if not calls or not caller.can_spend(calls):
        return
    tell("a few calls alone, to see how long those take that wait for nobody")
    await caller.falls_to(0)
    await caller.stream(lambda: 1, lambda: 0.0, at_most=calls)
    await caller.last_answers()


async def were_slow_at_first(
    caller: Caller, evidence: Evidence, tell: Callable[[str], None]
) -> bool:
    """Return whether answers that came too late do so no more where nobody is waited for."""
    objective_seconds = evidence.workload.latency_objective_seconds
    if not are_late_anyhow(evidence.attempts, objective_seconds):
        return False
    await look_alone(caller, evidence, tell)
    return not are_late_anyhow(evidence.attempts, objective_seconds)


def is_time_for_it(caller: Caller, evidence: Evidence) -> bool:
    """Return whether what is left is needed for calls alone, and suffices for them."""
    now = caller.driver.now()
    left = caller.ledger.seconds_left(now)
    most = MOST_TIME_RATIO * caller.ledger.budget.max_seconds
    requests = caller.ledger.requests_left()
    if left > most and requests > CALLS_ALONE:
        return False
    throughput, calls = evidence.throughput(), _missing(evidence)
    if throughput is None or not calls:
        return False
    drain_seconds = caller.driver.in_flight / throughput.per_second
    needed = drain_seconds + (calls + 1) * throughput.unqueued_seconds
    return needed < most and (left <= needed or requests <= calls)


def _tell_nothing(evidence: Evidence) -> bool:
    """Whether the service was slow at first, or always, and nobody was alone afterwards."""
    answered = [attempt for attempt in evidence.attempts if attempt.outcome == "ok"]
    few, many = crowded(answered)
    if len(many) < LEAST_ALONE:
        return False
    last = max(attempt.started_seconds for attempt in many)
    if few and all(attempt.started_seconds > last for attempt in few):
        return False
    objective_seconds = evidence.workload.latency_objective_seconds
    return len(as_of_warm(answered)) < len(answered) or are_late_anyhow(answered, objective_seconds)


def _missing(evidence: Evidence) -> int:
    """Return how many calls alone are missing, where calls wait for others; else 0."""
    throughput = evidence.throughput()
    if throughput is None or throughput.services_seconds:
        return 0
    return max(CALLS_ALONE - len(_surely_alone(throughput)), 0)


def _surely_alone(throughput: Throughput) -> list[float]:
    """Return how long those calls took, but for the very first one."""
    at_once = throughput.high * throughput.unqueued_seconds
    most = 1 if at_once <= FEW_PLACES else 2
    alone = [a.service_seconds for a in throughput.alone if a.in_flight <= most]
    return alone[1:] if any(a.started_seconds <= 0 for a in throughput.alone) else alone
