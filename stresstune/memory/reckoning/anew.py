"""Another process, whose sessions are drawn anew. Pure.

How the one that was seen goes on says how many sessions fit into it. Where they are unequal by
chance, the next process meets other ones from its first session on: users who come another day.
"""

from __future__ import annotations

import math
from dataclasses import replace

from stresstune.memory.reckoning import play
from stresstune.memory.reckoning.fit import Fit
from stresstune.memory.reckoning.forecast import Projection, differ, student
from stresstune.memory.reckoning.pattern import leaps_grow, next_in_order
from stresstune.model.record import Estimate

_TAIL_SHARE = 0.025
"""So many of another process's outcomes lie below the interval, and as many above."""


def widened(found: Projection, fit: Fit, room_bytes: float) -> Projection:
    """Let the interval hold what another process may hold, where sizes come by chance.

    Args:
        found: How many fit into the process that was seen.
        fit: What was seen of it.
        room_bytes: A limit less what others hold there.
    """
    if not _come_by_chance(fit):
        return found
    left_bytes = room_bytes - fit.last.memory_bytes
    least, most = _ends(fit, left_bytes, found.sessions)
    low = max(0, min(found.low, least))
    high = max(found.high, most)
    if not differ(low, found.sessions):
        return found
    size = found.bytes_per_session
    smallest = min(size.low, size * found.sessions / max(1, high))
    largest = max(size.high, size * found.sessions / max(1, low))
    return replace(
        found,
        low=low,
        high=high,
        sizes_vary=True,
        bytes_per_session=Estimate(float(size), smallest, largest),
    )


def _come_by_chance(fit: Fit) -> bool:
    """Whether sessions are unequal, and no order is seen in which they come."""
    if fit.threads > 1 or fit.is_equal or not fit.steps_tell_sizes or fit.freedom < 1:
        return False
    ordered = next_in_order(fit.increments) or leaps_grow(fit.increments)
    return not ordered and fit.occasion is None


def _ends(fit: Fit, left_bytes: float, sessions: int) -> tuple[int, int]:
    """Give what hardly any process holds less than, and what hardly any holds more than."""
    again_bytes = left_bytes + fit.measured * fit.mean_bytes
    if not play.is_possible(fit, again_bytes):
        size_bytes = max(fit.size_bytes, fit.expected_bytes(max(sessions, fit.last.held)))
        spread = fit.spread_bytes / size_bytes * student(fit.freedom)
        # These sessions differ, and the mean of those that were seen is not exact.
        doubt = spread * math.sqrt(sessions + sessions**2 / fit.measured)
        return math.floor(sessions - doubt), math.ceil(sessions + doubt)
    before = fit.last.held - fit.measured
    outcomes = play.outcomes(fit, again_bytes, held=before)
    last = len(outcomes) - 1
    low, high = (outcomes[round(share * last)] for share in (_TAIL_SHARE, 1 - _TAIL_SHARE))
    return before + low, before + high
