"""Worlds with several limits, tokens, days and neighbours."""

from __future__ import annotations

from tests.benchmarks.outside import bodies
from tests.benchmarks.outside.services import Day, Guarded
from tests.benchmarks.outside.world import (
    CAP,
    DAY,
    ENOUGH,
    FLOW,
    NOISE,
    RATE,
    TOKENS,
    UNTOLD,
    OutsideWorld,
    bucket,
    one,
    quota,
)


def mixtures() -> list[OutsideWorld]:
    """All of them."""
    return [*_tokens(), *_days(), *_several(), *_neighbours()]


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
