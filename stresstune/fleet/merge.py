"""Putting together what several hosts saw: pure."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from stresstune.load.health import STALL_TOLERATED_SECONDS
from stresstune.model.load import Attempt, GeneratorHealth


def merged(parts: Iterable[Sequence[Attempt]]) -> list[Attempt]:
    """Merge event lists that are each in the order of their ends; nothing is lost or counted twice.

    >>> one = Attempt(intended_seconds=0, started_seconds=0, finished_seconds=2, outcome="ok")
    >>> other = Attempt(intended_seconds=1, started_seconds=1, finished_seconds=1.5, outcome="ok")
    >>> [attempt.finished_seconds for attempt in merged([[one], [other]])]
    [1.5, 2]
    """
    return list(heapq.merge(*parts, key=lambda attempt: attempt.finished_seconds))


def moved(attempt: Attempt, seconds: float) -> Attempt:
    """Return a call by another clock, which is so many seconds ahead."""
    return replace(
        attempt,
        intended_seconds=attempt.intended_seconds + seconds,
        started_seconds=attempt.started_seconds + seconds,
        finished_seconds=attempt.finished_seconds + seconds,
    )


def health_with(health: GeneratorHealth, stalls: Mapping[str, float]) -> GeneratorHealth:
    """Judge a run by its hosts too: where one of them stood still, its calls came in a bunch.

    Args:
        health: As the one who measures sees it.
        stalls: Longest stall of each host that made calls, in seconds, by its name.
    """
    name, longest = max(stalls.items(), key=lambda one: one[1], default=("", 0.0))
    found = replace(health, max_stall_seconds=max(health.max_stall_seconds, longest))
    if longest <= STALL_TOLERATED_SECONDS:
        return found
    reason = f"{name} stood still for {longest:.1f} s"
    return replace(found, ok=False, reason="; ".join(filter(None, (health.reason, reason))))
