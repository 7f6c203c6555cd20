"""Ordinary worlds, unusual questions: other workloads, other budgets."""

from __future__ import annotations

from collections.abc import Callable

from stresstune.model.workload import Budget, Workload
from tests.benchmarks.outside import bodies
from tests.benchmarks.outside.paces import even
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


def questions() -> list[OutsideWorld]:
    """All of them."""
    return [*_workloads(), *_budgets()]


def _workloads() -> list[OutsideWorld]:
    def w(**options: float) -> Workload:
        return Workload(**options)  # type: ignore[arg-type]

    def rate(value: float, sliding: bool = False) -> Callable[[int], dict[str, object]]:
        return lambda seed: {"gates": [quota(value, seed=seed, sliding=sliding)]}

    def cap(places: int) -> Callable[[int], dict[str, object]]:
        return lambda seed: {"cap": lambda age: places, "cap_body": bodies.bare()}

    def flow(places: int) -> Callable[[int], dict[str, object]]:
        return lambda seed: {"places": places}

    return [
        one("3 sessions, nothing", ENOUGH, lambda seed: {}, workload=w(sessions=3)),
        one("1 session, 30/min fixed", ENOUGH | RATE, rate(30), workload=w(sessions=1)),
        one("3 sessions, 40/min fixed", RATE, rate(40), workload=w(sessions=3)),
        one("3 sessions, cap 2", CAP | ENOUGH, cap(2), workload=w(sessions=3)),
        one("3 sessions, 1 place", ENOUGH | FLOW, flow(1), workload=w(sessions=3)),
        one("100 sessions, nothing", ENOUGH | UNTOLD, lambda seed: {}, workload=w(sessions=100)),
        one(
            "100 sessions, 300/min fixed, think 10",
            RATE,
            rate(300),
            workload=w(sessions=100, think_seconds=10),
        ),
        one(
            "200 sessions, 600/min sliding, think 20",
            RATE | UNTOLD,
            rate(600, True),
            workload=w(sessions=200, think_seconds=20),
        ),
        one(
            "200 sessions, think 20, nothing",
            ENOUGH | UNTOLD,
            lambda seed: {},
            workload=w(sessions=200, think_seconds=20),
        ),
        one("think 0.5, cap 6", CAP, cap(6), workload=w(think_seconds=0.5)),
        one("think 20, cap 2", CAP, cap(2), workload=w(think_seconds=20)),
        one("think 20, 1 place", FLOW, flow(1), workload=w(think_seconds=20)),
        one("think 0.5, 3 places", FLOW, flow(3), workload=w(think_seconds=0.5)),
        one("think 20, 40/min sliding", RATE, rate(40, True), workload=w(think_seconds=20)),
        one("think 0.5, nothing", ENOUGH | UNTOLD, lambda seed: {}, workload=w(think_seconds=0.5)),
        one(
            "tolerance 5 %, cap 8",
            CAP,
            cap(8),
            workload=w(error_tolerance_ratio=0.05),
        ),
        one(
            "tolerance 5 %, 100/min fixed",
            RATE,
            rate(100),
            workload=w(error_tolerance_ratio=0.05),
        ),
        one(
            "objective 2 s, nothing",
            ENOUGH | FLOW | UNTOLD,
            lambda seed: {"pace": even(0.8, 1.2)},
            workload=w(latency_objective_seconds=2.0),
        ),
        one(
            "objective 2 s, 4 places of 1 s",
            FLOW,
            lambda seed: {"pace": even(0.8, 1.2), "places": 4},
            workload=w(latency_objective_seconds=2.0),
        ),
    ]


def _budgets() -> list[OutsideWorld]:
    return [
        one(
            f"{calls} calls, {seconds} s: {name}",
            binds | UNTOLD,
            build,
            budget=Budget(max_requests=calls, max_seconds=seconds),
        )
        for calls, seconds in ((100, 60), (300, 180), (1000, 60), (1000, 600), (30, 20), (5, 5))
        for name, binds, build in (
            ("nothing", ENOUGH, lambda seed: {}),
            ("80/min sliding", RATE, lambda seed: {"gates": [quota(80, sliding=True)]}),
            (
                "cap 6",
                CAP,
                lambda seed: {"cap": lambda age: 6, "cap_body": bodies.bare()},
            ),
            ("2 places", FLOW, lambda seed: {"places": 2}),
            (
                "503 8 %",
                NOISE,
                lambda seed: {"fails": lambda age: 0.08, "fail_body": bodies.overloaded()},
            ),
        )
    ] + [
        one(
            f"at most {tokens} tokens: {name}",
            binds | UNTOLD,
            build,
            budget=Budget(max_tokens=tokens),
        )
        for tokens in (5_000, 40_000)
        for name, binds, build in (
            ("nothing", ENOUGH, lambda seed: {"tokens": 258}),
            ("60/min fixed", RATE, lambda seed: {"gates": [quota(60, seed=seed)]}),
        )
    ]
