"""A run over as many hosts as one likes."""

from __future__ import annotations

from msgspec.structs import replace

from stresstune.model.fleet import (
    FleetCapacity,
    FleetFound,
    HostCapacity,
    HostResult,
    HostSeats,
    MissingHost,
    ReplicaCount,
)
from stresstune.model.journal import Run
from stresstune.model.report import Dossier
from tests.policy.evidence import memory_that_fits
from tests.report import dossiers


def fleet_of(count: int) -> Dossier:
    """So many hosts of three sizes; one of them failed, and one more did not answer."""
    names = [f"web-{number}" for number in range(1, count)]
    fits = [12 + 6 * (place % 3) for place in range(len(names))]
    found = FleetFound(
        seats=tuple(
            HostSeats(
                id=name,
                name=name,
                sessions=fit // 2,
                safe_sessions=fit - 3,
                because=f"{fit - 3} sessions are safe in the memory of {name}.",
            )
            for name, fit in zip(names, fits, strict=True)
        ),
        same_sessions=6,
        replicas=tuple(
            ReplicaCount(
                replicas=1 + n,
                memory_sessions=9 * n,
                api_sessions=40,
                sessions=9 * n,
                binding="memory",
            )
            for n in range(16)
        ),
        missing=(MissingHost(name=f"web-{count}", reason="it does not answer"),),
        hosts=tuple(
            HostResult(id=name, name=name, outcome="failed", error="the disk is full")
            if place == len(names) - 1
            else HostResult(id=name, name=name, outcome="written", sessions=fits[place] // 2)
            for place, name in enumerate(names)
        ),
        capacity=FleetCapacity(
            hosts=tuple(
                HostCapacity(id=name, name=name, memory=memory_that_fits(fit))
                for name, fit in zip(names, fits, strict=True)
            ),
            api=None,
        ),
    )
    evidence = dossiers.evidence_of(dossiers.memory(), dossiers.api(dossiers.RPM_150))
    run = Run(id=4, at="2026-11-24T19:30:00+00:00", evidence=replace(evidence, fleet=found))
    return Dossier(path="workshop.toml", run=run)
