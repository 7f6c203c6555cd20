"""How many calls may be in flight by now."""

from __future__ import annotations

from dataclasses import dataclass

from stresstune.api.evidence import Evidence

STAGE_SECONDS = 3.0
"""A level lasts no longer, even if its calls are still under way."""

QUEUE_TOLERATED_RATIO = 1.5
"""Where answers take this much longer than at the foot, the climb rises no further than needed."""


@dataclass
class Climb:
    """Levels of calls in flight, from 1 upward by doubling.

    Attributes:
        evidence: What is known.
        top: Where it ends: the wanted sessions, or a cap that was found.
        level: Calls in flight at present.
    """

    evidence: Evidence
    top: int
    level: int = 1
    _since_seconds: float = 0.0
    _since_attempts: int = 0

    def now(self, now_seconds: float) -> int:
        """Return the level at this time, and rise if it is time to."""
        answers = len(self.evidence.attempts) - self._since_attempts
        stage_is_over = answers >= self.level or now_seconds - self._since_seconds >= STAGE_SECONDS
        if stage_is_over and self.level < self.top and not self._only_queues():
            self.level *= 2
            self._since_seconds = now_seconds
            self._since_attempts = len(self.evidence.attempts)
        self.level = max(1, min(self.level, self.top))
        return self.level

    @property
    def at_top(self) -> bool:
        """Whether it can rise no further."""
        return self.level >= self.top

    def _only_queues(self) -> bool:
        """Whether more calls in flight would only wait longer than users would bear."""
        throughput = self.evidence.throughput()
        if throughput is None or throughput.growth_ratio < QUEUE_TOLERATED_RATIO:
            return False
        think = self.evidence.workload.think_seconds
        return self.level > self.evidence.capacity(proofs=False).max_sessions(think)
