"""What other numbers of replicas would carry, and which resource binds at each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from stresstune.model.api import ApiCapacity
from stresstune.model.fleet import ReplicaCount
from stresstune.model.memory import MemoryCapacity
from stresstune.model.verdict import Recommendation, Verdict
from stresstune.policy.judge import judge
from stresstune.policy.recommend import recommend

COUNTS = range(1, 17)
"""Replicas that the table is made for."""

Pool = Callable[[Sequence[MemoryCapacity]], MemoryCapacity]


def replica_counts(
    memories: Sequence[tuple[int, MemoryCapacity]],
    verdict: Verdict,
    pool: Pool,
    *,
    slow_mode: bool = True,
    counts: Iterable[int] = COUNTS,
) -> tuple[ReplicaCount, ...]:
    """Say what so many replicas would carry, the smallest of the measured hosts first.

    Beyond the measured ones, further hosts like the smallest are reckoned with: the unfavourable
    end, in both cases.

    Args:
        memories: What was measured, each with the sessions that are safe in it.
        verdict: How the fleet was judged, for its API, workload and policy.
        pool: Adds memories up.
        slow_mode: The app knows slow mode.
        counts: For which numbers of replicas.
    """
    smallest_first = sorted(memories, key=lambda one: one[0])
    rows = []
    for count in counts:
        held = [*smallest_first, *smallest_first[:1] * count][:count]
        memory = pool([one for _, one in held])
        judged = judge(memory, verdict.api, verdict.workload, verdict.policy)
        wanted = recommend(judged, slow_mode=slow_mode)
        rows.append(_row(held, judged, wanted, measured=count <= len(memories)))
    return tuple(rows)


def _row(
    held: Sequence[tuple[int, MemoryCapacity]],
    judged: Verdict,
    wanted: Recommendation,
    *,
    measured: bool,
) -> ReplicaCount:
    safe = sum(room for room, _ in held)
    sessions = max(min(wanted.max_concurrent_sessions or 0, safe), len(held))
    return ReplicaCount(
        replicas=len(held),
        memory_sessions=safe,
        api_sessions=_carried(judged, wanted),
        sessions=sessions,
        slow_mode_delay_seconds=wanted.slow_mode_delay_seconds
        if wanted.slow_mode_default
        else None,
        binding=judged.binding,
        carries_all=judged.workload.sessions <= min(sessions, safe),
        measured=measured,
    )


def _carried(judged: Verdict, wanted: Recommendation) -> int | None:
    if not isinstance(judged.api, ApiCapacity):
        return next((one.sessions for one in judged.findings if one.subject == "api"), None)
    if judged.api.outcome not in {"measured", "enough"}:
        return None
    delay = (wanted.slow_mode_delay_seconds or 0.0) if wanted.slow_mode_default else 0.0
    return judged.api.max_sessions(judged.workload.think_seconds + delay)
