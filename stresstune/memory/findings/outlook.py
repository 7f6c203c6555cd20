"""How full the memory is while a probe runs, and where that will end."""

from __future__ import annotations

import time
from collections.abc import Callable

from stresstune.memory.ends import guard
from stresstune.memory.ends.boundary import Boundary
from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.findings.reckon import fit_so_far, reckon
from stresstune.memory.reckoning.forecast import Projection
from stresstune.memory.reckoning.unseen import is_unseen
from stresstune.model.memory import MemoryOutlook

PROJECT_EVERY_SECONDS = 0.25
"""A projection takes up to some milliseconds, which a fast fill would feel."""

_PROJECT_SHARE = 0.02
"""Of many sessions it takes longer, and is made less often: no more than this share of the time."""


class Outlook:
    """Looks ahead, now and then."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Prepare to look.

        Args:
            clock: Seconds.
        """
        self._clock = clock
        self._due = 0.0
        self._projection: Projection | None = None

    def at(
        self, ledger: Ledger, boundaries: tuple[Boundary, ...], threads: int, *, where: str = ""
    ) -> MemoryOutlook | None:
        """Say how things stand after the latest step; None where no end is known.

        Args:
            ledger: What was measured.
            boundaries: The ends of memory.
            threads: Sessions made at a time.
            where: The process, where these are the same sessions once more: the first, which is
                complete, says more of the end than the beginning of another.
        """
        used_bytes = ledger.memory_bytes

        def left_bytes(each: Boundary) -> int:
            return each.room_bytes - used_bytes

        near = min(boundaries, key=left_bytes, default=None)
        if near is None:
            return None
        if not where and len(ledger.samples) > 2 and self._clock() >= self._due:
            began = self._clock()
            fit = fit_so_far(ledger, threads)
            seen = fit and not is_unseen(fit)
            self._projection = reckon(ledger, near.room_bytes, threads) if seen else None
            ended = self._clock()
            self._due = ended + max(PROJECT_EVERY_SECONDS, (ended - began) / _PROJECT_SHARE)
        limit, end = near.ceiling.limit_bytes, self._projection
        return MemoryOutlook(
            sessions=ledger.held,
            where=where,
            used_bytes=max(0, limit - left_bytes(near)),
            guard_bytes=limit - guard.margin_bytes(limit),
            limit_bytes=limit,
            limit_source=near.ceiling.source,
            projected=end.sessions if end else None,
            projected_low=end.low if end else None,
            projected_high=end.high if end else None,
        )
