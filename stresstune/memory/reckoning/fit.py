"""What a few sessions say about the size of all. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

from stresstune.memory.reckoning.line import TREND_T, Line, fit_line
from stresstune.memory.reckoning.occasions import Occasion, occasion_of
from stresstune.memory.reckoning.overlap import (
    FREE_ROUNDS,
    free_rounds,
    without_free,
    without_stragglers,
)
from stresstune.memory.reckoning.peaks import Peaks, peaks_of
from stresstune.memory.reckoning.settling import merged, settled, tapered
from stresstune.memory.reckoning.steps import Increment, Step, half_made_bytes, increments_of

EQUAL_SPREAD_RATIO = 0.005
"""Sessions count as equal when they differ by less than this share of their mean."""

_IN_STEP_RATIO = 0.5
"""Where threads were seen beginning together only, their peaks may meet so much worse."""

FEW_ROWS = 4
"""Where fewer rows of sessions made at a time fit, what the last one does is much of the number."""

_IN_TURN_RATIO = 0.1
"""Sessions that are made so little together are made one after the other."""

_RESOLUTION_BYTES = 64 * 1024

_MANY_LATER = 3
"""So many steps after the warm-up say that it will not come again."""


class Fit:
    """What the steps of a probe say about its sessions.

    Where memory comes and goes between the steps, `tide.Tide` knows better.

    >>> fit = Fit([Step(n, 20_000_000 + n * 78_000_000) for n in range(5)])
    >>> fit.mean_bytes, fit.is_equal, fit.grows
    (78000000.0, True, False)
    """

    steps_tell_sizes = True
    """What one step did says how large its sessions are, so that others can be drawn from them."""

    def __init__(self, steps: Sequence[Step], *, threads: int = 1) -> None:
        """Take the steps of a probe.

        Args:
            steps: The empty process first, then each step; at least two.
            threads: How many sessions will be made at a time. Where a step made fewer, what it
                needed for a moment is scaled up; and what is half made counts as needed.
        """
        self._free = [(float(step.held), float(step.free_bytes)) for step in steps[2:]]
        self.steps = without_free(steps)
        self.last = self.steps[-1]
        self.threads = threads
        self._all = without_stragglers(list(increments_of(self.steps, threads)), threads)

    @cached_property
    def increments(self) -> list[Increment]:
        """Those that count: without the warm-up, and what else came before it settled."""
        if self.is_free:
            return free_rounds(self._later, self.threads)
        # Settled twice: what joins a large beginning to small steps hides it.
        return tapered(settled(merged(settled(self._all[1:])))) if len(self._all) > 1 else self._all

    @cached_property
    def is_free(self) -> bool:
        """Whether threads were seen going their own ways, often enough to know how peaks meet."""
        return len(free_rounds(self._later, self.threads)) >= FREE_ROUNDS

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
        """The most that a session of one step kept; the warm-up too, while few came after it."""
        told = self._later if len(self._later) >= _MANY_LATER else self._all
        return max(each.bytes_each for each in told)

    @cached_property
    def peaks(self) -> Peaks:
        """What making a session needs for a moment, and will need."""
        telling = self.increments if self.is_free else settled(self._later)
        earlier = self._later[: -len(telling)] if self.threads == 1 else []
        peaks = peaks_of(
            telling,
            self.last.held,
            self.mean_bytes,
            earlier=earlier,
            free=self._free,
            threads=self.threads,
        )
        if self.threads == 1 or self.is_free or self._is_at_worst:
            return peaks
        doubt = max(peaks.doubt_bytes, _IN_STEP_RATIO * peaks.most_bytes)
        return replace(peaks, doubt_bytes=doubt)

    @property
    def _is_at_worst(self) -> bool:
        """Whether fewer told than come at a time, and it was reckoned as if all met at worst."""
        few = all(each.count < self.threads for each in self._later)
        return few or any(step.at_worst for step in self.steps)

    @cached_property
    def occasion(self) -> Occasion | None:
        """What comes at each so-manieth session, if anything does."""
        one_by_one = self.threads == 1 and self.steps_tell_sizes
        return occasion_of(self._later, self.last.held) if one_by_one else None

    @cached_property
    def transient_bytes(self) -> float:
        """The most that a step needs for a moment."""
        return self.peaks.most_bytes

    @property
    def _later(self) -> list[Increment]:
        """All but the warm-up, where there is more."""
        return self._all[1:] if len(self._all) > 1 else self._all

    @cached_property
    def transient_of_one_bytes(self) -> float:
        """What one session would need for a moment, at most, made alone."""
        seen = self._all if self.threads == 1 else self._later
        return max(each.transient_bytes for each in seen) / self.threads

    @cached_property
    def held_by_all(self) -> int:
        """How many were held after the latest step in which all threads were at work."""
        return int(max((e.last for e in self._all if e.count >= self.threads), default=0))

    @cached_property
    def sizes(self) -> Line:
        """The trend of what sessions keep."""
        return fit_line([(each.count, each.middle, each.bytes_each) for each in self.increments])

    @cached_property
    def grows(self) -> bool:
        """Whether it is proved that each session keeps more than the one before."""
        line = self.sizes
        return (
            len(self.increments) >= 4
            and line.slope > TREND_T * line.slope_error
            and line.slope * line.centre > EQUAL_SPREAD_RATIO * line.level
        )

    def held_with_luck(self, room_bytes: float) -> int:
        """Count those that fit if it goes as well as it may; 0 where nothing says that it may.

        A heap that falls to pieces may find a use for them. And what is needed by several sessions
        that are made at a time may be needed one after the other: a probe's users come in step, an
        app's do not.

        Args:
            room_bytes: A limit less what others hold there.
        """
        if self.threads == 1:
            left = room_bytes - self.last.memory_bytes - self.peaks.most_bytes
            rises = self.peaks.rise_bytes > 0 and left > 0
            return self.last.held + math.floor(left / self.size_bytes) if rises else 0
        needed = max(0.0, self.transient_bytes - self._half_made_bytes) / self.threads
        left = room_bytes - self.last.memory_bytes - needed
        with_luck = max(0, self.last.held + math.floor(left / self.size_bytes))
        in_step = not self.is_free and self.last.together_ratio > _IN_TURN_RATIO
        return with_luck if in_step or self._is_at_worst else 0

    @property
    def _half_made_bytes(self) -> float:
        """What was reckoned as needed for the sessions of other threads, where it was not seen."""
        seen = self.last.peaks_bytes
        return 0.0 if seen else half_made_bytes(self.last, self.mean_bytes, self.threads)

    def expected_bytes(self, number: float) -> float:
        """Say what a session will keep, by its number."""
        return self.sizes.at(number) if self.grows else self.mean_bytes

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
