"""Tells whoever listens what each step of a probe did."""

from __future__ import annotations

import time
from collections.abc import Callable

from stresstune.memory.ends.boundary import Boundary
from stresstune.memory.findings import lines
from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.findings.outlook import Outlook
from stresstune.model.memory import MemoryOutlook
from stresstune.model.workload import Progress

OnProgress = Callable[[Progress], None]

_MOMENT_SECONDS = 0.5
"""What takes longer is announced."""


class Teller:
    """Speaks in the classic lines, and warns once when a limit is near."""

    def __init__(
        self,
        on_progress: OnProgress | None,
        total: int | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare to tell.

        Args:
            on_progress: Who listens, if anybody does.
            total: Sessions to be opened, or None where that is not known.
            clock: Seconds.
        """
        self._on_progress = on_progress
        self._total = total
        self._clock = clock
        self._asked: tuple[float, int] | None = None
        self._warned = False
        self._which = ""
        self._outlook = Outlook()
        self._now: MemoryOutlook | None = None

    def ask(self, count: int, held: int) -> None:
        """Say how many sessions are about to be opened, if that will take longer than a moment."""
        now, asked = self._clock(), self._asked
        self._asked = now, count
        if self._on_progress is None or asked is None:
            return
        if count * (now - asked[0]) / asked[1] > _MOMENT_SECONDS:
            which = f"s {held + 1} to {held + count}" if count > 1 else f" {held + 1}"
            message = f"opening session{which}"
            self._on_progress(Progress(stage="memory", message=message, done=float(held)))

    def again(self, number: int, most: int) -> None:
        """Say that the same sessions are opened once more, in a process of their own."""
        self._which = f"process {number} of at most {most}"
        if self._on_progress is not None:
            message = f"opening the same sessions again, in {self._which}"
            self._on_progress(Progress(stage="memory", message=message))

    def closer(self, held: int, among: int) -> None:
        """Say that the same sessions are opened once more, to see which of some was too many."""
        if self._on_progress is not None:
            one = f"session {held + 1}"
            which = f"one of the sessions {held + 1} to {held + among}" if among > 1 else one
            message = f"{which} was too many: opening the same again, to see more closely"
            self._on_progress(Progress(stage="memory", message=message))

    def tell(self, ledger: Ledger, boundaries: tuple[Boundary, ...], threads: int) -> None:
        """Tell of the latest step."""
        if self._on_progress is None:
            return
        before, after = ledger.samples[-2:]
        self._now = self._outlook.at(ledger, boundaries, threads, where=self._which)
        line = lines.session_line(before, after, self._total)
        line = f"{self._which}: {line}" if self._which else line
        self._say(self._on_progress, line, ledger.held)
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
