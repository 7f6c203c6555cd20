"""How many sessions one side of the evidence lets in, and why."""

from __future__ import annotations

from typing import NamedTuple


class Allowance(NamedTuple):
    """How many sessions memory, or the API, lets in.

    Attributes:
        sessions: How many.
        because: The arithmetic in words.
        clamp: The cap that was active, or "".
    """

    sessions: int
    because: str
    clamp: str = ""
