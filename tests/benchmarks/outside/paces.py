"""How long services work on a call, by age, calls in flight, chance and the call's number."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

Pace = Callable[[float, int, random.Random, int], float]


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
