"""A memory probe as text."""

from __future__ import annotations

from stresstune.model.memory import MemoryCapacity
from stresstune.report.table import sentences, table
from stresstune.units import format_bytes, format_ratio, format_seconds, is_binary

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


def _rows(memory: MemoryCapacity, sessions: int) -> list[list[str]]:
    safe = "unknown" if memory.safe_sessions is None else str(memory.safe_sessions)
    begun = memory.process_bytes > 0
    rows = [
        ["Sessions created:", _created(memory, sessions)],
        ["Total session data:", _data(memory)],
        ["Final process memory:", _size(memory, memory.process_bytes) if begun else "unknown"],
        ["Memory per session:", _each(memory)],
        ["Memory limit:", _limit(memory)],
        ["Sessions that fit:", _fit(memory)],
        ["Safe limit:", f"{safe} (less {format_ratio(memory.headroom_ratio)} headroom)"],
        ["Ended after:", f"{format_seconds(memory.seconds)}, {_ending(memory)}"],
    ]
    if 0 < memory.session_data_bytes <= memory.process_bytes:
        overhead = _size(memory, memory.process_bytes - memory.session_data_bytes)
        rows.insert(3, ["Overhead:", f"{overhead} beyond the sessions' own data"])
    return rows


def _created(memory: MemoryCapacity, wanted: int) -> str:
    """Count them among those that are wanted; a fill up to the guard opens more."""
    held = memory.held_sessions
    if held > wanted:
        return f"{held} ({wanted} wanted; {memory.source})"
    return f"{held}/{wanted} ({memory.source})"


def _size(memory: MemoryCapacity, size_bytes: float) -> str:
    """Print a size in the family of units in which the limit was reckoned."""
    return format_bytes(size_bytes, binary=is_binary(memory.limit_bytes or 1))


def _data(memory: MemoryCapacity) -> str:
    if memory.session_data_bytes or memory.source == "simulated":
        return _size(memory, memory.session_data_bytes)
    return "unknown: the source does not say what it holds"


def _each(memory: MemoryCapacity) -> str:
    each = memory.bytes_per_session
    if each is None:
        return "unknown"
    if memory.at_least:
        return f"less than {_size(memory, each)}"
    interval = f"{_size(memory, each.low)} to {_size(memory, each.high)}"
    moment = f", {_size(memory, memory.transient_bytes)} more for a moment while one is opened"
    return f"{_size(memory, each)} ({interval}){moment if memory.transient_bytes else ''}"


def _limit(memory: MemoryCapacity) -> str:
    if memory.limit_bytes is None:
        return memory.limit_source
    limit = f"{_size(memory, memory.limit_bytes)} ({memory.limit_source})"
    if not memory.baseline_bytes:  # it ended before there was a process to measure
        return limit
    return f"{limit}; {_size(memory, memory.baseline_bytes)} in use before the first session"


def _fit(memory: MemoryCapacity) -> str:
    if memory.sessions_that_fit is None:
        return "unknown"
    if memory.at_least:
        return f"at least {memory.sessions_that_fit}"
    found = memory.stopped_by in {"memory_error", "killed"}
    return f"{memory.sessions_that_fit} ({'found' if found else 'extrapolated'})"


def _ending(memory: MemoryCapacity) -> str:
    if memory.stopped_by == "time" and memory.error:  # that is the reason, and says that it is time
        return memory.error
    ending = ENDINGS[memory.stopped_by]
    if memory.mode == "predict" and memory.stopped_by == "target":
        ending = "enough sessions were opened to reckon with"
    return f"{ending}{': ' + memory.error if memory.error else ''}"
