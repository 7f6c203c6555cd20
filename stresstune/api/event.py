"""One call, as a quota saw it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Event:
    """One call, as the quota saw it.

    Attributes:
        seconds: When it was decided.
        admitted: It was let in.
        weight: What it counts: 1 for a request, or its tokens.
    """

    seconds: float
    admitted: bool
    weight: float = 1.0
