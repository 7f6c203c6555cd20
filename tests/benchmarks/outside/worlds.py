"""Worlds that the probe was not built on."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from stresstune.model.workload import Budget, Workload
from tests.benchmarks.outside import bodies
from tests.benchmarks.outside.services import Body, Bucket, Day, Guarded, Service, Window

Pace = Callable[[float, int, random.Random, int], float]

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


def lognormal(median: float, sigma: float) -> Pace:
    return lambda age, flying, chance, number: median * math.exp(chance.gauss(0, sigma))


def even(low: float, high: float) -> Pace:
    return lambda age, flying, chance, number: chance.uniform(low, high)


def exponential(mean: float) -> Pace:
    return lambda age, flying, chance, number: chance.expovariate(1 / mean)


def pareto(least: float, shape: float, most: float = 20.0) -> Pace:
    return lambda age, flying, chance, number: min(most, least * chance.paretovariate(shape))


def two_modes(quick: float, slow: float, share: float) -> Pace:
    return lambda age, flying, chance, number: (
        (slow if chance.random() < share else quick) * chance.uniform(0.8, 1.2)
    )


def climbing(base: float, each: float) -> Pace:
    """Latency climbs with every call in flight: processor sharing, about."""
    return lambda age, flying, chance, number: (base + each * flying) * chance.uniform(0.9, 1.1)


def cold(pace: Pace, calls: int, more: float) -> Pace:
    return lambda age, flying, chance, number: (
        pace(age, flying, chance, number) + (more if number <= calls else 0.0)
    )


def warming(pace: Pace, seconds: float, times: float) -> Pace:
    return lambda age, flying, chance, number: (
        pace(age, flying, chance, number) * (times if age < seconds else 1.0)
    )


def drifting(median: float, sigma: float, swing: float, period: float) -> Pace:
    return lambda age, flying, chance, number: (
        median
        * (1 + swing * math.sin(2 * math.pi * age / period))
        * math.exp(chance.gauss(0, sigma))
    )


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


def worlds() -> Sequence[OutsideWorld]:
    """All of them."""
    return [
        *_minutes(),
        *_other_windows(),
        *_buckets(),
        *_bodies(),
        *_tokens(),
        *_days(),
        *_caps(),
        *_queues(),
        *_noise(),
        *_several(),
        *_neighbours(),
        *_latencies(),
        *_moving(),
        *_workloads(),
        *_budgets(),
    ]


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


def _tokens() -> list[OutsideWorld]:
    id_of = "GenerateContentInputTokensPerModelPerMinute-FreeTier"
    full = {"quota_id": id_of, "metric": bodies.TOKEN_METRIC}
    return [
        one(
            f"{value} tokens/min {kind} {said}, {mean}±{sd} each",
            ENOUGH if value > 10**6 else TOKENS if said != "untold" else TOKENS | RATE,
            lambda seed, value=value, kind=kind, said=said, mean=mean, sd=sd: {
                "gates": [
                    quota(
                        value,
                        seed=seed,
                        sliding=kind == "sliding",
                        tokens=True,
                        body=bodies.quota_failure(value, **full) if said == "stated" else None,
                    )
                ],
                "tokens": mean,
                "tokens_sd": sd,
                "tells_tokens": said != "untold",
            },
        )
        for value, kind, said, mean, sd in (
            (30_000, "fixed", "stated", 258, 0),
            (30_000, "sliding", "stated", 258, 80),
            (250_000, "fixed", "stated", 1300, 300),
            (50_000, "fixed", "bare", 400, 150),
            (50_000, "sliding", "bare", 400, 150),
            (40_000, "sliding", "untold", 400, 0),
            (2_000_000, "fixed", "bare", 258, 50),
        )
    ]


def _days() -> list[OutsideWorld]:
    daily = bodies.quota_failure(
        100, quota_id="GenerateRequestsPerDayPerProjectPerModel-FreeTier", delay="34s"
    )
    return [
        one(
            "100 a day stated",
            DAY,
            lambda seed: {"gates": [Guarded(Day(100), daily)]},
        ),
        one(
            "100 a day, 7 left",
            DAY,
            lambda seed: {"gates": [Guarded(Day(7), daily)]},
        ),
        one(
            "60/min bare and 100 a day",
            DAY | RATE,
            lambda seed: {"gates": [quota(60, seed=seed), Guarded(Day(100), daily)]},
        ),
        one(
            "bucket 100/min of 10 stated and 100 a day",
            DAY | RATE,
            lambda seed: {
                "gates": [
                    bucket(100, 10, body=bodies.quota_failure(100)),
                    Guarded(Day(100), daily),
                ]
            },
            fair=False,
        ),
        one(
            "80 a day, bare",
            UNTOLD | NOISE | RATE | DAY,
            lambda seed: {"gates": [Guarded(Day(80), bodies.bare())]},
        ),
    ]


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


def _several() -> list[OutsideWorld]:
    return [
        one(
            "300/min fixed and 3 a second, bare",
            RATE,
            lambda seed: {"gates": [quota(300, seed=seed), quota(3, 1.0, seed=seed)]},
        ),
        one(
            "90/min sliding and 4 a second, bare",
            RATE,
            lambda seed: {"gates": [quota(90, seed=seed, sliding=True), quota(4, 1.0, seed=seed)]},
        ),
        one(
            "150/min fixed and 10 in 2 s, bare",
            RATE,
            lambda seed: {"gates": [quota(150, seed=seed), quota(10, 2.0, sliding=True)]},
        ),
        one(
            "200/min fixed bare and cap 8",
            RATE | CAP,
            lambda seed: {
                "gates": [quota(200, seed=seed)],
                "cap": lambda age: 8,
                "cap_body": bodies.bare(),
            },
        ),
        one(
            "150/min stated and cap 4 bare",
            RATE | CAP,
            lambda seed: {
                "gates": [quota(150, seed=seed, body=bodies.quota_failure(150))],
                "cap": lambda age: 4,
                "cap_body": bodies.bare(),
            },
        ),
        one(
            "500/min stated and cap 4 bare",
            CAP,
            lambda seed: {
                "gates": [quota(500, seed=seed, body=bodies.quota_failure(500))],
                "cap": lambda age: 4,
                "cap_body": bodies.bare(),
            },
        ),
        one(
            "40000 tokens/min bare and 2 places",
            TOKENS | FLOW,
            lambda seed: {
                "gates": [quota(40_000, seed=seed, tokens=True)],
                "places": 2,
                "tokens_sd": 50,
            },
        ),
        one(
            "120/min stated, 503 at random 0.5 %",
            RATE,
            lambda seed: {
                "gates": [quota(120, seed=seed, body=bodies.quota_failure(120))],
                "fails": lambda age: 0.005,
                "fail_body": bodies.overloaded(),
            },
        ),
        one(
            "120/min stated, 503 at random 10 %",
            NOISE | RATE,
            lambda seed: {
                "gates": [quota(120, seed=seed, body=bodies.quota_failure(120))],
                "fails": lambda age: 0.1,
                "fail_body": bodies.overloaded(),
            },
        ),
        one(
            "120/min bare, 503 at random 10 %",
            NOISE | RATE,
            lambda seed: {
                "gates": [quota(120, seed=seed)],
                "fails": lambda age: 0.1,
                "fail_body": bodies.overloaded(),
            },
        ),
        one(
            "cap 6 bare, 503 at random 8 %",
            NOISE | CAP,
            lambda seed: {
                "cap": lambda age: 6,
                "cap_body": bodies.bare(),
                "fails": lambda age: 0.08,
                "fail_body": bodies.overloaded(),
            },
        ),
        one(
            "100/min and 30000 tokens/min, both stated",
            RATE | TOKENS,
            lambda seed: {
                "gates": [
                    quota(100, seed=seed, body=bodies.quota_failure(100)),
                    quota(
                        20_000,
                        seed=seed,
                        tokens=True,
                        body=bodies.quota_failure(
                            20_000,
                            quota_id="GenerateContentInputTokensPerModelPerMinute-FreeTier",
                            metric=bodies.TOKEN_METRIC,
                        ),
                    ),
                ]
            },
        ),
    ]


def _neighbours() -> list[OutsideWorld]:
    return [
        one(
            f"{value}/min {'sliding' if sliding else 'fixed'} {'stated' if said else 'bare'}, "
            f"neighbour takes {others}/min",
            RATE,
            lambda seed, value=value, others=others, sliding=sliding, said=said: {
                "gates": [
                    quota(
                        value,
                        seed=seed,
                        sliding=sliding,
                        body=bodies.quota_failure(value) if said else None,
                    )
                ],
                "neighbours_per_second": others / 60,
            },
        )
        for value, others, sliding, said in (
            (200, 60, False, False),
            (200, 60, True, False),
            (200, 100, False, True),
            (300, 150, True, True),
        )
    ] + [
        one(
            f"{value}/min {'sliding' if sliding else 'fixed'} bare, {share:.0%} used before",
            RATE,
            lambda seed, value=value, share=share, sliding=sliding: {
                "gates": [quota(value, seed=seed, sliding=sliding, used=value * share)]
            },
        )
        for value, share, sliding in (
            (120, 0.9, False),
            (120, 0.9, True),
            (240, 0.3, False),
            (240, 0.3, True),
            (100, 1.0, False),
            (100, 1.0, True),
        )
    ]


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


def _moving() -> list[OutsideWorld]:
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
