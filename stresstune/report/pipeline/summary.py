"""What a command found, as a pipeline wants it: cases that hold or not, and numbers."""

from __future__ import annotations

from typing import Literal

import msgspec

from stresstune.model.change import Change
from stresstune.model.record import Record
from stresstune.model.verdict import Tier

FailOn = Literal["concerning", "critical"]
Standing = Literal["held", "failed", "unknown"]


class Case(Record, frozen=True, kw_only=True):
    """One thing that was looked at.

    Attributes:
        name: What it is: ``memory``, ``api``, a key of the config.
        tier: How good or bad it is.
        words: What was found, in one sentence.
        key: Dotted path of the key of the config that it is about, or "".
    """

    name: str
    tier: Tier
    words: str
    key: str = ""


class Gauge(Record, frozen=True, kw_only=True):
    """One number.

    Attributes:
        name: Its name, with its unit, without a prefix.
        about: What it is, in one line.
        value: In the unit of the name; true and false are 1 and 0.
        labels: What tells it from others of the same name.
    """

    name: str
    about: str
    value: float
    labels: dict[str, str] = msgspec.field(default_factory=dict)


class Summary(Record, frozen=True, kw_only=True):
    """What a command found.

    Attributes:
        command: Which command.
        path: The config.
        verdict: One word: a tier, or the status of a check.
        cases: What was looked at.
        gauges: Numbers.
        changes: Keys that were or would be changed.
        closing: What was done, and what to do next.

    >>> Summary(command="check", path="workshop.toml", verdict="ok").title
    'stresstune check: ok'
    """

    command: str
    path: str
    verdict: str
    cases: tuple[Case, ...] = ()
    gauges: tuple[Gauge, ...] = ()
    changes: tuple[Change, ...] = ()
    closing: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Command and verdict in one line."""
        return f"stresstune {self.command}: {self.verdict}"


def standing(case: Case, fail_on: FailOn = "critical") -> Standing:
    """Tell whether a case holds, where tiers from ``fail_on`` on are failures.

    >>> case = Case(name="memory", tier="concerning", words="20 of 30 fit")
    >>> standing(case), standing(case, "concerning")
    ('held', 'failed')
    """
    if case.tier == "inconclusive":
        return "unknown"
    failing = {"critical"} if fail_on == "critical" else {"critical", "concerning"}
    return "failed" if case.tier in failing else "held"
