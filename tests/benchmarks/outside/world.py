"""One world that the probe was not built on, and its parts."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from stresstune.model.workload import Budget, Workload
from tests.benchmarks.outside import bodies
from tests.benchmarks.outside.paces import lognormal
from tests.benchmarks.outside.services import Body, Bucket, Guarded, Service, Window

RATE = frozenset({"requests_per_minute"})
TOKENS = frozenset({"tokens_per_minute"})
DAY = frozenset({"requests_per_day"})
CAP = frozenset({"concurrency"})
FLOW = frozenset({"throughput"})
NOISE = frozenset({"overload"})
ENOUGH = frozenset({"enough"})
UNTOLD = frozenset({"inconclusive"})


@dataclass(frozen=True, kw_only=True)
class OutsideWorld:
    """One service, what is a right answer there, and what is to be carried.

    Attributes:
        name: For the table.
        make: Makes it anew from a seed.
        binds: Kinds of limit (or ways to end) that are a right answer.
        workload: What is to be carried.
        budget: What may be spent.
        fair: A careful probe can know the truth; otherwise only the manners are judged.
    """

    name: str
    make: Callable[[int], Service]
    binds: frozenset[str]
    workload: Workload = field(default_factory=Workload)
    budget: Budget = field(default_factory=Budget)
    fair: bool = True


def phase(seed: int) -> float:
    return random.Random(f"phase {seed}").uniform(0, 3600)


def quota(
    value: float,
    seconds: float = 60.0,
    *,
    seed: int = 0,
    sliding: bool = False,
    tokens: bool = False,
    used: float = 0.0,
    body: Body | None = None,
    counts: bool = False,
) -> Guarded:
    gate = Window(value, seconds, sliding=sliding, tokens=tokens, phase=phase(seed), used=used)
    return Guarded(gate, body or bodies.bare(), counts)


def bucket(
    per_minute: float, size: float, *, tokens: bool = False, body: Body | None = None
) -> Guarded:
    return Guarded(Bucket(per_minute / 60, size, tokens=tokens), body or bodies.bare())


def one(
    name: str,
    binds: frozenset[str],
    build: Callable[[int], dict[str, object]],
    *,
    workload: Workload | None = None,
    budget: Budget | None = None,
    fair: bool = True,
) -> OutsideWorld:
    def make(seed: int) -> Service:
        options: dict[str, object] = {"pace": lognormal(1.5, 0.3), **build(seed)}
        return Service(seed=seed, **options)  # type: ignore[arg-type]

    return OutsideWorld(
        name=name,
        make=make,
        binds=binds,
        workload=workload or Workload(),
        budget=budget or Budget(),
        fair=fair,
    )
