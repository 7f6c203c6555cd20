"""What a startup check needs of a measurement: little, and quickly read."""

from __future__ import annotations

from typing import Literal

from stresstune.model.fingerprint import Fingerprint
from stresstune.model.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from stresstune.model.change import Evidence
    from stresstune.model.verdict import Recommendation


class Values(Record, frozen=True, kw_only=True):
    """Values of the three knobs; None leaves a knob as it is.

    Attributes:
        max_concurrent_sessions: Users to be let in at the same time.
        slow_mode_default: New sessions start in slow mode.
        slow_mode_delay_seconds: Pause that slow mode puts between two calls of a session.

    >>> Values(max_concurrent_sessions=18).slow_mode_default is None
    True
    """

    max_concurrent_sessions: int | None = None
    slow_mode_default: bool | None = None
    slow_mode_delay_seconds: float | None = None


class Brief(Record, frozen=True, kw_only=True):
    """A measurement in short; the whole of it has every sample and every call.

    Attributes:
        tier: What it came to.
        binding: The limit that is met first, or None.
        measured: Which sides there is evidence of.
        safe: What was found safe.
        fingerprint: Where that was.
        simulated: The API was the emulator.

    >>> brief = Brief(tier="good", measured=("memory",), safe=Values(max_concurrent_sessions=30))
    >>> Brief.from_json(brief.to_json()) == brief
    True
    """

    tier: str
    binding: str | None = None
    measured: tuple[Literal["memory", "api"], ...] = ()
    safe: Values = Values()
    fingerprint: Fingerprint = Fingerprint()
    simulated: bool = False


def brief_of(evidence: Evidence) -> Brief:
    """Return the evidence in short."""
    verdict = evidence.verdict
    return Brief(
        tier=verdict.tier,
        binding=verdict.binding,
        measured=(
            *(("memory",) if verdict.memory is not None else ()),
            *(("api",) if verdict.api is not None else ()),
        ),
        safe=values_of(evidence.recommendation),
        fingerprint=evidence.fingerprint,
        simulated=evidence.simulated,
    )


def values_of(recommendation: Recommendation) -> Values:
    """Return the values alone."""
    return Values(
        max_concurrent_sessions=recommendation.max_concurrent_sessions,
        slow_mode_default=recommendation.slow_mode_default,
        slow_mode_delay_seconds=recommendation.slow_mode_delay_seconds,
    )


class LastRun(Record, frozen=True, kw_only=True):
    """The latest measurement of a config, in short.

    Attributes:
        id: Its number in the journal.
        at: When it was recorded (ISO 8601, UTC).
        brief: What it found.
    """

    id: int
    at: str
    brief: Brief
