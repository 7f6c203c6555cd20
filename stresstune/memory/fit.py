"""What a few sessions say about the size of all. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

EQUAL_SPREAD_RATIO = 0.005
"""Sessions count as equal when they differ by less than this share of their mean."""

_CALMER = 0.2
"""A beginning is left out where the rest varies by less than this share of the whole."""

_SLACK_RATIO = 0.02
"""A size that differs by less from the rest is one of them."""

MADE_MEANWHILE_RATIO = 1 / 3
"""When a session is complete, so much of one is made on each other thread. Seen in real kills:
0 (the interpreter lets one thread run at a time) to 1/2 (the threads wait for something else)."""

_RESOLUTION_BYTES = 64 * 1024
_TREND_T = 4.0
"""A trend counts from four standard errors on: one chance in 15,000 where there is none."""


@dataclass(frozen=True, slots=True)
class Step:
    """Memory after some more sessions were opened.

    Attributes:
        held: Sessions held now.
        memory_bytes: What the tree holds now.
        transient_bytes: What it needed for a moment beyond that, during the step.
    """

    held: int
    memory_bytes: int
    transient_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Increment:
    """What some sessions, opened one after the other, did to the memory.

    Attributes:
        count: How many they were.
        middle: Which they were: the mean of their numbers, counted from 1.
        bytes_each: What each kept, on average.
        transient_bytes: What was needed for a moment beyond what is held at the end.
    """

    count: int
    middle: float
    bytes_each: float
    transient_bytes: float


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line through weighted points (least squares).

    Attributes:
        centre: Weighted mean of the places.
        level: Value there.
        slope: Change for each place.
        slope_error: Standard error of the slope.
    """

    centre: float
    level: float
    slope: float
    slope_error: float

    def at(self, place: float) -> float:
        """Give the value at a place."""
        return self.level + self.slope * (place - self.centre)


def fit_line(points: Sequence[tuple[float, float, float]]) -> Line:
    """Fit a line to points of (weight, place, value).

    >>> line = fit_line([(1, 1, 10.0), (1, 2, 12.0), (1, 3, 14.0)])
    >>> line.slope, line.at(4)
    (2.0, 16.0)
    """
    weight = math.fsum(w for w, _, _ in points)
    centre = math.fsum(w * x for w, x, _ in points) / weight
    level = math.fsum(w * y for w, _, y in points) / weight
    across = math.fsum(w * (x - centre) ** 2 for w, x, _ in points)
    if across == 0:
        return Line(centre, level, 0.0, math.inf)
    slope = math.fsum(w * (x - centre) * (y - level) for w, x, y in points) / across
    rest = math.fsum(w * (y - level - slope * (x - centre)) ** 2 for w, x, y in points)
    freedom = len(points) - 2
    error = math.sqrt(rest / freedom / across) if freedom > 0 else math.inf
    return Line(centre, level, slope, error)


class Fit:
    """What the steps of a probe say about its sessions.

    >>> fit = Fit([Step(n, 20_000_000 + n * 78_000_000) for n in range(5)])
    >>> fit.mean_bytes, fit.is_equal, fit.grows
    (78000000.0, True, False)
    """

    def __init__(self, steps: Sequence[Step], *, threads: int = 1) -> None:
        """Take the steps of a probe.

        Args:
            steps: The empty process first, then each step; at least two.
            threads: How many sessions will be made at a time. Where a step made fewer, what it
                needed for a moment is scaled up; and what is half made counts as needed.
        """
        self.last = steps[-1]
        self.threads = threads
        self._all = list(_increments(steps, threads))

    @cached_property
    def increments(self) -> list[Increment]:
        """Those that count: without the warm-up, and what else came before it settled."""
        # Settled twice: what joins a large beginning to small steps hides it.
        return _settled(_merged(_settled(self._all[1:]))) if len(self._all) > 1 else self._all

    @cached_property
    def measured(self) -> int:
        """How many sessions count."""
        return sum(each.count for each in self.increments)

    @cached_property
    def mean_bytes(self) -> float:
        """What a session kept, on average over those that count."""
        total = math.fsum(each.bytes_each * each.count for each in self.increments)
        return total / self.measured

    @cached_property
    def size_bytes(self) -> float:
        """What a session keeps at least: what could not have been seen counts as kept."""
        return max(self.mean_bytes, _RESOLUTION_BYTES / self.measured)

    @cached_property
    def spread_bytes(self) -> float:
        """Standard deviation of what single sessions keep, around the trend if there is one."""
        if self.freedom < 1:
            return 0.0
        squares = math.fsum(
            each.count * (each.bytes_each - self.expected_bytes(each.middle)) ** 2
            for each in self.increments
        )
        return math.sqrt(squares / self.freedom)

    @property
    def freedom(self) -> int:
        """Degrees of freedom of the spread."""
        return len(self.increments) - (2 if self.grows else 1)

    @cached_property
    def is_equal(self) -> bool:
        """Whether the sessions are so equal that a few tell of all."""
        sizes = [each.bytes_each for each in self.increments]
        return len(sizes) >= 3 and max(sizes) - min(sizes) <= EQUAL_SPREAD_RATIO * self.mean_bytes

    @cached_property
    def largest_bytes(self) -> float:
        """The most that a session of one step kept, the warm-up too."""
        return max(each.bytes_each for each in self._all)

    @cached_property
    def transient_bytes(self) -> float:
        """The most that a step needs for a moment."""
        seen = max(each.transient_bytes for each in self.increments)
        return seen * out_of_step_ratio(self.threads)

    @cached_property
    def transient_of_one_bytes(self) -> float:
        """What one session would need for a moment, at most, made alone."""
        return max(each.transient_bytes for each in self._all) / self.threads

    @cached_property
    def sizes(self) -> Line:
        """The trend of what sessions keep."""
        return fit_line([(each.count, each.middle, each.bytes_each) for each in self.increments])

    @cached_property
    def transients(self) -> Line:
        """The trend of what they need for a moment."""
        return fit_line([(1, each.middle, each.transient_bytes) for each in self.increments])

    @cached_property
    def grows(self) -> bool:
        """Whether it is proved that each session keeps more than the one before."""
        line = self.sizes
        return (
            len(self.increments) >= 4
            and line.slope > _TREND_T * line.slope_error
            and line.slope * line.centre > EQUAL_SPREAD_RATIO * line.level
        )

    def expected_bytes(self, number: float) -> float:
        """Say what a session will keep, by its number."""
        return self.sizes.at(number) if self.grows else self.mean_bytes

    def expected_transient_bytes(self, number: float) -> float:
        """Say what it will need for a moment, by its number."""
        line = self.transients
        rises = self.grows and line.slope > _TREND_T * line.slope_error
        return max(line.at(number), self.transient_bytes) if rises else self.transient_bytes

    def sum_of_next(self, more: int) -> float:
        """Add up what so many further sessions will keep; the most that explains what was seen."""
        middle = self.last.held + (more + 1) / 2
        linear = more * max(self.size_bytes, self.expected_bytes(middle))
        return max(linear, self._growth_by_factor(more)) if self.grows else linear

    @cached_property
    def _factor(self) -> Line | None:
        """The trend of the sizes' logarithm, where that explains them better than a line."""
        if any(each.bytes_each <= 0 for each in self.increments):
            return None
        line = fit_line([(e.count, e.middle, math.log(e.bytes_each)) for e in self.increments])
        by_factor = self._rest(lambda place: math.exp(min(700.0, line.at(place))))
        return line if line.slope > 0 and by_factor < self._rest(self.sizes.at) else None

    def _rest(self, model: Callable[[float], float]) -> float:
        return math.fsum(e.count * (e.bytes_each - model(e.middle)) ** 2 for e in self.increments)

    def _growth_by_factor(self, more: int) -> float:
        line = self._factor
        if line is None:
            return 0.0
        first = math.exp(min(300.0, line.at(self.last.held + 1)))
        return first * math.expm1(min(300.0, line.slope * more)) / math.expm1(line.slope)


def out_of_step_ratio(threads: int) -> float:
    """Say how much more than in a probe is needed for a moment where threads go their own ways.

    Sessions of one step of a probe begin together; an app's do not, and the peaks of a few threads
    meet more often than was seen. Of many threads some meet in each step. Seen in real kills of
    sessions with a large peak, in 384 MiB: with 4 threads at 94 to 104 (99 on average), where 1
    says 104 and 1.5 says 99; with 16 threads at 56 to 61, where 1 says 55 to 59. Two threads never
    need more than twice.

    >>> [round(out_of_step_ratio(threads), 2) for threads in (1, 2, 4, 16)]
    [1, 2, 1.5, 1.03]
    """
    return 1 if threads == 1 else min(2, 1 + 8 / threads**2)


def _increments(steps: Sequence[Step], threads: int) -> Iterator[Increment]:
    for before, after in pairwise(steps):
        count = after.held - before.held
        each = (after.memory_bytes - before.memory_bytes) / count
        half_made = MADE_MEANWHILE_RATIO * (threads - 1) * max(0.0, each)
        yield Increment(
            count=count,
            middle=(after.held + before.held + 1) / 2,
            bytes_each=each,
            transient_bytes=after.transient_bytes * max(1.0, threads / count) + half_made,
        )


def _merged(increments: list[Increment]) -> list[Increment]:
    """Join small steps until all are of a size, since each carries the same error of reading."""
    wanted = max(each.count for each in increments) / 2
    joined: list[Increment] = []
    open_step: Increment | None = None
    for each in increments:
        open_step = _join(open_step, each) if open_step else each
        if open_step.count >= wanted:
            joined.append(open_step)
            open_step = None
    if open_step:
        joined.append(_join(joined.pop(), open_step) if joined else open_step)
    return joined


def _join(first: Increment, second: Increment) -> Increment:
    count = first.count + second.count
    return Increment(
        count=count,
        middle=(first.count * first.middle + second.count * second.middle) / count,
        bytes_each=(first.count * first.bytes_each + second.count * second.bytes_each) / count,
        transient_bytes=max(first.transient_bytes, second.transient_bytes),
    )


def _settled(increments: list[Increment]) -> list[Increment]:
    """Leave out a beginning that differs from what came after it (caches, a heap that fills)."""
    best, best_spread = increments, _CALMER * _relative_spread(increments)
    for start in range(1, len(increments) // 2 + 1):
        begin, rest = increments[:start], increments[start:]
        spread = _relative_spread(rest)
        if len(rest) >= 3 and spread < best_spread and _stands_apart(begin, rest):
            best, best_spread = rest, _CALMER * spread
    return best


def _relative_spread(increments: list[Increment]) -> float:
    sizes = [each.bytes_each for each in increments]
    mean = sum(sizes) / len(sizes)
    return math.dist(sizes, [mean] * len(sizes)) / math.sqrt(len(sizes)) / mean if mean > 0 else 0.0


def _stands_apart(begin: list[Increment], rest: list[Increment]) -> bool:
    """Whether the beginning was all smaller, or differed in one piece that does not come again.

    A pattern that comes again (every fifth is large, a table that doubles) must not be taken for a
    beginning; what came late and once (a model, loaded by the third session) may be, when the calm
    after it has lasted twice as long as what led up to it.
    """
    low, high = _range(rest)
    slack = max(high - low, _SLACK_RATIO * high)
    if all(each.bytes_each < low for each in begin):
        return True
    differs = [not low - slack <= each.bytes_each <= high + slack for each in begin]
    pieces = sum(now and not before for before, now in pairwise([False, *differs]))
    lasted = sum(each.count for each in rest) >= 2 * sum(each.count for each in begin)
    return pieces == 1 and (differs[0] or lasted)


def _range(increments: list[Increment]) -> tuple[float, float]:
    sizes = [each.bytes_each for each in increments]
    return min(sizes), max(sizes)
