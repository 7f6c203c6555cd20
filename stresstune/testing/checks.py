"""What a simulated service may be: a world that cannot be would be measured all the same."""

from __future__ import annotations


def at_least(least: float, **values: float | None) -> None:
    """Refuse numbers below a least one; None is allowed.

    Raises:
        TypeError: A value is no number.
        ValueError: A number is less, or none at all (NaN).
    """
    for name, value in values.items():
        if value is not None and not _number(name, value) >= least:
            raise ValueError(f"{name} is {value!r}, and it must be at least {least:g}")


def above_zero(**values: float) -> None:
    """Refuse 0 and less.

    Raises:
        TypeError: A value is no number.
        ValueError: A number is 0 or less, or none at all (NaN).
    """
    for name, value in values.items():
        if not _number(name, value) > 0:
            raise ValueError(f"{name} is {value!r}, and it must be above 0")


def shares(**values: float) -> None:
    """Refuse what is no share of a whole.

    Raises:
        TypeError: A value is no number.
        ValueError: A number is not 0 to 1.
    """
    for name, value in values.items():
        if not 0 <= _number(name, value) <= 1:
            raise ValueError(f"{name} is {value!r}, and a share is 0 to 1")


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} is {value!r}, and it must be a number")
    return value
