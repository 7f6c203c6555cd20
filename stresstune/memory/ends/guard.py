"""When to stop: the arithmetic of not being killed. Pure."""

from __future__ import annotations

MIB = 2**20

MAX_MARGIN_BYTES = 32 * MIB
"""A guard that looks every 5 ms overshoots by at most 13 MiB (measured); twice that, and some."""

ARMED_MARGIN_BYTES = 4 * MIB
"""Where the kernel refuses what would be too much, the guard need not stand so far off."""

HARD_STOP_BYTES = 6 * MIB
"""So far below the limit the kernel is asked to refuse."""

_MIN_MARGIN_BYTES = 8 * MIB
_MARGIN_SHARE = 12

FASTEST_FILL_BYTES_PER_SECOND = 8 * 2**30
"""Two threads that touch fresh pages (3.2 GiB/s one; 10 with huge pages, which apps rarely get)."""

_SHORTEST_LOOK_SECONDS = 0.001
_LONGEST_LOOK_SECONDS = 0.5


def margin_bytes(limit_bytes: int) -> int:
    """Say how far below a limit the guard stands.

    >>> margin_bytes(2 * 2**30) // MIB, margin_bytes(120 * MIB) // MIB
    (32, 10)
    """
    return min(MAX_MARGIN_BYTES, max(_MIN_MARGIN_BYTES, limit_bytes // _MARGIN_SHARE))


def look_again_seconds(room_bytes: int) -> float:
    """Say when to look again, so that nothing can use up the room before: sooner when near.

    Args:
        room_bytes: What is left above the guard.

    >>> look_again_seconds(2**30), look_again_seconds(0)
    (0.0625, 0.001)
    """
    soonest = room_bytes / FASTEST_FILL_BYTES_PER_SECOND / 2
    return min(_LONGEST_LOOK_SECONDS, max(_SHORTEST_LOOK_SECONDS, soonest))
