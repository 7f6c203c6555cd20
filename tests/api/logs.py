"""Logs of calls as a quota writes them, for the tests of what explains them."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from stresstune.api.event import Event
from stresstune.testing import FixedWindow, RateLimit, SlidingWindow, TokenBucket


@dataclass(frozen=True)
class Spell:
    """So many calls, evenly spread, after a pause; it ends early at the first refusal if told."""

    pause_seconds: float
    calls: int
    gap_seconds: float
    until_refused: bool


@dataclass(frozen=True)
class Quota:
    """A quota, and how it counts."""

    machine: str
    value: int
    phase_seconds: float = 0.0
    burst_ratio: float = 1 / 6

    def make(self, *, weight: float = 1.0, used: float = 0.0) -> RateLimit:
        value = self.value * weight
        match self.machine:
            case "fixed":
                return FixedWindow(value, phase_seconds=self.phase_seconds, used=used)
            case "sliding":
                return SlidingWindow(value, used=used)
            case "sliding_counting_rejected":
                return SlidingWindow(value, counts_rejected=True)
            case _:
                return TokenBucket(value, burst=max(weight, value * self.burst_ratio), used=used)


WINDOWS = ("fixed", "sliding", "sliding_counting_rejected")

spells = st.builds(
    Spell,
    pause_seconds=st.floats(0.05, 70),
    calls=st.integers(1, 60),
    gap_seconds=st.floats(0.01, 1.5),
    until_refused=st.booleans(),
)


def quotas(*machines: str) -> st.SearchStrategy[Quota]:
    return st.builds(
        Quota,
        machine=st.sampled_from(machines),
        value=st.integers(3, 120),
        phase_seconds=st.floats(0, 60),
        burst_ratio=st.sampled_from([1 / 60, 1 / 12, 1 / 6, 1 / 4, 1.0]),
    )


def log_of(
    limit: RateLimit, spells: list[Spell], weights: list[float] | None = None
) -> list[Event]:
    """Return what a limit makes of some spells of calls."""
    now, events = 0.0, []
    for spell in spells:
        now += spell.pause_seconds
        for _ in range(spell.calls):
            now += spell.gap_seconds * 1.000123  # nothing is a whole window apart to the digit
            weight = weights[len(events) % len(weights)] if weights else 1.0
            admitted = limit.admit(now, weight)
            events.append(Event(seconds=now, admitted=admitted, weight=weight))
            if spell.until_refused and not admitted:
                break
    return events
