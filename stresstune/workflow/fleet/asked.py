"""What a run over a fleet is to measure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from stresstune.memory.sources import Simulated, Source
from stresstune.model.workload import Budget, Progress, Workload
from stresstune.workflow.fleet.order import CallsOrder, Look

OnProgress = Callable[[Progress], None]

MEMORY_SECONDS = 60.0
"""What a prediction on one host may take."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a run over a fleet is to measure.

    Attributes:
        workload: What the replicas are meant to carry together.
        budget: What the probe of the API may spend, in all.
        calls: What is called, or None to leave the API out.
        memory: Whether memory is measured.
        source: What a session is.
        limit_bytes: Memory to reckon with on each host, or None for what there is.
        headroom_ratio: See `stresstune.model.policy.Policy`.
        memory_seconds: What the probe of one host's memory may take.
        look: What each worker is asked first.
        name: What is called, for people.
        simulated: It is the emulator.
        workers: Wait, for a minute at the most, until so many are there.
    """

    workload: Workload
    budget: Budget = field(default_factory=Budget)
    calls: CallsOrder | None = None
    memory: bool = True
    source: Source = field(default_factory=Simulated)
    limit_bytes: int | None = None
    headroom_ratio: float = 0.2
    memory_seconds: float = MEMORY_SECONDS
    look: Look = field(default_factory=Look)
    name: str = ""
    simulated: bool = False
    workers: int = 0
