"""What to do about what outlasts a write: environment variables that outrank the file, and pins."""

from __future__ import annotations

from collections.abc import Mapping

from stresstune.report.verdict import show_value


def take_out(right: Mapping[str, object]) -> str:
    """Say how the app comes to read the file's value.

    Args:
        right: The variables, and what each should say; None where that is not known.

    >>> take_out({"MAX_CONCURRENT_SESSIONS": 18})
    'take MAX_CONCURRENT_SESSIONS out of the environment, or set MAX_CONCURRENT_SESSIONS=18 there'
    >>> take_out({"A": None, "B": None})
    'take A and B out of the environment, or set them right'
    """
    known = _known(right, "=")
    return f"take {' and '.join(right)} out of the environment, or set " + (
        f"{known} there" if known else f"{_them(right)} right"
    )


def unpin(right: Mapping[str, object]) -> str:
    """Say how a value comes to change that nobody but a person may change.

    Args:
        right: The keys, and what each should be; None where that is not known.

    >>> unpin({"max_users": 18})
    'take max_users out of stresstune.policy.pin, or set max_users = 18 yourself'
    """
    known = _known(right, " = ") or f"{_them(right)} right"
    return f"take {' and '.join(right)} out of stresstune.policy.pin, or set {known} yourself"


def _known(right: Mapping[str, object], sign: str) -> str:
    shown = (f"{name}{sign}{show_value(one)}" for name, one in right.items() if one is not None)
    return " and ".join(shown)


def _them(right: Mapping[str, object]) -> str:
    return "it" if len(right) == 1 else "them"
