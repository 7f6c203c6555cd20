"""What people read while memory is probed, and after it: the classic lines."""

from __future__ import annotations

from stresstune.model.memory import MemoryCapacity, MemorySample
from stresstune.units import format_bytes, format_ratio, is_binary

NEAR_RATIO = 0.8
"""Share of the limit from which a warning is due."""


def _mb(size_bytes: float) -> str:
    return f"{size_bytes / 1e6:.1f} MB"


def process_bytes(sample: MemorySample) -> int:
    """Give the memory of the process tree: PSS where it was read, resident otherwise."""
    return sample.rss_bytes if sample.pss_bytes is None else sample.pss_bytes


def session_line(before: MemorySample, after: MemorySample, total: int | None) -> str:
    """Say what one more session did, or several that were opened at once.

    >>> empty = MemorySample(session=0, seconds=0.0, session_data_bytes=0, rss_bytes=10_000_000)
    >>> one = MemorySample(session=1, seconds=0.1, session_data_bytes=78_300_000,
    ...                    rss_bytes=88_400_000)
    >>> session_line(empty, one, 30)
    'Session 1/30: size 78.3 MB, total 78.3 MB, process memory 88.4 MB, increase 78.4 MB'
    >>> five = MemorySample(session=5, seconds=0.4, session_data_bytes=0, rss_bytes=124_000_000)
    >>> session_line(one, five, None)
    'Session 5: size 8.9 MB each of 4, process memory 124.0 MB, increase 35.6 MB'
    """
    increase = process_bytes(after) - process_bytes(before)
    known, count = after.session_data_bytes > 0, max(1, after.session - before.session)
    size = after.session_data_bytes - before.session_data_bytes if known else increase
    # Beyond those that are wanted (`until` the guard or the crash), they are part of no total.
    held = f"{after.session}/{total}" if total and after.session <= total else str(after.session)
    parts = [f"size {_mb(size / count)}{f' each of {count}' if count > 1 else ''}"]
    if known:
        parts.append(f"total {_mb(after.session_data_bytes)}")
    parts += [f"process memory {_mb(process_bytes(after))}", f"increase {_mb(increase)}"]
    return f"Session {held}: {', '.join(parts)}"


def near_line(left_bytes: int, limit_bytes: int, source: str) -> str:
    """Warn that the limit is near.

    >>> near_line(100_000_000, 2_000_000_000, "--limit")
    'Warning: 95 % of the limit (2.00 GB, --limit) is in use'
    """
    size = format_bytes(limit_bytes, binary=is_binary(limit_bytes))
    share = format_ratio(1 - left_bytes / limit_bytes)
    return f"Warning: {share} of the limit ({size}, {source}) is in use"


def summary(capacity: MemoryCapacity) -> tuple[str, ...]:
    """Say how a probe ended: the classic final results, line by line."""
    lines = [
        f"Sessions created: {capacity.held_sessions}",
        f"Total session data: {_mb(capacity.session_data_bytes)}",
        f"Final process memory: {_mb(capacity.process_bytes)}",
        f"Overhead: {_mb(max(0, capacity.process_bytes - capacity.session_data_bytes))}",
    ]
    if capacity.sessions_that_fit is not None:
        lines.append(f"Sessions that fit: {capacity.sessions_that_fit}")
        lines.append(f"Safe limit: {capacity.safe_sessions} sessions")
    return tuple(lines)
