"""Worlds whose quota binds: how it counts, what it states, and who used a part before."""

from __future__ import annotations

from collections.abc import Callable

from stresstune.model.workload import Budget, Workload
from stresstune.testing import FixedWindow, SimulatedService, TokenBucket
from tests.benchmarks.world import TOKENS, World, bare, window


def _carries(quota: float) -> bool:
    return quota >= 560  # 30 users of the default workload make 514 calls a minute


def minute_quotas() -> list[World]:
    """Calls a minute, counted in four ways, stated and not."""
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
                            rate=window(kind, quota, seed),
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
                rate=window("counting", quota, seed), latency_sigma=0.3, seed=seed
            ),
            binds=frozenset({"requests_per_minute"}),
            quota=quota,
        )
        for quota in (30, 120, 300)
    ]
    return found


def token_quotas() -> list[World]:
    """Input tokens a minute."""
    return [
        World(
            name=f"tpm {calls * TOKENS} {kind} {'stated' if stated else 'bare'}",
            make=lambda seed, kind=kind, calls=calls, stated=stated: SimulatedService(
                tokens=window(kind, calls * TOKENS, seed),
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


def days_and_zeros() -> list[World]:
    """Quotas that no wait mends."""

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


def other_users() -> list[World]:
    """Quotas half used by somebody else at the start."""
    return [
        World(
            name=f"rpm {quota} {kind} {'stated' if stated else 'bare'}, half used",
            make=lambda seed, kind=kind, quota=quota, stated=stated: SimulatedService(
                rate=window(kind, quota, seed, used=(quota if kind != "bucket" else quota / 6) / 2),
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


def small_budgets() -> list[World]:
    """Bare quotas under small budgets."""
    return [
        World(
            name=f"{budget.max_requests} calls, {budget.max_seconds:g} s, rpm {quota} {kind} bare",
            make=bare(kind, quota),
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


def other_buckets() -> list[World]:
    """Buckets of other sizes."""
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


def slow_or_odd_refusals() -> list[World]:
    """Refusals that take long, come at random, or mean tokens."""
    found = [
        World(
            name=f"refusals of 0.5 s, rpm 120 {kind} bare",
            make=lambda seed, kind=kind: SimulatedService(
                rate=window(kind, 120, seed), latency_sigma=0.3, refusal_seconds=0.5, seed=seed
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
                rate=window("fixed", 150, seed),
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
                rate=window("sliding", 100, seed),
                tokens=window("sliding", 20_000, seed),
                input_tokens_sd=60,
                latency_sigma=0.3,
                seed=seed,
            ),
            binds=frozenset({"requests_per_minute", "tokens_per_minute"}),
        ),
        World(
            name="rpm 150 fixed bare and 3 places",
            make=lambda seed: SimulatedService(
                rate=window("fixed", 150, seed), places=3, latency_sigma=0.3, seed=seed
            ),
            binds=frozenset({"requests_per_minute", "throughput"}),
        ),
    ]
    return found
