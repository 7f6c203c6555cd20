"""Does a server work on one call at a time? Then each answer tells how long one takes: pure.

Calls that are worked on side by side overtake each other, unless all of them take equally long;
those of a server with a single place never do. What lies between the end of one call, or the start
of the next if that came later, and the end of the next, is then work and no waiting.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, pstdev

from stresstune.model.load import Attempt

LEAST_IN_LINE = 16
"""Fewer calls may have kept their order by chance."""

ON_THE_WAY_RATIO = 0.02
"""Share of a call's time by which calls may overtake each other on their way."""

LEAST_ALONE, LONGER_Z = 2, 2.33
"""So many calls alone are needed, and standard errors by which they may have been longer than usual
by chance, one in a hundred."""


def services_of_one_place(
    attempts: Sequence[Attempt],
    alone: Sequence[Attempt],
    per_second: float,
    since_seconds: float = 0.0,
) -> tuple[float, ...]:
    """Return how long a server with one place worked on each call; nothing if it has more.

    Args:
        attempts: Every call.
        alone: Those that met no queue, as far as known.
        per_second: Calls answered a second while calls were waiting.
        since_seconds: What ended before tells nothing: the service was another one.

    >>> times = [(0, 2), (3, 5), *((6, 8 + 2 * place) for place in range(20))]
    >>> line = [Attempt(intended_seconds=start, started_seconds=start, finished_seconds=end,
    ...                 outcome="ok") for start, end in times]
    >>> set(services_of_one_place(line, line[:2], 0.5))
    {2}
    """
    singly = [attempt for attempt in alone if attempt.in_flight == 1]
    line = [a for a in attempts if a.outcome in ("ok", "failed", "timed_out")]
    if (
        len(singly) < LEAST_ALONE
        or len(line) < LEAST_IN_LINE
        or any(a.outcome != "ok" for a in line)
    ):
        return ()
    line.sort(key=lambda attempt: (attempt.started_seconds, attempt.finished_seconds))
    slack_seconds = ON_THE_WAY_RATIO / per_second
    services, in_line, free_at = [], [], -math.inf
    for attempt in line:
        if attempt.finished_seconds < free_at - slack_seconds:
            return ()
        seconds = max(attempt.finished_seconds - max(attempt.started_seconds, free_at), 0.0)
        free_at = max(free_at, attempt.finished_seconds)
        if attempt.finished_seconds >= since_seconds:
            services.append(seconds)
            in_line += [seconds] if attempt not in singly else []
    # of equally long calls more than one could be worked on, in order; then one alone takes longer
    longer = _are_longer([a.service_seconds - slack_seconds for a in singly], in_line)
    return () if longer else tuple(services)


def _are_longer(alone: Sequence[float], in_line: Sequence[float]) -> bool:
    """Compare means, and ranks (Mann and Whitney 1947, normal approximation)."""
    if len(in_line) < LEAST_IN_LINE // 2:
        return True
    usual = max(fmean(in_line), 1e-9)
    error = pstdev(in_line) / usual / math.sqrt(len(alone))
    wins = sum((a > b) + 0.5 * (a == b) for a in alone for b in in_line)
    pairs = len(alone) * len(in_line)
    spread = math.sqrt(pairs * (len(alone) + len(in_line) + 1) / 12)
    return fmean(alone) > usual * math.exp(LONGER_Z * error) or wins - pairs / 2 > LONGER_Z * spread
