"""A neighbour for tests: somebody else who uses the quota too."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from stresstune.testing import RateLimit


@dataclass
class Neighboured:
    """A quota that somebody else uses too: calls at random, from long before the first of ours."""

    limit: RateLimit
    per_minute: float
    seed: int = 0
    _next_seconds: float | None = None
    _chance: random.Random = field(default_factory=random.Random)

    @property
    def quota(self) -> float:
        return self.limit.quota

    def admit(self, now_seconds: float, weight: float = 1.0) -> bool:
        if self._next_seconds is None:
            self._chance.seed(self.seed)
            self._next_seconds = now_seconds - 70.0
        while self._next_seconds < now_seconds:
            self.limit.admit(self._next_seconds, weight)
            self._next_seconds += self._chance.expovariate(self.per_minute / 60)
        return self.limit.admit(now_seconds, weight)

    def retry_after_seconds(self, now_seconds: float) -> float:
        return self.limit.retry_after_seconds(now_seconds)
