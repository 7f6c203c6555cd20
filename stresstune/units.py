"""Bytes and durations, read and printed with their units.

GB is 10⁹ bytes and GiB is 2³⁰ bytes, always; a number is printed in the family of units in which
it was reckoned.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

_FACTORS = {
    "": 1,
    "b": 1,
    **{f"{p}b": 1000**i for i, p in enumerate("kmgtp", start=1)},
    **{p: 1000**i for i, p in enumerate("kmgtp", start=1)},
    **{f"{p}ib": 1024**i for i, p in enumerate("kmgtp", start=1)},
    **{f"{p}i": 1024**i for i, p in enumerate("kmgtp", start=1)},
}
_SIZE = r"\s*(?P<number>\d[\d_]*(?:\.\d+)?)\s*(?P<unit>[a-zA-Z]*)\s*"


def parse_bytes(text: str | int) -> int:
    """Read a size such as ``2GB``, ``512 MiB`` or ``1500000``, in bytes.

    Args:
        text: A number with an optional unit: B, kB, MB, GB, TB (powers of 1000), KiB, MiB, GiB,
            TiB (powers of 1024), or the same without the B (k8s spelling: ``512Mi``, ``2G``).

    Returns:
        Whole bytes, rounded down.

    Raises:
        ValueError: It is not a size, or not above 0.

    >>> parse_bytes("2GB"), parse_bytes("512MiB"), parse_bytes("1.5 kB")
    (2000000000, 536870912, 1500)
    """
    match = re.fullmatch(_SIZE, str(text))
    factor = _FACTORS.get(match["unit"].lower()) if match else None
    if match is None or factor is None:
        raise ValueError(f"{text!r} is not a size: write it like 2GB, 512MiB or 1500000000")
    size_bytes = int(Decimal(match["number"].replace("_", "")) * factor)
    if size_bytes <= 0:
        raise ValueError(f"{text!r} is not a usable size: it must be above 0 bytes")
    return size_bytes


def format_bytes(size_bytes: float, *, binary: bool = False) -> str:
    """Print a size with three significant digits and its unit.

    Args:
        size_bytes: Bytes; may be negative (a difference).
        binary: Use KiB, MiB, GiB (powers of 1024) instead of kB, MB, GB (powers of 1000).

    >>> format_bytes(2_000_000_000), format_bytes(78_300_000), format_bytes(2**29, binary=True)
    ('2.00 GB', '78.3 MB', '512 MiB')
    """
    base, names = (
        (1024, ("B", "KiB", "MiB", "GiB", "TiB"))
        if binary
        else (1000, ("B", "kB", "MB", "GB", "TB"))
    )
    value, power = float(size_bytes), 0
    while abs(round(value, _decimals(value))) >= base and power < len(names) - 1:
        value, power = value / base, power + 1
    return f"{value:.{_decimals(value) if power else 0}f} {names[power]}"


def _decimals(value: float) -> int:
    """Return how many decimals make three digits of a number, once it is rounded to them."""
    return next((places for places in (2, 1) if abs(round(value, places)) < 10 ** (3 - places)), 0)


def is_binary(size_bytes: int) -> bool:
    """Tell whether a size was reckoned in KiB, MiB or GiB: whole MiB are hardly by chance.

    >>> is_binary(2**29), is_binary(2_000_000_000)
    (True, False)
    """
    return size_bytes % 2**20 == 0


def format_seconds(seconds: float) -> str:
    """Print a duration as a person would say it.

    >>> format_seconds(0.0123), format_seconds(2.345), format_seconds(125), format_seconds(7300)
    ('12 ms', '2.3 s', '2 min 05 s', '2 h 01 min')
    """
    if abs(seconds) < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if abs(seconds) < 99.95:
        return f"{seconds:.1f} s"
    if seconds < 0:
        return f"-{format_seconds(-seconds)}"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def format_ratio(ratio: float) -> str:
    """Print a ratio (0 to 1) as a percentage; what is not all of it never becomes 100 %.

    >>> format_ratio(0.034), format_ratio(1.0), format_ratio(0.75), format_ratio(0.9996)
    ('3.4 %', '100 %', '75 %', '99.9 %')
    """
    percent = ratio * 100
    if 99.5 <= percent < 100:
        return f"{min(math.floor(10 * percent + 1e-6), 999) / 10:.1f} %"
    return f"{percent:.1f} %" if 0 < abs(percent) < 10 else f"{percent:.0f} %"
