"""What would still be recommended if everything that was measured were a little different.

Two measurements of the same truth differ, and a small difference in a quota can be a large one in
a pause: at 550 calls a minute, one twentieth decides between half a second and one. So a value is
made bolder only where it would be so all over the box around what was measured, as far as the
smallest raise in each direction. Of two measurements that are each wrong by less than half of
that, neither then takes back what the other one did.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from stresstune.model.api import ApiCapacity, Limit
from stresstune.model.brief import Values, values_of
from stresstune.model.memory import MemoryCapacity
from stresstune.model.verdict import Recommendation, Verdict


def nearby(verdict: Verdict) -> Iterator[Verdict]:
    """Yield the corners of the box: memory and the API each a little worse, and a little better."""
    ratio = verdict.policy.raise_by_at_least_ratio
    memories = [_memory(verdict.memory, -ratio), _memory(verdict.memory, ratio)]
    apis = [_api(verdict.api, 1 - ratio), _api(verdict.api, 1 + ratio)]
    for memory in memories if verdict.memory else [None]:
        for api in apis if isinstance(verdict.api, ApiCapacity) else [verdict.api]:
            yield replace(verdict, memory=memory, api=api)


def most_careful(found: Iterable[Recommendation]) -> Values:
    """Return the most careful value of each knob; None where no one has any.

    >>> slow = {"slow_mode_default": True, "tier": "critical"}
    >>> some = Recommendation(max_concurrent_sessions=9, slow_mode_delay_seconds=2.0, **slow)
    >>> more = Recommendation(max_concurrent_sessions=8, slow_mode_delay_seconds=1.5, **slow)
    >>> careful = most_careful([some, more])
    >>> careful.max_concurrent_sessions, careful.slow_mode_delay_seconds
    (8, 2.0)
    """
    values = [values_of(one) for one in found]
    sessions = [n for one in values if (n := one.max_concurrent_sessions) is not None]
    modes = [mode for one in values if (mode := one.slow_mode_default) is not None]
    delays = [delay for one in values if (delay := one.slow_mode_delay_seconds) is not None]
    return Values(
        max_concurrent_sessions=min(sessions, default=None),
        slow_mode_default=max(modes, default=None),
        slow_mode_delay_seconds=max(delays, default=None),
    )


def _memory(memory: MemoryCapacity | None, ratio: float) -> MemoryCapacity | None:
    if memory is None:
        return None
    return replace(
        memory,
        sessions_that_fit=_scaled(memory.sessions_that_fit, ratio),
        safe_sessions=_scaled(memory.safe_sessions, ratio),
    )


def _scaled(sessions: int | None, ratio: float) -> int | None:
    """Scale a number that was rounded down already; the one above it may be meant."""
    if sessions is None:
        return None
    if ratio < 0:
        return math.floor(sessions * (1 + ratio))
    return math.ceil((sessions + 1) * (1 + ratio))


def _api(api: object, factor: float) -> ApiCapacity | None:
    if not isinstance(api, ApiCapacity):
        return None
    return replace(api, limits=tuple(_limit(limit, factor) for limit in api.limits))


def _limit(limit: Limit, factor: float) -> Limit:
    if limit.kind == "overload":  # a share of the calls that no load changes
        return limit
    high = None if limit.high is None else limit.high * factor
    return replace(limit, value=limit.value * factor, low=limit.low * factor, high=high)
