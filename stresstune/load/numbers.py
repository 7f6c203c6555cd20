"""Numbers and durations as services write them; pure, and never raises."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal

_MAX_SECONDS = 1e9
_PART = r"([0-9]{1,20}(?:\.[0-9]{1,20})?)(ms|us|µs|ns|d|h|m|s)"
DURATION_PATTERN = rf"(?:{_PART}){{1,8}}"
"""What a duration looks like: ``14s``, ``45.837906927s``, ``992.43ms``, ``11h47m``."""
_DURATION_PART = re.compile(_PART)
_DURATION = re.compile(DURATION_PATTERN)
_SECONDS_BY_UNIT = {
    "d": Decimal(86_400),
    "h": Decimal(3_600),
    "m": Decimal(60),
    "s": Decimal(1),
    "ms": Decimal("1e-3"),
    "us": Decimal("1e-6"),
    "µs": Decimal("1e-6"),
    "ns": Decimal("1e-9"),
}


def read_number(value: object) -> float | None:
    """Return a number, or whole digits in a text, as a number; None where it is none, or endless.

    >>> read_number("15"), read_number(True), read_number("15 a minute")
    (15.0, None, None)
    """
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,20}", value.strip()):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def read_duration_seconds(value: object) -> float | None:
    """Return a duration in seconds, as the services write them; None where it is none.

    >>> [read_duration_seconds(text) for text in ("14s", "992.43ms", "11h47m", "soon")]
    [14.0, 0.99243, 42420.0, None]
    >>> read_duration_seconds({"seconds": 2, "nanos": 500_000_000})
    2.5
    """
    if isinstance(value, Mapping):
        seconds, nanos = read_number(value.get("seconds", 0)), read_number(value.get("nanos", 0))
        return None if seconds is None or nanos is None else _bounded(seconds + nanos * 1e-9)
    if isinstance(value, str) and _DURATION.fullmatch(value.strip()):
        parts = _DURATION_PART.findall(value)
        return _bounded(float(sum(Decimal(n) * _SECONDS_BY_UNIT[unit] for n, unit in parts)))
    number = read_number(value)
    return None if number is None else _bounded(number)


def _bounded(seconds: float) -> float | None:
    return seconds if 0 <= seconds <= _MAX_SECONDS else None
