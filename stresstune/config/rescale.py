"""What a memory probe would have found under another limit. Pure."""

from __future__ import annotations

import math

import msgspec

from stresstune.model.memory import MemoryCapacity
from stresstune.units import format_bytes


def rescale(
    memory: MemoryCapacity,
    limit_bytes: int | None,
    *,
    alone: bool = False,
    limit_source: str = "",
    others_bytes: int = 0,
) -> MemoryCapacity:
    """Return what a memory probe would have found under another limit.

    N = (limit - baseline - T) / b, as in the probe itself, and no more than what it found with what
    there is more. Where it was not this limit that ended the probe, more of it helps nobody.

    Args:
        memory: What it found.
        limit_bytes: The other limit.
        alone: That limit is a whole machine's (``--limit``): what else runs here does not count,
            and the sessions' own process is all that is there before the first of them.
        limit_source: Who set the other limit; "" for who set the first.
        others_bytes: What is held there by others, who were not there when it was measured.

    Sizes that vary are reckoned at the upper end of their interval. Where nothing is known of a
    session's size, or of the limit, the capacity is returned as it is.
    """
    size = memory.bytes_per_session
    if limit_bytes is None or size is None or limit_bytes == memory.limit_bytes:
        return memory
    each = size.high if memory.sizes_vary else float(size)
    baseline_bytes = memory.baseline_bytes + others_bytes
    if alone and memory.samples:
        empty = memory.samples[0]
        baseline_bytes = min(empty.pss_bytes or empty.rss_bytes, baseline_bytes)
    room = limit_bytes - baseline_bytes - memory.transient_bytes
    fit = min(max(0, math.floor(room / each)), _most(memory, limit_bytes - baseline_bytes, each))
    safe = math.floor((1 - memory.headroom_ratio) * fit + 1e-9)
    if fit == memory.sessions_that_fit and memory.safe_sessions is not None:
        safe = min(safe, memory.safe_sessions)
    return msgspec.structs.replace(
        memory,
        limit_bytes=limit_bytes,
        limit_source=limit_source or memory.limit_source,
        baseline_bytes=baseline_bytes,
        sessions_that_fit=fit,
        safe_sessions=safe,
        notes=(*memory.notes, f"scaled to a limit of {format_bytes(limit_bytes)}, not measured"),
    )


def _most(memory: MemoryCapacity, room_bytes: int, each_bytes: float) -> float:
    """Give how many fit at the most, by what was found and not only by what a session keeps."""
    found, limit_bytes = memory.sessions_that_fit, memory.limit_bytes
    if found is None or limit_bytes is None:
        return math.inf
    more_bytes = max(0, room_bytes - (limit_bytes - memory.baseline_bytes))
    if memory.stopped_by == "memory_error" or memory.refused:
        more_bytes = 0
    return found + math.ceil(more_bytes / each_bytes)
