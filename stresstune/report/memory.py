"""A memory probe as text."""

from __future__ import annotations

from itertools import pairwise

from stresstune.model.memory import MemoryCapacity, MemorySample
from stresstune.report.table import sentences, table
from stresstune.units import format_bytes, format_ratio, format_seconds

ENDINGS = {
    "target": "every session asked for was opened",
    "guard": "the guard stopped it before the limit was reached",
    "memory_error": "the sessions ran out of memory",
    "killed": "the kernel killed the process that held the sessions",
    "interrupted": "it was interrupted",
    "time": "its time was up",
    "error": "the session source failed",
}


def render_memory(memory: MemoryCapacity, *, sessions: int, width: int = 80) -> str:
    """Summarise a memory probe: the classic lines, then what they mean.

    Args:
        memory: What was found.
        sessions: Sessions that were asked for.
        width: Columns of the terminal.
    """
    parts = [table(_rows(memory, sessions), width=width)]
    if memory.notes:
        parts.append(sentences(memory.notes, width=width))
    if memory.advice:
        parts.append("Advice:\n" + sentences(memory.advice, width=width))
    return "\n\n".join(parts)


def render_sessions(memory: MemoryCapacity, *, sessions: int) -> str:
    """List every session that was held: size, total, process memory, increase."""
    return "\n".join(
        session_line(before, after, sessions) for before, after in pairwise(memory.samples)
    )


def session_line(before: MemorySample, after: MemorySample, sessions: int) -> str:
    """Say what one more session took.

    >>> empty = MemorySample(session=0, seconds=0, session_data_bytes=0, rss_bytes=20_000_000)
    >>> one = MemorySample(session=1, seconds=1, session_data_bytes=8_000_000, rss_bytes=29_000_000)
    >>> session_line(empty, one, 30)
    'Session 1/30: size 8.00 MB, total 8.00 MB, process memory 29.0 MB, increase 9.00 MB'
    """
    size = after.session_data_bytes - before.session_data_bytes
    process, process_before = process_bytes(after), process_bytes(before)
    return (
        f"Session {after.session}/{sessions}: size {format_bytes(size)}, "
        f"total {format_bytes(after.session_data_bytes)}, "
        f"process memory {format_bytes(process)}, "
        f"increase {format_bytes(process - process_before)}"
    )


def process_bytes(sample: MemorySample) -> int:
    """Return the memory of the process tree: PSS where it was read, RSS otherwise."""
    return sample.rss_bytes if sample.pss_bytes is None else sample.pss_bytes


def _rows(memory: MemoryCapacity, sessions: int) -> list[list[str]]:
    overhead = memory.process_bytes - memory.session_data_bytes
    safe = "unknown" if memory.safe_sessions is None else str(memory.safe_sessions)
    return [
        ["Sessions created:", f"{memory.held_sessions}/{sessions} ({memory.source})"],
        ["Total session data:", format_bytes(memory.session_data_bytes)],
        ["Final process memory:", format_bytes(memory.process_bytes)],
        ["Overhead:", f"{format_bytes(overhead)} beyond the sessions' own data"],
        ["Memory per session:", _each(memory)],
        ["Memory limit:", _limit(memory)],
        ["Sessions that fit:", _fit(memory)],
        ["Safe limit:", f"{safe} (less {format_ratio(memory.headroom_ratio)} headroom)"],
        ["Ended after:", f"{format_seconds(memory.seconds)}, {_ending(memory)}"],
    ]


def _each(memory: MemoryCapacity) -> str:
    each = memory.bytes_per_session
    if each is None:
        return "unknown"
    interval = f"{format_bytes(each.low)} to {format_bytes(each.high)}"
    moment = f", {format_bytes(memory.transient_bytes)} more for a moment while one is opened"
    return f"{format_bytes(each)} ({interval}){moment if memory.transient_bytes else ''}"


def _limit(memory: MemoryCapacity) -> str:
    if memory.limit_bytes is None:
        return memory.limit_source
    binary = memory.limit_bytes % 2**20 == 0
    size = format_bytes(memory.limit_bytes, binary=binary)
    before = format_bytes(memory.baseline_bytes)
    return f"{size} ({memory.limit_source}); {before} in use before the first session"


def _fit(memory: MemoryCapacity) -> str:
    if memory.sessions_that_fit is None:
        return "unknown"
    found = memory.stopped_by in {"memory_error", "killed"}
    return f"{memory.sessions_that_fit} ({'found' if found else 'extrapolated'})"


def _ending(memory: MemoryCapacity) -> str:
    return f"{ENDINGS[memory.stopped_by]}{': ' + memory.error if memory.error else ''}"
