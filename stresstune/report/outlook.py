"""A probe of memory while it runs, as a few lines that are written anew."""

from __future__ import annotations

from stresstune.model.memory import MemoryOutlook
from stresstune.units import format_bytes, format_ratio, is_binary

_WIDEST_BAR = 60
_NARROWEST_BAR = 10


def render_outlook(now: MemoryOutlook, *, wanted: int | None, width: int = 80) -> str:
    """Show memory against limit and guard, the sessions, and where it will end.

    Args:
        now: How things stand.
        wanted: Sessions that are wanted, or None where that is not known.
        width: Columns of the terminal.

    >>> print(render_outlook(MemoryOutlook(
    ...     sessions=5, used_bytes=410_000_000, guard_bytes=1_900_000_000, projected=25,
    ...     limit_bytes=2_000_000_000, limit_source="--limit"), wanted=30, width=62))
    memory    [########..............................|..]
              410 MB in use (20 %); guard at 1.90 GB
              limit 2.00 GB (--limit)
    sessions  5 of 30 wanted
    end       25 will fit
    """
    binary = is_binary(now.limit_bytes)

    def size(number: int) -> str:
        return format_bytes(number, binary=binary)

    share = format_ratio(now.used_bytes / now.limit_bytes)
    rows = [
        ("memory", f"[{_bar(now, max(_NARROWEST_BAR, min(_WIDEST_BAR, width - 21)))}]"),
        ("", f"{size(now.used_bytes)} in use ({share}); guard at {size(now.guard_bytes)}"),
        ("", f"limit {size(now.limit_bytes)} ({now.limit_source})"),
        ("sessions", _sessions(now, wanted)),
        ("end", _end(now)),
    ]
    return "\n".join(f"{name:<10}{said}"[:width] for name, said in rows)


def _sessions(now: MemoryOutlook, wanted: int | None) -> str:
    said = f"{now.sessions}"
    if wanted:
        said += f" of {wanted} wanted" if now.sessions <= wanted else f" ({wanted} wanted)"
    return f"{said}, in {now.where}" if now.where else said


def _bar(now: MemoryOutlook, cells: int) -> str:
    def place(size_bytes: int) -> int:
        return min(cells, cells * size_bytes // now.limit_bytes)

    used, guard = place(now.used_bytes), min(cells - 1, place(now.guard_bytes))
    bar = "#" * used + "." * (cells - used)
    return f"{bar[:guard]}|{bar[guard + 1 :]}"


def _end(now: MemoryOutlook) -> str:
    if now.projected is None:
        return "not known yet"
    low, high = now.projected_low, now.projected_high
    if low is None or high is None or low == high:
        return f"{now.projected} will fit"
    most = f"to {high}" if high < 100 * max(1, now.projected) else "or more"
    return f"{now.projected} will fit ({low} {most})"
