"""Worlds with a quota of requests: by windows, buckets, and what refusals say."""

from __future__ import annotations

from collections.abc import Callable

from stresstune.model.workload import Budget
from tests.benchmarks.outside import bodies
from tests.benchmarks.outside.paces import even
from tests.benchmarks.outside.services import Body, Day, Guarded
from tests.benchmarks.outside.world import (
    DAY,
    ENOUGH,
    RATE,
    UNTOLD,
    OutsideWorld,
    bucket,
    one,
    quota,
)


def quotas() -> list[OutsideWorld]:
    """All of them."""
    return [*_minutes(), *_other_windows(), *_buckets(), *_bodies()]


def _minutes() -> list[OutsideWorld]:
    found = [
        one(
            f"{value}/min {'sliding' if sliding else 'fixed'} bare, latency {low}-{high}",
            RATE if value < 400 else ENOUGH | RATE,
            lambda seed, value=value, sliding=sliding, low=low, high=high: {
                "gates": [quota(value, seed=seed, sliding=sliding)],
                "pace": even(low, high),
            },
        )
        for value, sliding, low, high in (
            (20, False, 0.5, 1.5),
            (45, True, 0.5, 1.5),
            (75, False, 2.0, 8.0),
            (110, True, 2.0, 8.0),
            (130, False, 0.05, 0.1),
            (220, True, 0.05, 0.1),
            (350, False, 1.0, 2.0),
            (700, True, 1.0, 3.0),
        )
    ]
    found += [
        one(
            f"{value}/min sliding, refused count, bare, {refusal} s",
            RATE,
            lambda seed, value=value, refusal=refusal: {
                "gates": [quota(value, seed=seed, sliding=True, counts=True)],
                "refusal_seconds": refusal,
            },
        )
        for value, refusal in ((60, 0.2), (200, 0.02), (90, 2.0))
    ]
    found += [
        one(
            f"{value}/min fixed, refused count, bare",
            RATE,
            lambda seed, value=value: {"gates": [quota(value, seed=seed, counts=True)]},
        )
        for value in (60, 200)
    ]
    return found


def _other_windows() -> list[OutsideWorld]:
    return [
        one(
            f"{value} in {seconds} s {'sliding' if sliding else 'fixed'} bare",
            RATE | (UNTOLD | DAY if seconds > 60 else frozenset()),
            lambda seed, value=value, seconds=seconds, sliding=sliding: {
                "gates": [quota(value, seconds, seed=seed, sliding=sliding)]
            },
            budget=Budget(max_seconds=600) if seconds > 60 else None,
        )
        for value, seconds, sliding in (
            (2, 1, False),
            (3, 1, True),
            (6, 1, False),
            (20, 10, False),
            (35, 10, True),
            (60, 30, False),
            (100, 30, True),
            (300, 300, False),
            (300, 300, True),
            (600, 300, False),
            (400, 120, True),
            (300, 3600, False),
            (900, 3600, True),
        )
    ]


def _buckets() -> list[OutsideWorld]:
    return [
        one(
            f"bucket {per_minute}/min of {size}",
            RATE if per_minute < 600 else ENOUGH | RATE,
            lambda seed, per_minute=per_minute, size=size: {"gates": [bucket(per_minute, size)]},
        )
        for per_minute, size in (
            (60, 1),
            (60, 60),
            (120, 5),
            (120, 240),
            (90, 500),
            (240, 10),
            (240, 30),
            (420, 3),
            (30, 30),
            (900, 5),
            (900, 100),
        )
    ]


def _bodies() -> list[OutsideWorld]:
    daily = "GenerateRequestsPerDayPerProjectPerModel-FreeTier"
    shapes: list[tuple[str, Callable[[], Body]]] = [
        ("full", lambda: bodies.quota_failure(80)),
        ("in a list", lambda: bodies.quota_failure(80, in_list=True)),
        ("as text", lambda: bodies.quota_failure(80, as_text=True)),
        ("message only", lambda: bodies.message_only(80)),
        ("ErrorInfo", lambda: bodies.error_info(80)),
        ("delay 0s", lambda: bodies.quota_failure(80, delay="0s")),
        ("delay 992.43ms", lambda: bodies.quota_failure(80, delay="992.43ms")),
        ("delay 11h47m", lambda: bodies.quota_failure(80, delay="11h47m")),
        ("delay 86399s", lambda: bodies.quota_failure(80, delay="86399s")),
        ("status_code", bodies.bare_status),
        ("response", bodies.bare_response),
        ("no details", bodies.exhausted_without_details),
    ]
    found = [
        one(
            f"80/min fixed, {name}",
            RATE,
            lambda seed, shape=shape: {"gates": [quota(80, seed=seed, body=shape())]},
        )
        for name, shape in shapes
    ]
    found.append(
        one(
            "80/min sliding, message only",
            RATE,
            lambda seed: {"gates": [quota(80, seed=seed, sliding=True, body=shapes[3][1]())]},
        )
    )
    found.append(
        one(
            "bucket 80/min of 13, full",
            RATE,
            lambda seed: {"gates": [bucket(80, 13, body=bodies.quota_failure(80))]},
        )
    )
    found.append(
        one(
            "80/min fixed, refused count, full",
            RATE,
            lambda seed: {
                "gates": [quota(80, seed=seed, body=bodies.quota_failure(80), counts=True)]
            },
        )
    )
    found.append(
        one(
            "limit 0, value absent",
            RATE,
            lambda seed: {"gates": [quota(0, seed=seed, body=bodies.quota_failure(None))]},
        )
    )
    found.append(
        one(
            "limit 0 a day, delay 30s",
            DAY,
            lambda seed: {
                "gates": [Guarded(Day(0), bodies.quota_failure(None, quota_id=daily, delay="30s"))]
            },
        )
    )
    return found
