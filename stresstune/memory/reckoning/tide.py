"""Memory that comes and goes while sessions come: buffers of uploads, an allocator that gives back.

Sessions that are held never hold less than before. Where memory fell all the same, what one step
did says little of its sessions, and the steps' sizes little of how unequal sessions are: it is the
level that is uncertain, and a straight line through the levels says what a session keeps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise

from stresstune.memory.reckoning.fit import Fit
from stresstune.memory.reckoning.line import TREND_T, Line, fit_line
from stresstune.memory.reckoning.overlap import without_free
from stresstune.memory.reckoning.peaks import LARGEST_COUNT, Peaks, rise_of
from stresstune.memory.reckoning.steps import Step, unhindered

_EBB_BYTES = 2**20
"""So much must have been given back at once: less is the grain of an allocator."""

_LEAST_LEVELS = 6


class Tide(Fit):
    """A line through levels that go up and down.

    Its spread is what single sessions would have to differ by, for a mean so uncertain.
    """

    steps_tell_sizes = False
    grows = False
    is_equal = False

    def __init__(self, steps: Sequence[Step], levels: Sequence[Step], line: Line) -> None:
        """Take the steps, and the line through those of them that are levels."""
        super().__init__(steps)
        self._levels, self._line = levels, line
        self.last = replace(self.last, memory_bytes=round(line.at(self.last.held)))
        self.measured = self.last.held
        self.mean_bytes = line.slope
        self.spread_bytes = line.slope_error * math.sqrt(self.measured)

    @property
    def freedom(self) -> int:
        """Degrees of freedom of the line."""
        return len(self._levels) - 2

    @cached_property
    def peaks(self) -> Peaks:
        """The most that was needed above the line, for a moment or for longer.

        What is needed for a moment may rise with each session, as where each goes through all.
        """
        levels, held = self._levels, self.last.held
        above = [
            (each.held, each.memory_bytes + each.transient_bytes - self._line.at(each.held))
            for each in levels
        ]
        passing = [(each.held, float(each.transient_bytes)) for each in levels]
        rise = rise_of(passing, self._line.slope)
        most = max(need + rise * (held - at) for at, need in above)
        return Peaks((max(0.0, most),), held, rise_bytes=rise)

    def held_with_luck(self, room_bytes: float) -> int:
        """Count those that fit if memory is given back again and again as it was at its lowest."""
        first = self._levels[0]
        left = room_bytes - first.memory_bytes
        slopes = (
            (low.memory_bytes - first.memory_bytes) / (low.held - first.held)
            for before, low in pairwise(self._levels)
            if before.memory_bytes - low.memory_bytes >= max(_EBB_BYTES, self._line.slope)
        )
        least = min(slopes, default=math.inf)
        return first.held + max(0, math.floor(left / least)) if least > 0 else LARGEST_COUNT


def fit_of(steps: Sequence[Step], *, threads: int = 1) -> Fit:
    """Say what the steps of a probe tell about its sessions: one by one, or by their levels only.

    Args:
        steps: The empty process first, then each step; at least two. The first session loads what
            the others share, so that the empty process says nothing of the levels.
        threads: How many sessions will be made at a time.
    """
    if threads == 1 and any(math.isfinite(step.left_bytes) for step in steps):
        steps = steps[: len(unhindered(without_free(steps)))]
    fit = Fit(steps, threads=threads)
    if threads > 1 or fit.grows:
        return fit
    levels = [step for step in fit.steps if step.held][1:]
    if len(levels) < _LEAST_LEVELS:
        return fit
    fell = max(before.memory_bytes - after.memory_bytes for before, after in pairwise(levels))
    if fell < _EBB_BYTES:
        return fit
    line = fit_line([(1, step.held, step.memory_bytes) for step in levels])
    if fell < line.slope or line.slope <= TREND_T * line.slope_error:
        return fit  # what comes and goes is less than a session: the steps tell of each
    return Tide(steps, levels, line)
