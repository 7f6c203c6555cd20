"""Simulated services of every kind that the API probe is to be right about."""

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


def worlds() -> list[World]:
    """Return all of them."""
    return [
        *_minute_quotas(),
        *_token_quotas(),
        *_days_and_zeros(),
        *_caps(),
        *_queues(),
        *_noise(),
        *_other_users(),
        *_two_limits(),
        *_latencies(),
        *_other_workloads(),
        *_small_budgets(),
        *_other_buckets(),
        *_slow_or_odd_refusals(),
    ]


def _phase(seed: int) -> float:
    return random.Random(seed * 7919 + 13).uniform(0, 60)


def _window(kind: str, quota: float, seed: int, used: float = 0.0) -> RateLimit:
    match kind:
        case "fixed":
            return FixedWindow(quota, phase_seconds=_phase(seed), used=used)
        case "sliding":
            return SlidingWindow(quota, used=used)
        case "counting":
            return SlidingWindow(quota, counts_rejected=True)
        case _:
            return TokenBucket(quota, burst=max(1.0, quota / 6), used=used)


def _carries(quota: float) -> bool:
    return quota >= 560  # 30 users of the default workload make 514 calls a minute


def _minute_quotas() -> list[World]:
    found = []
    for kind in ("fixed", "sliding", "bucket"):
        for quota in (15, 60, 150, 300, 480, 1000, 4000):
            for stated in (True, False):
                if kind == "bucket" and quota in (480, 4000) and not stated:
                    continue
                found.append(
                    World(
                        name=f"rpm {quota} {kind} {'stated' if stated else 'bare'}",
                        make=lambda seed, kind=kind, quota=quota, stated=stated: SimulatedService(
                            rate=_window(kind, quota, seed),
                            latency_sigma=0.3,
                            stated=stated,
                            seed=seed,
                        ),
                        binds=frozenset({"enough"} if _carries(quota) else {"requests_per_minute"}),
                        stated=quota if stated and not _carries(quota) else None,
                        quota=quota if not stated and not _carries(quota) else None,
                    )
                )
    found += [
        World(
            name=f"rpm {quota} sliding, rejected count",
            make=lambda seed, quota=quota: SimulatedService(
                rate=_window("counting", quota, seed), latency_sigma=0.3, seed=seed
            ),
            binds=frozenset({"requests_per_minute"}),
            quota=quota,
        )
        for quota in (30, 120, 300)
    ]
    return found


def _token_quotas() -> list[World]:
    return [
        World(
            name=f"tpm {calls * TOKENS} {kind} {'stated' if stated else 'bare'}",
            make=lambda seed, kind=kind, calls=calls, stated=stated: SimulatedService(
                tokens=_window(kind, calls * TOKENS, seed),
                input_tokens=TOKENS,
                input_tokens_sd=60,
                latency_sigma=0.3,
                stated=stated,
                seed=seed,
            ),
            binds=frozenset({"tokens_per_minute"}),
            stated=calls * TOKENS if stated else None,
            quota=None if stated else calls * TOKENS,
        )
        for kind, calls, stated in (
            ("fixed", 100, True),
            ("sliding", 240, True),
            ("bucket", 150, True),
            ("fixed", 200, False),
            ("sliding", 120, False),
        )
    ]


def _days_and_zeros() -> list[World]:
    def day(left: int) -> Callable[[int], SimulatedService]:
        return lambda seed: SimulatedService(
            per_day=left, latency_sigma=0.3, stated=True, seed=seed
        )

    zero = World(
        name="limit 0",
        make=lambda seed: SimulatedService(rate=FixedWindow(0), stated=True, seed=seed),
        binds=frozenset({"requests_per_minute"}),
        stated=0,
    )
    return [
        World(name="rpd 20", make=day(20), binds=frozenset({"requests_per_day"}), stated=20),
        World(name="rpd 250", make=day(250), binds=frozenset({"requests_per_day"}), stated=250),
        zero,
    ]


def _caps() -> list[World]:
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


def _queues() -> list[World]:
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


def _noise() -> list[World]:
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
                rate=_window("fixed", 240, seed), error_ratio=0.004, latency_sigma=0.3, seed=seed
            ),
            binds=frozenset({"requests_per_minute"}),
            quota=240,
        )
    )
    found.append(
        World(
            name="rpm 90 fixed, lying delays",
            make=lambda seed: SimulatedService(
                rate=_window("fixed", 90, seed),
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


def _other_users() -> list[World]:
    return [
        World(
            name=f"rpm {quota} {kind} {'stated' if stated else 'bare'}, half used",
            make=lambda seed, kind=kind, quota=quota, stated=stated: SimulatedService(
                rate=_window(
                    kind, quota, seed, used=(quota if kind != "bucket" else quota / 6) / 2
                ),
                stated=stated,
                latency_sigma=0.3,
                seed=seed,
            ),
            binds=frozenset({"requests_per_minute"}),
            stated=quota if stated else None,
            quota=None if stated else quota,
        )
        for kind, quota, stated in (
            ("fixed", 200, True),
            ("fixed", 200, False),
            ("sliding", 200, False),
            ("bucket", 200, False),
        )
    ]


def _two_limits() -> list[World]:
    return [
        World(
            name="rpm 120 fixed stated and cap 6",
            make=lambda seed: SimulatedService(
                rate=_window("fixed", 120, seed),
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
                rate=_window("sliding", 240, seed), concurrency=5, latency_sigma=0.3, seed=seed
            ),
            binds=frozenset({"concurrency"}),
        ),
        World(
            name="tpm stated and 3 places",
            make=lambda seed: SimulatedService(
                tokens=_window("fixed", 90 * TOKENS, seed),
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


def _latencies() -> list[World]:
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
                rate=_window("sliding", 300, seed),
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
                rate=_window("fixed", 60, seed),
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
                rate=_window("sliding", 120, seed),
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
                rate=_window("bucket", 100, seed),
                latency_seconds=4.0,
                latency_sigma=0.4,
                seed=seed,
            ),
            binds=frozenset({"requests_per_minute"}),
            quota=100,
        ),
    ]


def _bare(kind: str, quota: float) -> Callable[[int], SimulatedService]:
    return lambda seed: SimulatedService(
        rate=_window(kind, quota, seed), latency_sigma=0.3, seed=seed
    )


def _other_workloads() -> list[World]:
    rate, cap, enough = "requests_per_minute", "concurrency", "enough"
    return [
        World(
            name=f"{name}, rpm {quota} {kind} bare",
            make=_bare(kind, quota),
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


def _small_budgets() -> list[World]:
    return [
        World(
            name=f"{budget.max_requests} calls, {budget.max_seconds:g} s, rpm {quota} {kind} bare",
            make=_bare(kind, quota),
            binds=frozenset({"requests_per_minute", "inconclusive"}),
            workload=Workload(),
            budget=budget,
        )
        for budget, quota, kind in (
            (Budget(max_requests=100), 60, "fixed"),
            (Budget(max_requests=300), 150, "sliding"),
            (Budget(max_requests=300), 400, "bucket"),
            (Budget(max_requests=3000), 400, "sliding"),
            (Budget(max_seconds=30), 200, "fixed"),
            (Budget(max_seconds=60), 200, "bucket"),
        )
    ]


def _other_buckets() -> list[World]:
    return [
        World(
            name=f"bucket {quota} of {share:.0%}{' stated' if stated else ' bare'}",
            make=lambda seed, quota=quota, share=share, stated=stated: SimulatedService(
                rate=TokenBucket(quota, burst=max(1.0, quota * share)),
                latency_sigma=0.3,
                stated=stated,
                seed=seed,
            ),
            binds=frozenset({"requests_per_minute"}),
            stated=quota if stated else None,
            quota=None if stated else quota,
        )
        for quota, share, stated in (
            (300, 1 / 60, False),
            (300, 1 / 60, True),
            (150, 1 / 20, False),
            (150, 1 / 2, False),
            (150, 1.0, False),
            (300, 1.0, True),
        )
    ]


def _slow_or_odd_refusals() -> list[World]:
    found = [
        World(
            name=f"refusals of 0.5 s, rpm 120 {kind} bare",
            make=lambda seed, kind=kind: SimulatedService(
                rate=_window(kind, 120, seed), latency_sigma=0.3, refusal_seconds=0.5, seed=seed
            ),
            binds=frozenset({"requests_per_minute"}),
            quota=120,
        )
        for kind in ("fixed", "counting", "bucket")
    ]
    found += [
        World(
            name=f"429 at random {ratio:.0%}",
            make=lambda seed, ratio=ratio: SimulatedService(
                overload_ratio=ratio, overload_code=429, latency_sigma=0.3, seed=seed
            ),
            binds=frozenset({"overload"}),
        )
        for ratio in (0.02, 0.1)
    ]
    found += [
        World(
            name="refusals of 0.5 s, cap 6",
            make=lambda seed: SimulatedService(
                concurrency=6, latency_sigma=0.3, refusal_seconds=0.5, seed=seed
            ),
            binds=frozenset({"concurrency"}),
            quota=6,
        ),
        World(
            name="overload 0.5 %, rpm 150 fixed bare",
            make=lambda seed: SimulatedService(
                rate=_window("fixed", 150, seed),
                overload_ratio=0.005,
                latency_sigma=0.3,
                seed=seed,
            ),
            binds=frozenset({"requests_per_minute"}),
            quota=150,
        ),
        World(
            name="rpm 100 sliding and tpm 20000 bare",
            make=lambda seed: SimulatedService(
                rate=_window("sliding", 100, seed),
                tokens=_window("sliding", 20_000, seed),
                input_tokens_sd=60,
                latency_sigma=0.3,
                seed=seed,
            ),
            binds=frozenset({"requests_per_minute", "tokens_per_minute"}),
        ),
        World(
            name="rpm 150 fixed bare and 3 places",
            make=lambda seed: SimulatedService(
                rate=_window("fixed", 150, seed), places=3, latency_sigma=0.3, seed=seed
            ),
            binds=frozenset({"requests_per_minute", "throughput"}),
        ),
    ]
    return found
