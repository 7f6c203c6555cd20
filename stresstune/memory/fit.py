"""From a few sessions to the number that fits. Pure.

N = (room - baseline - T) / b, on what the sessions after the warm-up kept. Where sessions are
unequal the sum of those still to come has a prediction interval; where each is larger than the
last, the growth is carried on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from stresstune.model.record import Estimate

EQUAL_SPREAD_RATIO = 0.005
"""Sessions count as equal when they differ by less than this share of their mean."""

VARY_RATIO = 0.03
"""An interval wider than this share of the number (and than one session) is said to be one."""

LARGEST_COUNT = 10**9
"""No number of sessions above this is reckoned with."""

_STUDENT_975 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14)
"""Student's t, 97.5 %, for 1, 2, … degrees of freedom; 2 and less beyond."""

_TREND_T = 4.0
_RESOLUTION_BYTES = 64 * 1024


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
class _Increment:
    """What each session of one step kept, on average."""

    count: int
    middle: float
    bytes_each: float


@dataclass(frozen=True, slots=True)
class Projection:
    """How many sessions fit into a room.

    Attributes:
        sessions: The number itself; at least what is held.
        low: Lower end of its 95 % interval.
        high: Upper end.
        bytes_per_session: What one more keeps, on average up to that number.
        baseline_bytes: What there is without any session, lazily loaded parts included.
        transient_bytes: What making a session needs for a moment beyond what it keeps.
        sizes_vary: The interval is wider than one session and 3 %.
        grows: Each session keeps more than the one before.
    """

    sessions: int
    low: int
    high: int
    bytes_per_session: Estimate
    baseline_bytes: int
    transient_bytes: int
    sizes_vary: bool
    grows: bool


class Fit:
    """What the steps of a probe say about sessions.

    >>> steps = [Step(n, 20_000_000 + n * 78_000_000) for n in range(5)]
    >>> Fit(steps).project(2_000_000_000).sessions
    25
    """

    def __init__(self, steps: Sequence[Step], *, threads: int = 1) -> None:
        """Take the steps of a probe.

        Args:
            steps: The empty process first, then each step; at least two.
            threads: How many sessions will be made at a time; where the steps made fewer, what
                they need for a moment is scaled up.
        """
        self._steps = steps
        self._threads = threads

    @cached_property
    def _increments(self) -> list[_Increment]:
        """Increments that count: without the warm-up, and what else came before it settled."""
        pairs = list(zip(self._steps, self._steps[1:], strict=False))
        made = [
            _Increment(
                after.held - before.held,
                (after.held + before.held + 1) / 2,
                (after.memory_bytes - before.memory_bytes) / (after.held - before.held),
            )
            for before, after in pairs
        ]
        return _settled(made[1:]) if len(made) > 1 else made

    @cached_property
    def mean_bytes(self) -> float:
        """What a session kept, on average over those that count."""
        total = math.fsum(each.bytes_each * each.count for each in self._increments)
        return total / sum(each.count for each in self._increments)

    @cached_property
    def spread_bytes(self) -> float:
        """Standard deviation of what single sessions keep."""
        if len(self._increments) < 2:
            return 0.0
        squares = math.fsum(
            each.count * (each.bytes_each - self._expected(each.middle)) ** 2
            for each in self._increments
        )
        freedom = len(self._increments) - (2 if self.grows else 1)
        return math.sqrt(squares / freedom)

    @cached_property
    def spread_ratio(self) -> float:
        """Difference of the largest and the smallest increment, as a share of their mean."""
        sizes = [each.bytes_each for each in self._increments]
        return (max(sizes) - min(sizes)) / self.mean_bytes if self.mean_bytes > 0 else 0.0

    @property
    def is_equal(self) -> bool:
        """Whether the sessions are so equal that a few tell of all."""
        return len(self._increments) >= 3 and self.spread_ratio <= EQUAL_SPREAD_RATIO

    @cached_property
    def largest_bytes(self) -> float:
        """The most that a session of one step kept, the warm-up too."""
        pairs = zip(self._steps, self._steps[1:], strict=False)
        return max(
            (after.memory_bytes - before.memory_bytes) / (after.held - before.held)
            for before, after in pairs
        )

    @cached_property
    def transient_bytes(self) -> int:
        """The most that a step after the warm-up needed for a moment."""
        counted = self._steps[2:] or self._steps[1:]
        return max(
            round(step.transient_bytes * max(1.0, self._threads / (step.held - before.held)))
            if self._threads > 1
            else step.transient_bytes
            for before, step in zip(self._steps[-len(counted) - 1 :], counted, strict=False)
        )

    @cached_property
    def transient_of_one_bytes(self) -> float:
        """What one session at a time would need for a moment, at most."""
        return max(
            after.transient_bytes / min(self._threads, after.held - before.held)
            for before, after in zip(self._steps, self._steps[1:], strict=False)
        )

    @cached_property
    def _slope(self) -> float:
        """Bytes by which each session is larger than the last; 0 where that is not proved."""
        if len(self._increments) < 4 or self.mean_bytes <= 0:
            return 0.0
        weights = [each.count for each in self._increments]
        middle = sum(w * e.middle for w, e in zip(weights, self._increments, strict=True)) / sum(
            weights
        )
        across = sum(
            w * (e.middle - middle) ** 2 for w, e in zip(weights, self._increments, strict=True)
        )
        slope = (
            math.fsum(
                w * (e.middle - middle) * (e.bytes_each - self.mean_bytes)
                for w, e in zip(weights, self._increments, strict=True)
            )
            / across
        )
        rest = math.fsum(
            w * (e.bytes_each - self.mean_bytes - slope * (e.middle - middle)) ** 2
            for w, e in zip(weights, self._increments, strict=True)
        )
        error = math.sqrt(rest / (len(weights) - 2) / across)
        proved = slope > _TREND_T * error and slope * middle > EQUAL_SPREAD_RATIO * self.mean_bytes
        return slope if proved else 0.0

    @property
    def grows(self) -> bool:
        """Whether each session keeps more than the one before."""
        return self._slope > 0

    @cached_property
    def _middle(self) -> float:
        counts = sum(each.count for each in self._increments)
        return sum(each.count * each.middle for each in self._increments) / counts

    def _expected(self, index: float) -> float:
        return self.mean_bytes + self._slope * (index - self._middle)

    def project(self, room_bytes: int) -> Projection:
        """Reckon how many sessions fit into a room (a limit less what others hold there)."""
        last = self._steps[-1]
        left = room_bytes - last.memory_bytes - self.transient_bytes
        best = self._reach(left, 0.0)
        # Doubt has two parts: the sessions still to come differ, and the mean itself is not exact.
        doubt = self.spread_bytes * _student(len(self._increments) - (2 if self.grows else 1))
        low, high = self._reach(left, doubt), self._reach(left, -doubt)
        if len(self._increments) == 1 and self.largest_bytes > self.mean_bytes:
            low = min(low, max(0, math.floor(left / self.largest_bytes)))
        fits, low, high = (self._clamp(last.held + more) for more in (best, low, high))
        return Projection(
            sessions=fits,
            low=low,
            high=high,
            bytes_per_session=self._estimate(fits, low, high),
            baseline_bytes=self._baseline(fits),
            transient_bytes=self.transient_bytes,
            sizes_vary=fits - low > max(1.0, VARY_RATIO * fits),
            grows=self.grows,
        )

    def _clamp(self, sessions: int) -> int:
        return min(LARGEST_COUNT, max(0, sessions))

    def _reach(self, left_bytes: float, doubt_bytes: float) -> int:
        """Count further sessions (fewer, if negative) until the bytes that are left are used."""
        if left_bytes < 0:
            return -math.ceil(-left_bytes / self._size_floor)
        measured = sum(each.count for each in self._increments)

        def needed(more: int) -> float:
            doubt = doubt_bytes * math.sqrt(more + more * more / measured)
            return self._sum_of_next(more) + doubt

        return _last_that(lambda more: needed(more) <= left_bytes)

    @property
    def _size_floor(self) -> float:
        """What a session keeps at least: what could not have been seen counts as kept."""
        measured = sum(each.count for each in self._increments)
        return max(self.mean_bytes, _RESOLUTION_BYTES / measured)

    def _sum_of_next(self, more: int) -> float:
        """Add up what so many further sessions will keep."""
        held = self._steps[-1].held
        middle = held + (more + 1) / 2
        linear = more * max(self._size_floor, self._expected(middle))
        return max(linear, self._sum_by_factor(more)) if self.grows else linear

    def _sum_by_factor(self, more: int) -> float:
        """Add them up as if each were larger by a factor; 0 where a sum explains them better."""
        sizes = [math.log(each.bytes_each) for each in self._increments if each.bytes_each > 0]
        if len(sizes) < len(self._increments):
            return 0.0
        middles = [each.middle for each in self._increments]
        centre, mean = sum(middles) / len(middles), sum(sizes) / len(sizes)
        across = sum((m - centre) ** 2 for m in middles)
        rate = sum((m - centre) * s for m, s in zip(middles, sizes, strict=True)) / across
        rest_factor = sum(
            (each.bytes_each - math.exp(mean + rate * (each.middle - centre))) ** 2
            for each in self._increments
        )
        rest_linear = sum(
            (each.bytes_each - self._expected(each.middle)) ** 2 for each in self._increments
        )
        if rate <= 0 or rest_factor > rest_linear:
            return 0.0
        first = math.exp(min(700.0, mean + rate * (self._steps[-1].held + 1 - centre)))
        return first * math.expm1(min(700.0, rate * more)) / math.expm1(rate)

    def _estimate(self, fits: int, low: int, high: int) -> Estimate:
        """Give the mean size of all sessions up to the number, with the ends that explain it."""
        held = self._steps[-1].held
        more = max(0, fits - held)
        mean = (self._measured_bytes + self._sum_of_next(more)) / (self._measured_count + more)
        error = _student(len(self._increments) - 1) * self.spread_bytes
        error /= math.sqrt(sum(each.count for each in self._increments))
        smallest = min(mean - error, mean * fits / high if high > 0 else mean)
        largest = max(mean + error, mean * fits / low if low > 0 else mean)
        return Estimate(mean, max(0.0, smallest), largest)

    @property
    def _measured_count(self) -> int:
        return sum(each.count for each in self._increments)

    @property
    def _measured_bytes(self) -> float:
        return math.fsum(each.count * each.bytes_each for each in self._increments)

    def _baseline(self, fits: int) -> int:
        """Give what is left of the memory when the sessions' share is taken away."""
        last = self._steps[-1]
        more = max(0, fits - last.held)
        mean = (self._measured_bytes + self._sum_of_next(more)) / (self._measured_count + more)
        total = last.memory_bytes + self._sum_of_next(more)
        return max(0, round(total - mean * (last.held + more)))


def _settled(increments: list[_Increment]) -> list[_Increment]:
    """Leave out a beginning that differs, where more sessions than that are equal after it."""
    for start in range(1, len(increments)):
        rest = increments[start:]
        sizes = [each.bytes_each for each in rest]
        mean = sum(sizes) / len(sizes)
        if len(rest) < 3 or len(rest) <= start:
            break
        if mean > 0 and max(sizes) - min(sizes) <= EQUAL_SPREAD_RATIO * mean:
            return rest
    return increments


def _student(freedom: int) -> float:
    if freedom < 1:
        return 0.0
    return _STUDENT_975[freedom - 1] if freedom <= len(_STUDENT_975) else 2.1


def _last_that(holds: Callable[[int], bool]) -> int:
    """Find the largest number for which it holds, where it holds for all smaller ones."""
    upper = 1
    while holds(upper) and upper < LARGEST_COUNT:
        upper *= 2
    lower, upper = upper // 2, min(upper, LARGEST_COUNT)
    while upper - lower > 1:
        middle = (lower + upper) // 2
        lower, upper = (middle, upper) if holds(middle) else (lower, middle)
    return lower
