"""Memory by session: what was measured, where it leads, and where it ends."""

from __future__ import annotations

from collections.abc import Iterator

from stresstune.model.memory import MemoryCapacity, MemorySample
from stresstune.model.record import Estimate
from stresstune.report.charts.chart import Axis, Chart, Layer, Point
from stresstune.report.plain import place_of
from stresstune.units import format_bytes

ROOM_ABOVE = 1.12
"""The picture ends so much above its highest line."""

MAX_ROWS = 40
"""Of the table; more sessions are told by every second, third, ... one."""

LIMIT_IN_SIGHT = 12.0
"""A limit so many times above everything else is told and not drawn: it would flatten the rest."""


def memory_chart(memory: MemoryCapacity, wanted: int) -> Chart | None:
    """Work out the picture of memory by session; None where no session was held.

    The measured points are the process tree's own memory (unique pages where they were read),
    lifted by what else is in use, so that they stand on the line that was fitted through them.

    Args:
        memory: What was found.
        wanted: Sessions that are wanted.
    """
    each = memory.bytes_per_session
    if each is None or len(memory.samples) < 2:
        return None
    last = max(wanted, min(memory.sessions_that_fit or 0, 2 * wanted), memory.held_sessions)
    measured = measured_bytes(memory, each)
    top = max(_reckoned(memory, each.high, last), *(y for _, y in measured))
    limit = memory.limit_bytes
    in_sight = limit is not None and limit <= LIMIT_IN_SIGHT * top
    unit, scale = _unit(max(top, limit if in_sight and limit else 0))
    return Chart(
        id="memory",
        title="Memory, as people come in",
        summary=_summary(memory, each, wanted, in_sight=in_sight),
        x=Axis(title="people in the app at the same time", max=last * 1.06, is_whole=True),
        y=Axis(
            title=f"memory in use ({unit})",
            max=ROOM_ABOVE * max(top, limit if in_sight and limit else 0) / scale,
        ),
        layers=tuple(_layers(memory, each, measured, (wanted, last, scale, in_sight))),
        header=("people", "memory in use", "how it is known"),
        rows=tuple(_rows(memory, each, measured, last)),
    )


def measured_bytes(memory: MemoryCapacity, each: Estimate) -> tuple[tuple[int, float], ...]:
    """Return what was in use while so many sessions were held, the first (empty) step left out."""
    own = [(sample.session, _own_bytes(sample)) for sample in memory.samples if sample.session]
    held, largest = own[-1]
    lift = _reckoned(memory, each, held) - largest
    return tuple((session, used + lift) for session, used in own)


def _own_bytes(sample: MemorySample) -> int:
    return sample.uss_bytes or sample.pss_bytes or sample.rss_bytes


def _reckoned(memory: MemoryCapacity, each_bytes: float, sessions: float) -> float:
    return memory.baseline_bytes + each_bytes * sessions


def _unit(largest_bytes: float) -> tuple[str, float]:
    return ("GB", 1e9) if largest_bytes >= 1e9 else ("MB", 1e6)


def _layers(
    memory: MemoryCapacity,
    each: Estimate,
    measured: tuple[tuple[int, float], ...],
    frame: tuple[int, int, float, bool],
) -> Iterator[Layer]:
    wanted, last, scale, in_sight = frame
    ends = (0, last)
    yield Layer(
        kind="band",
        tone="main",
        points=tuple(
            Point(
                x=n,
                y=_reckoned(memory, each.low, n) / scale,
                y2=_reckoned(memory, each.high, n) / scale,
            )
            for n in ends
        ),
    )
    yield Layer(
        kind="line",
        tone="main",
        dashed=True,
        label="reckoned",
        points=tuple(
            Point(
                x=n,
                y=_reckoned(memory, each, n) / scale,
                says=f"{n} people: about {format_bytes(_reckoned(memory, each, n))}, reckoned",
            )
            for n in range(0, last + 1, max(1, last // 60))
        ),
    )
    yield Layer(
        kind="dots",
        tone="main",
        label="measured",
        points=tuple(
            Point(x=n, y=used / scale, says=f"{n} people: {format_bytes(used)}, measured")
            for n, used in measured
        ),
    )
    yield from _ends(memory, scale, in_sight=in_sight)
    if memory.safe_sessions is not None and memory.safe_sessions < wanted:
        yield _moment(memory.safe_sessions, f"{memory.safe_sessions} are safe", "good")
    yield _moment(wanted, f"{wanted} wanted", "ink")


def _ends(memory: MemoryCapacity, scale: float, *, in_sight: bool) -> Iterator[Layer]:
    if memory.limit_bytes is None or not in_sight:
        return
    if memory.guard_bytes is not None:
        yield Layer(
            kind="level",
            tone="warn",
            dashed=True,
            label="guard",
            points=(
                Point(
                    y=memory.guard_bytes / scale,
                    says=f"guard: the probe itself stops at {format_bytes(memory.guard_bytes)}",
                ),
            ),
        )
    size = format_bytes(memory.limit_bytes)
    yield Layer(
        kind="level",
        tone="bad",
        label=f"limit {size}",
        points=(Point(y=memory.limit_bytes / scale, says=f"limit: {size} ({_source(memory)})"),),
    )


def _source(memory: MemoryCapacity) -> str:
    return place_of(memory.limit_source)


def _moment(sessions: int, label: str, tone: str) -> Layer:
    return Layer(
        kind="moment",
        tone="good" if tone == "good" else "ink",
        dashed=True,
        label=label,
        points=(Point(x=sessions, says=label),),
    )


def _summary(memory: MemoryCapacity, each: Estimate, wanted: int, *, in_sight: bool) -> str:
    per = format_bytes(each)
    words = [
        f"Each person keeps about {per} ({format_bytes(each.low)} to {format_bytes(each.high)}"
    ]
    words[0] += f", from {max(len(memory.samples) - 1, 1)} measured)."
    need = format_bytes(_reckoned(memory, each, wanted))
    if memory.limit_bytes is None:
        words.append(f"All {wanted} need {need}; where memory ends is not known.")
    else:
        limit = format_bytes(memory.limit_bytes)
        fit = "" if memory.sessions_that_fit is None else f": {memory.sessions_that_fit} fit"
        beyond = "" if in_sight else ", far above this picture"
        words.append(f"All {wanted} need {need}, and the limit is {limit}{beyond}{fit}.")
    if memory.guard_bytes is not None and in_sight:
        words.append("The dashed line below the limit is where the probe itself stops.")
    return " ".join(words)


def _rows(
    memory: MemoryCapacity, each: Estimate, measured: tuple[tuple[int, float], ...], last: int
) -> Iterator[tuple[str, ...]]:
    seen = measured[:: max(1, -(-len(measured) // (MAX_ROWS // 2)))]
    yield from ((str(n), format_bytes(used), "measured") for n, used in seen)
    first = measured[-1][0] + 1
    rest = range(first, last + 1, max(1, -(-(last + 1 - first) // (MAX_ROWS // 2))))
    for n in sorted({*rest, last} if rest else ()):
        yield str(n), format_bytes(_reckoned(memory, each, n)), "reckoned"
    if memory.guard_bytes is not None:
        yield "", format_bytes(memory.guard_bytes), "guard: the probe stops here"
    if memory.limit_bytes is not None:
        yield "", format_bytes(memory.limit_bytes), f"limit ({_source(memory)})"
