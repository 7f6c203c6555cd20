"""Pure statistics: quantiles and intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist

Z_95 = NormalDist().inv_cdf(0.975)
"""Standard normal quantile of a two-sided 95 % interval (1.96)."""


def quantile(values: Sequence[float], ratio: float) -> float:
    """Return a quantile by linear interpolation (Hyndman and Fan's type 7, as NumPy's default).

    Args:
        values: At least one number, in any order.
        ratio: 0 to 1.

    Raises:
        ValueError: There are no values, or the ratio is outside 0 to 1.

    >>> quantile([1, 2, 3, 4], 0.5)
    2.5
    """
    if not values:
        raise ValueError("a quantile needs at least one value")
    if not 0 <= ratio <= 1:
        raise ValueError(f"a quantile's ratio is 0 to 1, not {ratio}")
    ordered = sorted(values)
    position = (len(ordered) - 1) * ratio
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def wilson_interval(hits: int, trials: int, *, z: float = Z_95) -> tuple[float, float]:
    """Return the Wilson score interval of a ratio (Wilson 1927), 0 to 1.

    Args:
        hits: How often it happened.
        trials: How often it could have; 0 gives the whole of 0 to 1.
        z: Standard normal quantile; the default gives 95 %.

    >>> low, high = wilson_interval(0, 60)
    >>> round(low, 3), round(high, 3)
    (0.0, 0.06)
    """
    if trials <= 0:
        return 0.0, 1.0
    share = hits / trials
    centre = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    low = 0.0 if hits == 0 else (centre - spread) / scale
    high = 1.0 if hits == trials else (centre + spread) / scale
    return low, high


def mean_interval(values: Sequence[float], *, z: float = Z_95) -> tuple[float, float, float]:
    """Return mean, low and high of the 95 % interval of a mean (Student 1908).

    Args:
        values: At least one number. With a single one the interval is that number.
        z: Standard normal quantile, which tells the confidence; the default gives 95 %.

    >>> mean_interval([1.0, 1.0, 1.0])
    (1.0, 1.0, 1.0)
    """
    count = len(values)
    mean = math.fsum(values) / count
    if count < 2:
        return mean, mean, mean
    variance = math.fsum((value - mean) ** 2 for value in values) / (count - 1)
    half = student_quantile(z, count - 1) * math.sqrt(variance / count)
    return mean, mean - half, mean + half


@lru_cache(1024)
def student_quantile(z: float, freedom: int) -> float:
    """Return the quantile of Student's t that is as rare as a standard normal one.

    Args:
        z: The normal quantile, 0 or more; 1.96 leaves out one in twenty, half of them at each end.
        freedom: Degrees of freedom, at least 1.

    >>> round(student_quantile(Z_95, 9), 2), round(student_quantile(1.0, 3), 2)
    (2.26, 1.2)
    """
    within = math.erf(z / math.sqrt(2))
    low, high = z, max(2 * z, 1.0)
    while _student_within(high, freedom) < within:
        low, high = high, 2 * high
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if _student_within(middle, freedom) < within else (low, middle)
    return high


def _student_within(t: float, freedom: int) -> float:
    """Return the probability between -t and t (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4)."""
    angle = math.atan(t / math.sqrt(freedom))
    cosine, is_odd = math.cos(angle), freedom % 2 == 1
    term = cosine if is_odd else 1.0
    total = 0.0
    for power in range(3 if is_odd else 2, freedom + 1, 2):
        total += term
        term *= (power - 1) / power * cosine**2
        if term < 1e-15:
            break
    if is_odd:
        return (angle + math.sin(angle) * total) * 2 / math.pi
    return math.sin(angle) * total
