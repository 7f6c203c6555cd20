"""Worlds of servers: caps, queues, overload, latencies, two limits at once, other workloads."""

from __future__ import annotations

from stresstune.model.workload import Workload
from stresstune.testing import SimulatedService
from tests.benchmarks.world import TOKENS, World, bare, window


def caps() -> list[World]:
    """Caps on concurrency."""
    return [
        World(
            name=f"cap {places}, sigma {sigma}",
            make=lambda seed, places=places, sigma=sigma: SimulatedService(
                concurrency=places, latency_sigma=sigma, seed=seed
            ),
            binds=frozenset({"concurrency"} if places < 20 else {"enough", "concurrency"}),
            quota=places if places < 19 else None,
        )
        for places, sigma in (
            (4, 0.0),
            (4, 0.5),
            (8, 0.3),
            (12, 0.8),
            (16, 0.3),
            (24, 0.3),
            (50, 0.3),
        )
    ]


def queues() -> list[World]:
    """Places with a queue."""
    return [
        World(
            name=f"{places} places of {latency} s, sigma {sigma}",
            make=lambda seed, places=places, latency=latency, sigma=sigma: SimulatedService(
                places=places, latency_seconds=latency, latency_sigma=sigma, seed=seed
            ),
            binds=frozenset({"throughput"} if carried else {"enough", "throughput"}),
        )
        for places, latency, sigma, carried in (
            (1, 1.0, 0.2, True),
            (2, 1.5, 0.3, True),
            (3, 1.5, 0.0, True),
            (4, 2.0, 0.5, True),
            (6, 1.5, 0.3, False),
            (20, 1.5, 0.3, False),
        )
    ]


def noise() -> list[World]:
    """Overload and errors at random, and nothing at all."""
    found = [
        World(
            name=f"overload {ratio:.0%}",
            make=lambda seed, ratio=ratio: SimulatedService(
                overload_ratio=ratio, latency_sigma=0.3, seed=seed
            ),
            binds=frozenset({"overload"}),
        )
        for ratio in (0.03, 0.1, 0.3, 0.7)
    ]
    found.append(
        World(
            name="nothing at all",
            make=lambda seed: SimulatedService(latency_sigma=0.3, seed=seed),
            binds=frozenset({"enough"}),
        )
    )
    found.append(
        World(
            name="errors 0.4%",
            make=lambda seed: SimulatedService(error_ratio=0.004, latency_sigma=0.3, seed=seed),
            binds=frozenset({"enough"}),
        )
    )
    found.append(
        World(
            name="errors 0.4%, rpm 240 fixed bare",
            make=lambda seed: SimulatedService(
                rate=window("fixed", 240, seed), error_ratio=0.004, latency_sigma=0.3, seed=seed
            ),
            binds=frozenset({"requests_per_minute"}),
            quota=240,
        )
    )
    found.append(
        World(
            name="rpm 90 fixed, lying delays",
            make=lambda seed: SimulatedService(
                rate=window("fixed", 90, seed),
                stated=True,
                lying_delay_seconds=3600.0,
                latency_sigma=0.3,
                seed=seed,
            ),
            binds=frozenset({"requests_per_minute"}),
            stated=90,
        )
    )
    return found


def two_limits() -> list[World]:
    """Two limits at once."""
    return [
        World(
            name="rpm 120 fixed stated and cap 6",
            make=lambda seed: SimulatedService(
                rate=window("fixed", 120, seed),
                concurrency=6,
                stated=True,
                latency_sigma=0.3,
                seed=seed,
            ),
            binds=frozenset({"requests_per_minute", "concurrency"}),
            stated=120,
        ),
        World(
            name="rpm 240 sliding bare and cap 5",
            make=lambda seed: SimulatedService(
                rate=window("sliding", 240, seed), concurrency=5, latency_sigma=0.3, seed=seed
            ),
            binds=frozenset({"concurrency"}),
        ),
        World(
            name="tpm stated and 3 places",
            make=lambda seed: SimulatedService(
                tokens=window("fixed", 90 * TOKENS, seed),
                places=3,
                input_tokens_sd=40,
                stated=True,
                latency_sigma=0.3,
                seed=seed,
            ),
            binds=frozenset({"tokens_per_minute"}),
            stated=90 * TOKENS,
        ),
    ]


def latencies() -> list[World]:
    """Quick, slow and uneven answers."""
    patient = Workload(latency_objective_seconds=60.0)
    return [
        World(
            name="0.3 s, nothing",
            make=lambda seed: SimulatedService(latency_seconds=0.3, latency_sigma=0.3, seed=seed),
            binds=frozenset({"enough"}),
        ),
        World(
            name="0.3 s, rpm 300 sliding bare",
            make=lambda seed: SimulatedService(
                rate=window("sliding", 300, seed),
                latency_seconds=0.3,
                latency_sigma=0.3,
                seed=seed,
            ),
            binds=frozenset({"requests_per_minute"}),
            quota=300,
        ),
        World(
            name="15 s, rpm 60 fixed bare",
            make=lambda seed: SimulatedService(
                rate=window("fixed", 60, seed),
                latency_seconds=15.0,
                latency_sigma=0.2,
                seed=seed,
            ),
            binds=frozenset({"requests_per_minute"}),
            quota=60,
            workload=patient,
        ),
        World(
            name="15 s, cap 10",
            make=lambda seed: SimulatedService(
                concurrency=10, latency_seconds=15.0, latency_sigma=0.2, seed=seed
            ),
            binds=frozenset({"concurrency"}),
            quota=10,
            workload=patient,
        ),
        World(
            name="heavy tail, nothing",
            make=lambda seed: SimulatedService(latency_seconds=1.0, latency_sigma=1.0, seed=seed),
            binds=frozenset({"enough"}),
        ),
        World(
            name="heavy tail, rpm 120 sliding bare",
            make=lambda seed: SimulatedService(
                rate=window("sliding", 120, seed),
                latency_seconds=1.0,
                latency_sigma=1.0,
                seed=seed,
            ),
            binds=frozenset({"requests_per_minute"}),
            quota=120,
        ),
        World(
            name="4 s, rpm 100 bucket bare",
            make=lambda seed: SimulatedService(
                rate=window("bucket", 100, seed),
                latency_seconds=4.0,
                latency_sigma=0.4,
                seed=seed,
            ),
            binds=frozenset({"requests_per_minute"}),
            quota=100,
        ),
    ]


def other_workloads() -> list[World]:
    """Other numbers of sessions, pauses and tolerances."""
    rate, cap, enough = "requests_per_minute", "concurrency", "enough"
    return [
        World(
            name=f"{name}, rpm {quota} {kind} bare",
            make=bare(kind, quota),
            binds=frozenset({rate, enough} if quota >= 400 else {rate}),
            quota=None if quota >= 400 else quota,
            workload=workload,
        )
        for name, workload, quota, kind in (
            ("pauses of 0.5 s", Workload(think_seconds=0.5), 200, "fixed"),
            ("pauses of 5 s", Workload(think_seconds=5.0), 200, "sliding"),
            ("pauses of 20 s", Workload(think_seconds=20.0), 60, "bucket"),
            ("5 sessions", Workload(sessions=5), 60, "fixed"),
            ("60 sessions", Workload(sessions=60), 400, "sliding"),
            ("100 sessions", Workload(sessions=100), 150, "bucket"),
            ("tolerance 5 %", Workload(error_tolerance_ratio=0.05), 150, "sliding"),
            ("tolerance 0.1 %", Workload(error_tolerance_ratio=0.001), 150, "sliding"),
        )
    ] + [
        World(
            name="100 sessions, cap 10",
            make=lambda seed: SimulatedService(concurrency=10, latency_sigma=0.3, seed=seed),
            binds=frozenset({cap}),
            quota=10,
            workload=Workload(sessions=100),
        ),
        World(
            name="60 sessions, 4 places",
            make=lambda seed: SimulatedService(places=4, latency_sigma=0.3, seed=seed),
            binds=frozenset({"throughput"}),
            workload=Workload(sessions=60),
        ),
        World(
            name="tolerance 5 %, overload 2 %",
            make=lambda seed: SimulatedService(overload_ratio=0.02, latency_sigma=0.3, seed=seed),
            binds=frozenset({enough}),
            workload=Workload(error_tolerance_ratio=0.05),
        ),
    ]
