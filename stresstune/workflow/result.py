"""What a run found, and what became of it."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import field

from stresstune.model.api import ApiCapacity
from stresstune.model.change import Change, Kept, Shadow
from stresstune.model.fleet import FleetFound
from stresstune.model.load import LoadResult
from stresstune.model.memory import MemoryCapacity
from stresstune.model.policy import Knob
from stresstune.model.record import Record
from stresstune.model.verdict import Finding, Recommendation, Tier

Outcome = Literal["written", "unchanged", "planned", "inconclusive", "not_needed", "off"]
"""What became of a run.

``written``; ``unchanged`` (the file says the right thing already); ``planned`` (nothing was to be
written); ``inconclusive`` (nothing could be told, so nothing was touched); ``not_needed`` (the
startup check was content); ``off`` (``STRESSTUNE=off``).
"""


class TuneResult(Record, frozen=True, kw_only=True, tag_field="record", tag="tune_result"):
    """What a run found, and what became of it.

    Attributes:
        path: The config.
        tier: How well the deployment carries the workload; None where nothing was judged.
        binding: Which limit is met first, or None.
        memory: What was measured of memory, or None.
        api: What was measured of the API, or None.
        findings: What that means.
        recommendation: What the values should be, or None where nothing was judged.
        changes: The keys that change.
        kept: Recommended values that are not written, and why.
        in_force: What the config says of each knob in the end, whatever was recommended; empty
            where that was not worked out.
        shadows: Environment variables that say something else: the app reads those instead.
        diff: The same as a unified diff, for people.
        written: Whether the file was changed.
        outcome: What became of it.
        backup_id: Number in the journal under which the old bytes are, or None.
        simulated: The API was the emulator.
        notes: What else a person must know.
        fleet: What a run over many hosts found beside that, or None.

    >>> TuneResult(path="workshop.toml", outcome="planned", tier="concerning").to_dict()["written"]
    False
    """

    path: str
    outcome: Outcome
    tier: Tier | None = None
    binding: str | None = None
    memory: MemoryCapacity | None = None
    api: ApiCapacity | LoadResult | None = None
    findings: tuple[Finding, ...] = ()
    recommendation: Recommendation | None = None
    changes: tuple[Change, ...] = ()
    kept: tuple[Kept, ...] = ()
    in_force: dict[Knob, Any] = field(default_factory=dict)
    shadows: tuple[Shadow, ...] = ()
    diff: str = ""
    written: bool = False
    backup_id: int | None = None
    simulated: bool = False
    notes: tuple[str, ...] = ()
    fleet: FleetFound | None = None

    @property
    def is_unmeasured(self) -> bool:
        """Whether the values are the fallback, which rests on no measurement."""
        judged = self.recommendation is not None and not self.findings
        measured = self.memory is not None or self.api is not None
        return judged and not measured and self.outcome != "inconclusive"

    @property
    def is_all_taken(self) -> bool:
        """Whether the config says, or will say, everything that was recommended."""
        return all(
            value == getattr(self.recommendation, knob, None)
            for knob, value in self.in_force.items()
            if getattr(self.recommendation, knob, None) is not None
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain values; single calls are left out (the journal has them)."""
        plain = super().to_dict()
        if plain["api"] is not None:
            plain["api"] = {**plain["api"], "attempts": []}
        return plain
