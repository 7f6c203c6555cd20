"""What comes of a request to the sessions' process. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Outcome = Literal[
    "ready",
    "opened",
    "mark",
    "heaps",
    "memory",
    "raised",
    "unusable",
    "guard",
    "died",
    "time",
    "stuck",
    "stopped",
]
"""What came of a request: an answer of the child's, or why there was none."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, or why there was none.

    Attributes:
        outcome: What came of the request.
        words: The rest of the child's line, or the reason in words.
    """

    outcome: Outcome
    words: str = ""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for an answer.

    Attributes:
        deadline: On the clock of `time.monotonic`, in seconds.
        stall_seconds: A process that neither computes nor answers for so long is stuck.
        stop: Asked at every look; True ends the waiting.
    """

    deadline: float
    stall_seconds: float
    stop: Callable[[], bool]


def parse(line: str) -> Reply:
    """Take an answer of the process apart."""
    outcome, _, words = line.partition(" ")
    assert outcome in ("ready", "opened", "mark", "heaps", "memory", "raised", "unusable"), line
    return Reply(outcome, words)  # type: ignore[arg-type]
