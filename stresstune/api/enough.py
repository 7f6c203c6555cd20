"""Is the question answered, or not to be answered? Asked of the evidence between two calls."""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec.structs import replace

from stresstune.api.answers import are_late_anyhow, judged, lateness_is_vague, may_warm_up
from stresstune.api.evidence import Evidence
from stresstune.api.failures import share_is_vague
from stresstune.api.knee import is_queue_unmeasured
from stresstune.model.api import Limit
from stresstune.model.load import Attempt

VAGUE_RATIO = 1.25
"""A throughput whose interval is wider than this is measured further."""

SPARE_RATIO = 0.98
SPARE_BESIDE_A_LIMIT_RATIO = 0.91
"""Share of what is proved that is looked at, so that the calls still under way do not undo it; more
is spared where it is compared with a limit that is itself still being measured."""

PROVED_RATIO = 0.88
"""Share of the calls made a minute that some minutes prove: a bucket may have paid for the rest."""

MOST_ABOVE_RATIO = 1.3
"""Calls in flight beside the wanted sessions, at the most."""

CHECK_EVERY = 8
"""Calls between two looks at whether enough is known."""


def is_refused_for_good(attempts: Sequence[Attempt]) -> bool:
    """Return whether the first calls met a wrong key, model or address: the others would too."""
    return 2 <= len(attempts) < CHECK_EVERY and all(a.outcome == "ignored" for a in attempts)


def is_hopeless(evidence: Evidence) -> bool:
    """Return whether no more calls would help; an overload that is sure is noted as a limit."""
    if evidence.stray:
        evidence.stray = len(evidence.unexplained_refusals())
    attempts = evidence.attempts
    dead = ("ignored", "unreachable", "timed_out", "failed")
    unusable = len(attempts) >= CHECK_EVERY and all(a.outcome in dead for a in attempts)
    overload = evidence.overload()
    if overload is not None:
        evidence.limits.append(overload)
    late = are_late_anyhow(attempts, evidence.workload.latency_objective_seconds)
    return unusable or overload is not None or (late and not may_warm_up(attempts))


def is_enough(evidence: Evidence) -> bool:
    """Return whether what is proved carries as many as what is known to bind allows."""
    workload = evidence.workload
    known = evidence.capacity(proofs=False)
    if any(_is_vague(limit) for limit in known.limits):
        return False
    if lateness_is_vague(evidence.attempts, workload.latency_objective_seconds):
        return False
    if _failures_are_vague(evidence):
        return False
    wanted, think = workload.sessions, workload.think_seconds
    if known.limits:
        wanted = min(wanted, known.max_sessions(think))
    share = SPARE_BESIDE_A_LIMIT_RATIO if known.limits else SPARE_RATIO
    proved = replace(
        known,
        proven_per_minute=int(evidence.proven_per_minute() * share),
        proven_in_flight=evidence.proven_in_flight(),
    )
    enough = proved.max_sessions(think) >= wanted
    return enough and not is_queue_unmeasured(evidence.attempts)


def in_flight_that_proves(evidence: Evidence, in_flight: int) -> int:
    """Return how many calls in flight make as many a minute as the wanted sessions may need.

    Users who hardly pause make as many calls as the probe, and now and then a few more: what they
    need could not be proved with as many calls in flight as there are users.

    Args:
        evidence: What is known; where a limit is, no more are asked for.
        in_flight: Calls in flight now.
    """
    workload, known = evidence.workload, evidence.capacity()
    seconds = known.latency.average_seconds
    if known.limits or seconds <= 0:
        return in_flight
    most = math.ceil(MOST_ABOVE_RATIO * workload.sessions)
    while in_flight < most:
        per_minute = int(PROVED_RATIO * 60 * in_flight / seconds)
        made = replace(known, proven_per_minute=per_minute, proven_in_flight=None)
        if made.max_sessions(workload.think_seconds) >= workload.sessions:
            break
        in_flight += 1
    return in_flight


def _failures_are_vague(evidence: Evidence) -> bool:
    ended = len(judged(evidence.attempts, evidence.workload.latency_objective_seconds))
    failed = round(evidence.error_ratio() * ended)
    return share_is_vague(failed, ended, evidence.workload.error_tolerance_ratio)


def _is_vague(limit: Limit) -> bool:
    """Whether a throughput is known too little to stop at."""
    return limit.kind == "throughput" and (limit.high or 0.0) > VAGUE_RATIO * limit.low
