"""Worlds that are not the same all the time: cold starts, drifts, and limits that move."""

from __future__ import annotations

from tests.benchmarks.outside import bodies
from tests.benchmarks.outside.paces import cold, drifting, even, lognormal, warming
from tests.benchmarks.outside.world import (
    CAP,
    ENOUGH,
    FLOW,
    NOISE,
    RATE,
    UNTOLD,
    OutsideWorld,
    one,
    quota,
)


def moving() -> list[OutsideWorld]:
    """All of them."""
    plain = lognormal(1.5, 0.3)
    return [
        one("cold start, 3 calls of 8 s more", ENOUGH, lambda seed: {"pace": cold(plain, 3, 8.0)}),
        one(
            "cold start, 10 calls of 20 s more",
            ENOUGH | UNTOLD,
            lambda seed: {"pace": cold(plain, 10, 20.0)},
        ),
        one(
            "cold start of 5 s, cap 6",
            CAP,
            lambda seed: {
                "pace": cold(plain, 5, 5.0),
                "cap": lambda age: 6,
                "cap_body": bodies.bare(),
            },
        ),
        one(
            "cold start of 5 s, 100/min fixed bare",
            RATE,
            lambda seed: {"pace": cold(plain, 5, 5.0), "gates": [quota(100, seed=seed)]},
        ),
        one(
            "warms up: 4 times as slow for 20 s, 2 places",
            FLOW,
            lambda seed: {"pace": warming(even(0.9, 1.1), 20.0, 4.0), "places": 2},
        ),
        one(
            "latency drifts ±30 % in 5 min, 120/min sliding bare",
            RATE,
            lambda seed: {
                "pace": drifting(1.5, 0.3, 0.3, 300.0),
                "gates": [quota(120, seed=seed, sliding=True)],
            },
        ),
        one(
            "latency drifts ±30 % in 5 min, cap 8",
            CAP,
            lambda seed: {
                "pace": drifting(1.5, 0.3, 0.3, 300.0),
                "cap": lambda age: 8,
                "cap_body": bodies.bare(),
            },
        ),
        one(
            "scales out: cap 4, 8 after 60 s, 16 after 120 s",
            CAP | ENOUGH | NOISE | UNTOLD,
            lambda seed: {
                "cap": lambda age: 4 if age < 60 else 8 if age < 120 else 16,
                "cap_body": bodies.bare(503),
            },
            fair=False,
        ),
        one(
            "shrinks: cap 16, 6 after 40 s",
            CAP | NOISE | UNTOLD,
            lambda seed: {
                "cap": lambda age: 16 if age < 40 else 6,
                "cap_body": bodies.bare(),
            },
            fair=False,
        ),
    ]
