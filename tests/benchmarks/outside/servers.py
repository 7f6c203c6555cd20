"""Worlds with servers: caps on concurrency, queues, errors at random, response times."""

from __future__ import annotations

from stresstune.model.workload import Workload
from tests.benchmarks.outside import bodies
from tests.benchmarks.outside.paces import climbing, even, exponential, lognormal, pareto, two_modes
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


def servers() -> list[OutsideWorld]:
    """All of them."""
    return [*_caps(), *_queues(), *_noise(), *_latencies()]


def _caps() -> list[OutsideWorld]:
    found = [
        one(
            f"cap {places}, {name}",
            CAP if places < 20 else ENOUGH | CAP,
            lambda seed, places=places, pace=pace, body=body: {
                "cap": lambda age: places,
                "cap_body": body,
                "pace": pace,
            },
        )
        for places, name, pace, body in (
            (1, "1.5 s", lognormal(1.5, 0.2), bodies.bare()),
            (2, "exponential 2 s", exponential(2.0), bodies.bare()),
            (3, "0.2 s", even(0.1, 0.3), bodies.bare()),
            (5, "6 s", even(4.0, 8.0), bodies.bare_status()),
            (7, "503", lognormal(1.5, 0.3), bodies.bare(503)),
            (10, "two modes", two_modes(1.0, 8.0, 0.1), bodies.bare()),
            (14, "exponential 3 s", exponential(3.0), bodies.bare_response()),
            (18, "0.05 s", even(0.04, 0.06), bodies.bare()),
            (25, "4 s", even(3.0, 5.0), bodies.bare()),
            (30, "1.5 s", lognormal(1.5, 0.3), bodies.bare()),
            (80, "1.5 s", lognormal(1.5, 0.3), bodies.bare()),
        )
    ]
    found += [
        one(
            f"cap {places}, {sessions} sessions",
            CAP,
            lambda seed, places=places: {"cap": lambda age: places, "cap_body": bodies.bare()},
            workload=Workload(sessions=sessions),
        )
        for places, sessions in ((40, 200), (20, 100))
    ]
    return found


def _queues() -> list[OutsideWorld]:
    return [
        one(
            name,
            binds,
            lambda seed, options=options: options,
            workload=workload,
        )
        for name, binds, options, workload in (
            (
                "1 place, exponential 0.8 s",
                FLOW,
                {"places": 1, "pace": exponential(0.8)},
                None,
            ),
            ("1 place, constant 1 s", FLOW, {"places": 1, "pace": even(1.0, 1.0)}, None),
            ("2 places, exponential 2 s", FLOW, {"places": 2, "pace": exponential(2.0)}, None),
            ("5 places, constant 2 s", FLOW, {"places": 5, "pace": even(2.0, 2.0)}, None),
            (
                "3 places, objective 3 s",
                FLOW,
                {"places": 3, "pace": even(0.9, 1.1)},
                Workload(latency_objective_seconds=3.0),
            ),
            (
                "4 places, objective 30 s",
                FLOW,
                {"places": 4, "pace": even(4.0, 6.0)},
                Workload(latency_objective_seconds=30.0),
            ),
            (
                "2 places, queue of 4, then 503",
                CAP | FLOW | NOISE,
                {"places": 2, "queue": 4, "queue_body": bodies.bare(503)},
                None,
            ),
            (
                "1 place, queue of 14, then 503",
                CAP | FLOW | NOISE,
                {
                    "places": 1,
                    "queue": 14,
                    "queue_body": bodies.bare(503),
                    "pace": even(0.3, 0.5),
                },
                None,
            ),
            (
                "4 places, queue of 8, then 429",
                CAP | FLOW,
                {"places": 4, "queue": 8, "queue_body": bodies.bare()},
                None,
            ),
            ("climbing 0.5 + 0.2 a call", FLOW | ENOUGH, {"pace": climbing(0.5, 0.2)}, None),
            (
                "climbing 0.5 + 0.5 a call",
                FLOW | ENOUGH,
                {"pace": climbing(0.5, 0.5)},
                None,
            ),
            (
                "climbing 1 + 1 a call",
                FLOW,
                {"pace": climbing(1.0, 1.0)},
                None,
            ),
            (
                "10 places of 4 s, 60 sessions",
                FLOW,
                {"places": 10, "pace": lognormal(4.0, 0.3)},
                Workload(sessions=60),
            ),
        )
    ]


def _noise() -> list[OutsideWorld]:
    found = [
        one(
            f"503 at random {share:.1%}, tolerance {tolerance:.0%}",
            NOISE if share > tolerance else ENOUGH,
            lambda seed, share=share: {
                "fails": lambda age: share,
                "fail_body": bodies.overloaded(),
            },
            workload=Workload(error_tolerance_ratio=tolerance),
        )
        for share, tolerance in (
            (0.003, 0.01),
            (0.02, 0.01),
            (0.06, 0.01),
            (0.6, 0.01),
            (0.02, 0.05),
            (0.1, 0.05),
        )
    ]
    found += [
        one(
            f"429 shared capacity {share:.0%}",
            NOISE,
            lambda seed, share=share: {
                "fails": lambda age: share,
                "fail_body": bodies.shared_capacity(),
            },
        )
        for share in (0.04, 0.2, 0.5)
    ]
    found += [
        one(
            "503 for a minute, then well",
            NOISE | ENOUGH | UNTOLD,
            lambda seed: {
                "fails": lambda age: 0.4 if age < 60 else 0.0,
                "fail_body": bodies.overloaded(),
            },
            fair=False,
        ),
        one(
            "503 always",
            NOISE | UNTOLD,
            lambda seed: {"fails": lambda age: 1.0, "fail_body": bodies.overloaded()},
        ),
        one(
            "429 always, bare",
            NOISE | UNTOLD | RATE,
            lambda seed: {"fails": lambda age: 1.0, "fail_body": bodies.bare()},
        ),
        one(
            "500 at random 3 %",
            NOISE | UNTOLD,
            lambda seed: {"fails": lambda age: 0.03, "fail_body": bodies.bare(500)},
        ),
        one("hangs 4 %", NOISE | UNTOLD, lambda seed: {"hang": 0.04}),
        one("hangs 0.2 %", ENOUGH | UNTOLD, lambda seed: {"hang": 0.002}),
        one(
            "hangs 0.2 %, 100/min sliding bare",
            RATE | NOISE | UNTOLD,
            lambda seed: {"hang": 0.002, "gates": [quota(100, seed=seed, sliding=True)]},
        ),
    ]
    return found


def _latencies() -> list[OutsideWorld]:
    return [
        one(
            f"nothing, {name}",
            binds,
            lambda seed, pace=pace: {"pace": pace},
            workload=workload,
        )
        for name, pace, binds, workload in (
            ("1 ms", even(0.001, 0.0012), ENOUGH | UNTOLD, None),
            ("0.05 s", lognormal(0.05, 0.2), ENOUGH | UNTOLD, None),
            ("pareto 1 s", pareto(1.0, 1.6), ENOUGH, None),
            (
                "20 s, objective 30",
                lognormal(18.0, 0.1),
                ENOUGH,
                Workload(latency_objective_seconds=30.0),
            ),
            ("12 s, objective 10", lognormal(12.0, 0.1), UNTOLD | FLOW | NOISE, None),
            ("8 s heavy, objective 10", lognormal(7.0, 0.4), UNTOLD | FLOW | NOISE, None),
            ("two modes 0.3 and 9 s", two_modes(0.3, 9.0, 0.03), ENOUGH, None),
            ("exactly 1.5 s", even(1.5, 1.5), ENOUGH, None),
        )
    ] + [
        one(
            f"100/min {kind} bare, {name}",
            RATE,
            lambda seed, pace=pace, sliding=kind == "sliding": {
                "gates": [quota(100, seed=seed, sliding=sliding)],
                "pace": pace,
            },
            workload=workload,
        )
        for name, kind, pace, workload in (
            ("1 ms", "fixed", even(0.001, 0.0012), None),
            ("pareto 1 s", "sliding", pareto(1.0, 1.6), None),
            (
                "20 s, objective 30",
                "sliding",
                lognormal(18.0, 0.1),
                Workload(latency_objective_seconds=30.0, sessions=60),
            ),
            ("two modes", "fixed", two_modes(0.5, 6.0, 0.2), None),
        )
    ]
