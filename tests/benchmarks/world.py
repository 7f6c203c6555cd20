"""One simulated service, what binds there, and the parts that worlds are made of."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from stresstune.model.workload import Budget, Workload
from stresstune.testing import (
    FixedWindow,
    RateLimit,
    SimulatedService,
    SlidingWindow,
    TokenBucket,
)

TOKENS = 260


@dataclass(frozen=True, kw_only=True)
class World:
    """One service, and what binds there.

    Attributes:
        name: For the table.
        make: Makes it anew from a seed (of its latencies, and of the phase of its windows).
        binds: Kinds of limit that are a right answer, or {"enough"}.
        stated: The value that the service states, or None.
        quota: The true quota of a bare window, or None.
        workload: What is to be carried there.
        budget: What may be spent there.
    """

    name: str
    make: Callable[[int], SimulatedService]
    binds: frozenset[str]
    stated: float | None = None
    quota: float | None = None
    workload: Workload = field(default_factory=Workload)
    budget: Budget = field(default_factory=Budget)


def phase(seed: int) -> float:
    """Return when a fixed window turns."""
    return random.Random(seed * 7919 + 13).uniform(0, 60)


def window(kind: str, quota: float, seed: int, used: float = 0.0) -> RateLimit:
    """Return a quota a minute that counts in one of four ways."""
    match kind:
        case "fixed":
            return FixedWindow(quota, phase_seconds=phase(seed), used=used)
        case "sliding":
            return SlidingWindow(quota, used=used)
        case "counting":
            return SlidingWindow(quota, counts_rejected=True)
        case _:
            return TokenBucket(quota, burst=max(1.0, quota / 6), used=used)


def bare(kind: str, quota: float) -> Callable[[int], SimulatedService]:
    """Return what makes a service with a quota that it does not state."""
    return lambda seed: SimulatedService(
        rate=window(kind, quota, seed), latency_sigma=0.3, seed=seed
    )
