"""Values where not everything could be told: more careful than the file's, never bolder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from stresstune.model.verdict import Recommendation


def never_bolder(wanted: Recommendation, current: Mapping[str, Any]) -> Recommendation:
    """Hold a recommendation to what the file says, where that is more careful.

    Args:
        wanted: What would be written.
        current: What the file says, by the knobs' logical names; a knob may be missing.

    >>> wanted = Recommendation(max_concurrent_sessions=15, slow_mode_default=False,
    ...                         slow_mode_delay_seconds=3.0, tier="concerning")
    >>> held = never_bolder(wanted, {"max_concurrent_sessions": 10})
    >>> held.max_concurrent_sessions, held.slow_mode_default, held.slow_mode_delay_seconds
    (10, None, 3.0)
    """
    sessions, delay = wanted.max_concurrent_sessions, wanted.slow_mode_delay_seconds
    if sessions is not None:
        sessions = min(sessions, current.get("max_concurrent_sessions", sessions))
    if delay is not None:
        delay = max(delay, current.get("slow_mode_delay_seconds", delay))
    return replace(
        wanted,
        max_concurrent_sessions=sessions,
        slow_mode_default=wanted.slow_mode_default or None,
        slow_mode_delay_seconds=delay,
    )
