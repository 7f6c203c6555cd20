"""How many calls may be in flight by now."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median

from stresstune.api.evidence import Evidence

STAGE_SECONDS = 3.0
"""A level lasts no longer, even if its calls are still under way, while all of them would be
answered in time one after the other, or once some among many are answered as soon as alone."""

QUEUE_TOLERATED_RATIO = 1.5
"""Where answers take this much longer than at the foot, the climb rises no further than needed."""

UNANSWERED_LEVEL = 2
"""No more are in flight before the first answer: if it takes that long because others are waited
for, whoever comes later waits for all of them."""

OVERDUE_RATIO, LEAST_OVERDUE = 1.5, 2
"""What takes this many times as long as the slowest of the calls that were alone is overdue; where
most calls are, and so many of those under way, the level rises by answers only."""

LEAST_ANSWERS, QUEUED_RATIO = 2, 2.0
"""So many answers at a level tell how long they take there; where that is so much longer than
alone, they are queued."""

LEAST_NEW = 4
"""Where it was seen that more calls would only wait, so many more answers, or half as many as are
in flight, are awaited before it is looked at again: a look walks through all calls."""


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
    _looked_at: float = -math.inf

    def now(self, now_seconds: float) -> int:
        """Return the level at this time, and rise if it is time to."""
        answers = len(self.evidence.attempts) - self._since_attempts
        seconds = now_seconds - self._since_seconds
        stage_is_over = answers >= self.level or (
            seconds >= STAGE_SECONDS and not self._waits(now_seconds)
        )
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

    def _waits(self, now_seconds: float) -> bool:
        """Whether answers are awaited before more is asked, since others may be waited for."""
        answered = [a for a in self.evidence.attempts if a.outcome == "ok"]
        if not answered:
            return not self.evidence.attempts and self.level >= UNANSWERED_LEVEL
        alone = max((a.service_seconds for a in answered if a.in_flight == 1), default=0.0)
        overdue = OVERDUE_RATIO * alone
        together = [a for a in answered if a.in_flight > self.level // 2]
        quick = sum(a.service_seconds <= overdue for a in together)
        late_seconds = self.evidence.workload.latency_objective_seconds
        if quick < LEAST_ANSWERS and self.level * alone > late_seconds:
            return True
        due = [a for a in answered if a.started_seconds < now_seconds - overdue]
        late = sum(a.service_seconds > overdue for a in due)
        awaited = sum(start < now_seconds - overdue for start in self.evidence.pending.values())
        return awaited >= LEAST_OVERDUE and awaited + late > len(due) - late

    def _only_queues(self, seconds: float) -> bool:
        """Whether more calls in flight would only wait longer than users would bear."""
        ended = len(self.evidence.attempts)
        if ended < self._looked_at + max(LEAST_NEW, self.level // 2):
            return True
        queues = self._would_only_queue(seconds)
        self._looked_at = ended if queues else -math.inf
        return queues

    def _would_only_queue(self, seconds: float) -> bool:
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
        answered = [a for a in attempts if a.outcome == "ok"]
        alone = [a.service_seconds for a in answered if a.in_flight == 1]
        alone = alone or [a.service_seconds for a in answered if a.in_flight == 2]
        if answers < LEAST_ANSWERS or not alone:
            return False
        response_seconds = self.level * seconds / answers
        late_seconds = self.evidence.workload.latency_objective_seconds
        return 2 * response_seconds > max(late_seconds, 2 * QUEUED_RATIO * median(alone))
