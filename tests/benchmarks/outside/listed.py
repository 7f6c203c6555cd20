"""Worlds drawn at random of the kinds that the probe promises to be right about, and no others.

Run it by hand with ``python -m tests.benchmarks.outside --listed 40 --first 1``.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

from stresstune.model.workload import Workload
from tests.benchmarks.outside import bodies
from tests.benchmarks.outside.chance import math_uniform
from tests.benchmarks.outside.paces import lognormal
from tests.benchmarks.outside.services import Body, Day, Guarded, Service
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
    quota,
)

Options = dict[str, object]
Part = tuple[str, frozenset[str], Callable[[int], Options]]
"""How it is called, what may bind, and how it is made."""

DAY_ID = "GenerateRequestsPerDayPerProjectPerModel-FreeTier"
TOKEN_ID = "GenerateContentInputTokensPerModelPerMinute-FreeTier"


def listed(count: int, first: int) -> Sequence[OutsideWorld]:
    """Draw so many worlds; the same numbers give the same worlds."""
    return [_draw(number) for number in range(first, first + count)]


def _draw(number: int) -> OutsideWorld:
    chance = random.Random(f"listed {number}")
    latency = round(math_uniform(chance, 0.3, 15.0), 2)
    sigma = chance.choice((0.1, 0.3, 0.3, 0.5, 1.0 if latency < 3 else 0.7))
    late = latency * math.exp(1.645 * sigma)  # 95 % of the answers come sooner
    workload = Workload(
        sessions=chance.choice((5, 10, 20, 30, 30, 30, 50, 100)),
        think_seconds=chance.choice((0.5, 1.0, 2.0, 2.0, 4.0, 8.0, 20.0)),
        latency_objective_seconds=10.0 if late < 7 else 30.0 if late < 20 else 60.0,
    )
    words, binds, build = chance.choice(KINDS)(chance)
    name = f"@{number}, {words}, {latency} s of {sigma}; T {workload.sessions} think "
    name += f"{workload.think_seconds:g}"

    def make(seed: int) -> Service:
        options: Options = {"pace": lognormal(latency, sigma), **build(seed)}
        return Service(seed=seed, **options)  # type: ignore[arg-type]

    return OutsideWorld(name=name, make=make, binds=binds | ENOUGH | UNTOLD, workload=workload)


def _body(chance: random.Random, value: float, **full: str) -> tuple[str, Body]:
    said = chance.choice(("bare", "bare", "stated", "lying"))
    if said == "bare":
        return said, bodies.bare()
    delay = chance.choice(("0s", "3s", "3600s")) if said == "lying" else None
    return said, bodies.quota_failure(value, delay=delay, **full)


def _rate(chance: random.Random, value: int, used: float = 0.0) -> Part:
    said, body = _body(chance, value)
    kind = chance.choice(("fixed", "sliding", "bucket"))
    if kind == "bucket":
        size = max(1, round(value * math_uniform(chance, 1 / 60, 0.5)))
        words = f"bucket {value} of {size} {said}"
        return words, RATE, lambda seed: {"gates": [bucket(value, size, body=body)]}
    sliding = kind == "sliding"
    words = f"{value} {kind} {said}" + (f", {used:.0f} used" if used else "")
    return (
        words,
        RATE,
        lambda seed: {"gates": [quota(value, seed=seed, sliding=sliding, used=used, body=body)]},
    )


def _minute(chance: random.Random) -> Part:
    return _rate(chance, round(math_uniform(chance, 15, 4000)))


def _half_used(chance: random.Random) -> Part:
    value = round(math_uniform(chance, 15, 1000))
    return _rate(chance, value, used=value / 2)


def _counting(chance: random.Random) -> Part:
    value = round(math_uniform(chance, 15, 1000))
    return (
        f"{value} sliding bare, refused count",
        RATE,
        lambda seed: {"gates": [quota(value, seed=seed, sliding=True, counts=True)]},
    )


def _tokens(chance: random.Random, most_calls: float = 1000) -> Part:
    mean = chance.choice((258, 400, 1300))
    value = round(mean * math_uniform(chance, 15, most_calls))
    spread = mean * chance.choice((0.0, 0.1, 0.25))
    said, body = _body(chance, value, quota_id=TOKEN_ID, metric=bodies.TOKEN_METRIC)
    sliding = chance.random() < 0.5
    return (
        f"{value} tokens {'sliding' if sliding else 'fixed'} {said}, {mean}±{spread:.0f} each",
        TOKENS | (frozenset() if said != "bare" or spread else RATE),
        lambda seed: {
            "gates": [quota(value, seed=seed, sliding=sliding, tokens=True, body=body)],
            "tokens": mean,
            "tokens_sd": spread,
        },
    )


def _day(chance: random.Random) -> Part:
    left = round(math_uniform(chance, 1, 300))
    body = bodies.quota_failure(left + chance.choice((0, 50)), quota_id=DAY_ID, delay="34s")
    return f"{left} left today", DAY, lambda seed: {"gates": [Guarded(Day(left), body)]}


def _zero(chance: random.Random) -> Part:
    body = bodies.quota_failure(None)
    return "limit 0", RATE, lambda seed: {"gates": [quota(0, seed=seed, body=body)]}


def _cap(chance: random.Random) -> Part:
    places = round(math_uniform(chance, 4, 50))
    code = chance.choice((429, 429, 503))
    return (
        f"cap {places} {code}",
        CAP,
        lambda seed: {
            "cap": lambda age: places,
            "cap_body": bodies.bare(code),
        },
    )


def _places(chance: random.Random) -> Part:
    places = round(math_uniform(chance, 1, 30))
    return f"{places} places", FLOW, lambda seed: {"places": places}


def _overload(chance: random.Random) -> Part:
    share = math_uniform(chance, 0.02, 0.8)
    body = bodies.overloaded()
    return f"503 {share:.1%}", NOISE, lambda seed: {"fails": lambda age: share, "fail_body": body}


def _errors(chance: random.Random) -> Part:
    options: Options = {"fails": lambda age: 0.004, "fail_body": bodies.bare(500)}
    if chance.random() < 0.5:
        return "errors 0.4 %", NOISE, lambda seed: options
    words, binds, build = _minute(chance)
    return f"errors 0.4 %, {words}", binds | NOISE, lambda seed: {**build(seed), **options}


def _nothing(chance: random.Random) -> Part:
    return "nothing", ENOUGH, lambda seed: {}


def _rate_and_cap(chance: random.Random) -> Part:
    return _both(_rate(chance, round(math_uniform(chance, 15, 1000))), _cap(chance))


def _tokens_and_places(chance: random.Random) -> Part:
    return _both(_tokens(chance), _places(chance))


def _both(one: Part, other: Part) -> Part:
    return (
        f"{one[0]} and {other[0]}",
        one[1] | other[1],
        lambda seed: {**one[2](seed), **other[2](seed)},
    )


KINDS: Sequence[Callable[[random.Random], Part]] = (
    _minute,
    _minute,
    _minute,
    _minute,
    _half_used,
    _counting,
    _tokens,
    _tokens,
    _day,
    _zero,
    _cap,
    _cap,
    _places,
    _places,
    _overload,
    _errors,
    _nothing,
    _rate_and_cap,
    _rate_and_cap,
    _tokens_and_places,
)
