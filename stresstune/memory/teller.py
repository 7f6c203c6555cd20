"""Tells whoever listens what each step of a probe did."""

from __future__ import annotations

from collections.abc import Callable

from stresstune.memory import lines
from stresstune.memory.boundary import Boundary
from stresstune.memory.ledger import Ledger
from stresstune.memory.outlook import Outlook
from stresstune.model.memory import MemoryOutlook
from stresstune.model.workload import Progress

OnProgress = Callable[[Progress], None]


class Teller:
    """Speaks in the classic lines, and warns once when a limit is near."""

    def __init__(self, on_progress: OnProgress | None, total: int | None) -> None:
        """Prepare to tell.

        Args:
            on_progress: Who listens, if anybody does.
            total: Sessions to be opened, or None where that is not known.
        """
        self._on_progress = on_progress
        self._total = total
        self._warned = False
        self._outlook = Outlook()
        self._now: MemoryOutlook | None = None

    def tell(self, ledger: Ledger, boundaries: tuple[Boundary, ...], threads: int) -> None:
        """Tell of the latest step."""
        if self._on_progress is None:
            return
        before, after = ledger.samples[-2:]
        self._now = self._outlook.at(ledger, boundaries, threads)
        self._say(self._on_progress, lines.session_line(before, after, self._total), ledger.held)
        near = "" if self._warned else _near_line(ledger, boundaries)
        if near:
            self._warned = True
            self._say(self._on_progress, near, ledger.held)

    def _say(self, on_progress: OnProgress, message: str, held: int) -> None:
        total = None if self._total is None else float(self._total)
        done = float(held)
        on_progress(
            Progress(stage="memory", message=message, done=done, total=total, memory=self._now)
        )


def _near_line(ledger: Ledger, boundaries: tuple[Boundary, ...]) -> str:
    held_bytes = ledger.memory_bytes
    for boundary in boundaries:
        left, ceiling = boundary.room_bytes - held_bytes, boundary.ceiling
        if left < (1 - lines.NEAR_RATIO) * ceiling.limit_bytes:
            return lines.near_line(max(0, left), ceiling.limit_bytes, ceiling.source)
    return ""
