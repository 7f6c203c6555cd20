"""Worlds drawn at random: every knob of a service turned independently of the others.

Run it by hand with ``python -m tests.benchmarks.outside --drawn 40 --first 1000``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from stresstune.model.workload import Workload
from tests.benchmarks.outside import bodies
from tests.benchmarks.outside.paces import (
    Pace,
    climbing,
    cold,
    even,
    exponential,
    lognormal,
    pareto,
    two_modes,
    warming,
)
from tests.benchmarks.outside.services import Body, Service
from tests.benchmarks.outside.world import OutsideWorld, bucket, quota

ANY_KIND = frozenset(
    {
        "requests_per_minute",
        "tokens_per_minute",
        "requests_per_day",
        "concurrency",
        "throughput",
        "overload",
        "enough",
        "inconclusive",
    }
)
"""Which limit binds in a drawn world is not known beforehand: only numbers are judged."""


def drawn(count: int, first: int) -> Sequence[OutsideWorld]:
    """Draw so many worlds; the same numbers give the same worlds."""
    return [_draw(number) for number in range(first, first + count)]


def _draw(number: int) -> OutsideWorld:
    chance = random.Random(f"drawn {number}")
    workload = _workload(chance)
    need = 60 * workload.sessions / (workload.think_seconds + 1.5)
    words, pace = _pace(chance)
    kinds = chance.sample([_gate, _cap, _places, _noise], k=chance.choice((1, 1, 1, 2)))
    parts = [kind(chance, need, workload) for kind in kinds]
    if chance.random() < 0.15 and _gate not in kinds:
        parts.append(_neighbour(chance, need))
    name = ", ".join([f"#{number}", *(said for said, _ in parts), words])
    name += f"; T {workload.sessions} think {workload.think_seconds:g}"

    def make(seed: int) -> Service:
        options: dict[str, object] = {"pace": pace}
        for _, build in parts:
            options |= build(seed)
        return Service(seed=seed, **options)  # type: ignore[arg-type]

    return OutsideWorld(name=name, make=make, binds=ANY_KIND, workload=workload)


def _workload(chance: random.Random) -> Workload:
    return Workload(
        sessions=chance.choice((3, 8, 15, 30, 30, 40, 60, 100)),
        think_seconds=chance.choice((0.5, 2.0, 2.0, 5.0, 10.0, 20.0)),
    )


def _pace(chance: random.Random) -> tuple[str, Pace]:
    median = round(math_uniform(chance, 0.05, 6.0), 2)
    name, pace = chance.choice(
        (
            ("lognormal", lognormal(median, 0.3)),
            ("heavy", lognormal(median, 0.7)),
            ("even", even(0.8 * median, 1.2 * median)),
            ("exponential", exponential(median)),
            ("pareto", pareto(median / 2, 1.8)),
            ("two modes", two_modes(median / 2, 3 * median, 0.15)),
            ("climbing", climbing(median, 0.04 * median)),
        )
    )
    odd = chance.random()
    if odd < 0.1:
        return f"{name} {median} s, first 4 cold", cold(pace, 4, 4.0)
    if odd < 0.25:
        return f"{name} {median} s, slow for 20 s", warming(pace, 20.0, 3.0)
    return f"{name} {median} s", pace


def math_uniform(chance: random.Random, low: float, high: float) -> float:
    """Draw evenly on a logarithmic scale."""
    return low * (high / low) ** chance.random()


def _body(chance: random.Random, value: float) -> tuple[str, Body]:
    return chance.choice(
        (
            ("bare", bodies.bare()),
            ("bare", bodies.bare()),
            ("status", bodies.bare_status()),
            ("stated", bodies.quota_failure(round(value))),
            ("stated, lying", bodies.quota_failure(round(value), delay="3s")),
        )
    )


def _gate(
    chance: random.Random, need: float, workload: Workload
) -> tuple[str, Callable[[int], dict[str, object]]]:
    value = max(2, round(need * math_uniform(chance, 0.1, 2.0)))
    seconds = chance.choice((60.0, 60.0, 60.0, 60.0, 10.0, 1.0))
    said, body = _body(chance, value)
    shape = chance.choice(("fixed", "sliding", "counting", "used", "bucket", "bucket"))
    if shape == "bucket":
        size = max(1, round(value * math_uniform(chance, 0.01, 1.0)))
        return f"bucket {value}/min of {size} {said}", lambda seed: {
            "gates": [bucket(value, size, body=body)]
        }
    if seconds < 60:
        value = max(2, round(value * seconds / 60))
        said, body = "bare", bodies.bare()
    sliding = shape in ("sliding", "counting") or chance.random() < 0.5
    used = value * chance.uniform(0.1, 0.9) if shape == "used" else 0.0
    kind = "sliding" if sliding else "fixed"
    words = f"{value} in {seconds:g} s {kind} {said}"
    words += " counting refused" if shape == "counting" else f" {used:.0f} used" if used else ""
    return words, lambda seed: {
        "gates": [
            quota(
                value,
                seconds,
                seed=seed,
                sliding=sliding,
                used=used,
                body=body,
                counts=shape == "counting",
            )
        ]
    }


def _cap(
    chance: random.Random, need: float, workload: Workload
) -> tuple[str, Callable[[int], dict[str, object]]]:
    places = max(1, round(workload.sessions * math_uniform(chance, 0.1, 1.5)))
    code = chance.choice((429, 429, 503))
    return f"cap {places} {code}", lambda seed: {
        "cap": lambda age: places,
        "cap_body": bodies.bare(code),
    }


def _places(
    chance: random.Random, need: float, workload: Workload
) -> tuple[str, Callable[[int], dict[str, object]]]:
    places = max(1, round(workload.sessions * math_uniform(chance, 0.03, 0.7)))
    if chance.random() < 0.3:
        queue = max(1, round(places * chance.uniform(0.5, 4)))
        return f"{places} places, queue of {queue}", lambda seed: {
            "places": places,
            "queue": queue,
            "queue_body": bodies.bare(503),
        }
    return f"{places} places", lambda seed: {"places": places}


def _noise(
    chance: random.Random, need: float, workload: Workload
) -> tuple[str, Callable[[int], dict[str, object]]]:
    share = chance.choice((0.001, 0.003, 0.005, 0.03, 0.1))
    name, body = chance.choice(
        (
            ("503", bodies.overloaded()),
            ("500", bodies.bare(500)),
            ("429", bodies.shared_capacity()),
        )
    )
    return f"{name} {share:.1%}", lambda seed: {"fails": lambda age: share, "fail_body": body}


def _neighbour(
    chance: random.Random, need: float
) -> tuple[str, Callable[[int], dict[str, object]]]:
    value = max(4, round(need * chance.uniform(0.4, 1.2)))
    others = value * chance.uniform(0.1, 0.5)
    sliding = chance.random() < 0.5
    said, body = _body(chance, value)
    kind = "sliding" if sliding else "fixed"
    return f"{value}/min {kind} {said}, neighbour {others:.0f}/min", lambda seed: {
        "gates": [quota(value, seed=seed, sliding=sliding, body=body)],
        "neighbours_per_second": others / 60,
    }
