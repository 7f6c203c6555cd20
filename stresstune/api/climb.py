"""How many calls may be in flight by now."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from stresstune.api.evidence import Evidence

STAGE_SECONDS = 3.0
"""A level lasts no longer, even if its calls are still under way."""

QUEUE_TOLERATED_RATIO = 1.5
"""Where answers take this much longer than at the foot, the climb rises no further than needed."""

LEAST_ANSWERS, QUEUED_RATIO = 2, 2.0
"""So many answers at a level tell how long they take there; where that is so much longer than
alone, they are queued."""


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
        seconds = now_seconds - self._since_seconds
        stage_is_over = answers >= self.level or seconds >= STAGE_SECONDS
        if stage_is_over and self.level < self.top and not self._only_queues(seconds):
            self.level *= 2
            self._since_seconds = now_seconds
            self._since_attempts = len(self.evidence.attempts)
        self.level = max(1, min(self.level, self.top))
        return self.level

    @property
    def at_top(self) -> bool:
        """Whether it can rise no further."""
        return self.level >= self.top

    def _only_queues(self, seconds: float) -> bool:
        """Whether more calls in flight would only wait longer than users would bear."""
        if self._would_be_late(seconds):
            return True
        throughput = self.evidence.throughput()
        if throughput is None or throughput.growth_ratio < QUEUE_TOLERATED_RATIO:
            return False
        think = self.evidence.workload.think_seconds
        return self.level > self.evidence.capacity(proofs=False).max_sessions(think)

    def _would_be_late(self, seconds: float) -> bool:
        """Whether twice as many would be answered late by Little's law, and because of a queue.

        Args:
            seconds: For so long it has been at this level.
        """
        attempts = self.evidence.attempts
        answers = sum(a.outcome == "ok" for a in attempts[self._since_attempts :])
        alone = [a.service_seconds for a in attempts if a.outcome == "ok" and a.in_flight <= 2]
        if answers < LEAST_ANSWERS or not alone:
            return False
        response_seconds = self.level * seconds / answers
        late_seconds = self.evidence.workload.latency_objective_seconds
        return 2 * response_seconds > max(late_seconds, 2 * QUEUED_RATIO * median(alone))
