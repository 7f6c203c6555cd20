"""Memory that comes and goes while sessions come: buffers of uploads, an allocator that gives back.

Sessions that are held never hold less than before. Where memory fell all the same, what one step
did says little of its sessions, and the steps' sizes little of how unequal sessions are: it is the
level that is uncertain, and a straight line through the levels says what a session keeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from stresstune.memory.line import TREND_T, Line, fit_line
from stresstune.memory.steps import Step

_EBB_BYTES = 2**20
"""So much must have been given back at once: less is the grain of an allocator."""

_LEAST_LEVELS = 6


@dataclass(frozen=True, slots=True)
class Tide:
    """A line through levels that go up and down.

    Attributes:
        line: Memory by the number of sessions, in bytes.
        levels: How many it goes through.
        crest_bytes: The most that was needed above the line, for a moment or for longer.
    """

    line: Line
    levels: int
    crest_bytes: float


def tide_of(steps: Sequence[Step]) -> Tide | None:
    """Find the line where memory fell although sessions came; None where it did not.

    Args:
        steps: The empty process first, then each step. The first session loads what the others
            share, so that the empty process says nothing of the line.
    """
    levels = [step for step in steps if step.held][1:]
    if len(levels) < _LEAST_LEVELS:
        return None
    fell = [before.memory_bytes - after.memory_bytes for before, after in pairwise(levels)]
    if max(fell) < _EBB_BYTES:
        return None
    line = fit_line([(1, step.held, step.memory_bytes) for step in levels])
    if max(fell) < line.slope or line.slope <= TREND_T * line.slope_error:
        return None  # what comes and goes is less than a session: the steps tell of each
    crest = max(s.memory_bytes + s.transient_bytes - line.at(s.held) for s in levels)
    return Tide(line=line, levels=len(levels), crest_bytes=max(0.0, crest))
