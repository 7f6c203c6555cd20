"""The picture: how many people at which pace, under the memory ceiling and the API's curve."""

from __future__ import annotations

from collections.abc import Iterator

from stresstune.model.api import ApiCapacity
from stresstune.model.record import Record
from stresstune.model.workload import Workload
from stresstune.report.charts.chart import Axis, Chart, Layer, Point

STEPS = 30
"""The curve is worked out at so many pauses between none and the longest."""

HIGHEST = 1.6
"""The picture ends at so many times the wanted sessions; what lies above is told in words."""


class Chosen(Record, frozen=True, kw_only=True):
    """What the config says in the end.

    Attributes:
        sessions: People that are let in.
        delay_seconds: Pause that slow mode adds; 0 where it is not on.
    """

    sessions: int
    delay_seconds: float = 0.0

    @property
    def words(self) -> str:
        """The choice in words."""
        pause = f", {self.delay_seconds:g} s pause" if self.delay_seconds else ""
        return f"{self.sessions} at a time{pause}"


def pace_chart(
    workload: Workload,
    *,
    ceiling: int | None,
    api: ApiCapacity | None,
    chosen: Chosen | None,
) -> Chart | None:
    """Work out the picture; None where neither memory nor the API sets an end.

    Args:
        workload: What is wanted.
        ceiling: Sessions that memory holds safely, or None where that is unknown.
        api: What the API carries, or None where that is unknown.
        chosen: What the config says in the end, or None.
    """
    if ceiling is None and api is None:
        return None
    delays = delays_of(workload, chosen)
    top = max(workload.sessions * HIGHEST, (chosen.sessions if chosen else 0) * 1.2)
    carried = [] if api is None else carried_at(api, workload, delays, top)
    return Chart(
        id="pace",
        title="How many people, at which pace",
        summary=_summary(workload, ceiling, carried, (chosen, top)),
        x=Axis(
            title=(
                "slow-mode pause in seconds, on top of the "
                f"{workload.think_seconds:g}\N{NO-BREAK SPACE}s that people look at a picture"
            ),
            max=delays[-1],
        ),
        y=Axis(title="people at the same time", max=top, is_whole=True),
        layers=tuple(_layers(workload, ceiling, carried, (chosen, delays, top))),
        header=("slow-mode pause", "the API carries", "memory holds", "together"),
        rows=tuple(_rows(delays, carried, ceiling, top)),
    )


def delays_of(workload: Workload, chosen: Chosen | None) -> list[float]:
    """Return the pauses at which the curve is worked out, in seconds, the chosen one among them."""
    longest = max(workload.max_slow_mode_delay_seconds, chosen.delay_seconds if chosen else 0, 1.0)
    even = {round(longest * step / STEPS, 6) for step in range(STEPS + 1)}
    return sorted({*even, chosen.delay_seconds} if chosen else even)


def carried_at(
    api: ApiCapacity, workload: Workload, delays: list[float], enough: float
) -> list[tuple[float, int]]:
    """Return how many people the API carries at each pause.

    A longer pause never carries fewer, so that nothing is reckoned beyond what is enough: from
    there on, it is that many or more.

    >>> carried_at(ApiCapacity(limits=(), outcome="invalid"), Workload(), [0.0, 15.0], 48)
    [(0.0, 0), (15.0, 0)]
    """
    carried: list[tuple[float, int]] = []
    for delay in delays:
        known = carried[-1][1] if carried else 0
        count = known if known > enough else api.max_sessions(workload.think_seconds + delay)
        carried.append((delay, count))
    return carried


def _layers(
    workload: Workload,
    ceiling: int | None,
    carried: list[tuple[float, int]],
    frame: tuple[Chosen | None, list[float], float],
) -> Iterator[Layer]:
    chosen, delays, top = frame
    if carried:  # without the API nobody knows what holds
        yield _holds(ceiling, carried, delays, top)
        yield from _curve(carried, top)
    elif ceiling is not None and ceiling <= top:  # above it another note has the place
        yield Layer(kind="note", tone="muted", label="what the API carries is not known", points=())
    if ceiling is not None:
        yield _ceiling(ceiling, top)
    wanted = f"{workload.sessions} wanted"
    yield Layer(
        kind="level",
        tone="ink",
        dashed=True,
        label=wanted,
        points=(Point(y=workload.sessions, says=wanted),),
    )
    if chosen is not None:
        point = Point(x=chosen.delay_seconds, y=chosen.sessions, says=f"set: {chosen.words}")
        yield Layer(
            kind="dots", tone="good", is_big=True, label=f"set: {chosen.words}", points=(point,)
        )


def _holds(
    ceiling: int | None, carried: list[tuple[float, int]], delays: list[float], top: float
) -> Layer:
    most = top if ceiling is None else min(ceiling, top)
    counts = dict(carried)
    points = tuple(Point(x=delay, y=0, y2=min(counts.get(delay, most), most)) for delay in delays)
    return Layer(kind="band", tone="good", label="here it holds", points=points)


def _curve(carried: list[tuple[float, int]], top: float) -> Iterator[Layer]:
    """Draw the curve; where it has left the picture, its edge is dashed and says so."""
    points = [
        Point(
            x=delay,
            y=min(count, top),
            says=f"{delay:g} s pause: the API carries {_counted(count, top)} people",
        )
        for delay, count in carried
    ]
    inside = sum(count <= top for _, count in carried)
    more = f"\N{UPWARDS ARROW} {_counted(carried[-1][1], top)}"
    if inside:
        seen = tuple(points[: inside + 1])
        yield Layer(kind="line", tone="main", label="the API carries", points=seen)
    else:
        more = f"the API carries {_counted(carried[0][1], top)}"
    beyond = tuple(points[inside:])
    if beyond:
        yield Layer(kind="line", tone="main", dashed=True, label=more, points=beyond)


def _ceiling(ceiling: int, top: float) -> Layer:
    words = f"memory holds {ceiling} safely"
    if ceiling > top:
        return Layer(kind="note", tone="muted", label=f"\N{UPWARDS ARROW} {words}", points=())
    return Layer(kind="level", tone="bad", label=words, points=(Point(y=ceiling, says=words),))


def _summary(
    workload: Workload,
    ceiling: int | None,
    carried: list[tuple[float, int]],
    frame: tuple[Chosen | None, float],
) -> str:
    chosen, top = frame
    words = [f"{workload.sessions} people are wanted."]
    if carried:
        (_, fast), (longest, slow) = carried[0], carried[-1]
        words.append(
            f"The API carries {_counted(fast, top)} without a pause, and {_counted(slow, top)} "
            f"with {longest:g} s."
        )
    else:
        words.append("What the API carries is not known, so it has no curve here.")
    if ceiling is not None:
        words.append(f"Memory holds {ceiling} safely, at any pace.")
    if chosen is not None:
        words.append(f"Set: {chosen.words}.")
    return " ".join(words)


def _rows(
    delays: list[float], carried: list[tuple[float, int]], ceiling: int | None, top: float
) -> Iterator[tuple[str, ...]]:
    counts = dict(carried)
    for delay in delays:
        both = [count for count in (counts.get(delay), ceiling) if count is not None]
        yield (
            f"{delay:g} s",
            _counted(counts[delay], top) if delay in counts else "not measured",
            "not measured" if ceiling is None else str(ceiling),
            _counted(min(both), top) if ceiling is None or min(both) < ceiling else str(ceiling),
        )


def _counted(count: int, top: float) -> str:
    """Count people; beyond the picture it was not reckoned how many more."""
    return f"{count:,} or more" if count > top else str(count)
