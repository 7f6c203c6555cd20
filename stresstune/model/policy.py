"""What a person may say about how decisions are made."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec

from stresstune.model.record import PositiveCount, Ratio, Record

Knob = Literal["max_concurrent_sessions", "slow_mode_default", "slow_mode_delay_seconds"]
"""The three knobs of the app, by their logical names."""

MAX_PAUSE_SECONDS = 3_600
"""No bound of the slow-mode delay is beyond an hour."""


class Bounds(Record, frozen=True, kw_only=True):
    """Ends that no recommendation leaves.

    Attributes:
        max_concurrent_sessions: Bound of the number of sessions, or None.
        slow_mode_delay_seconds: Bound of the slow-mode delay, or None.

    >>> Policy(min=Bounds(slow_mode_delay_seconds=2)).lower.slow_mode_delay_seconds
    2
    """

    checked: ClassVar[bool] = True

    max_concurrent_sessions: PositiveCount | None = None
    slow_mode_delay_seconds: Annotated[float, msgspec.Meta(ge=0, le=MAX_PAUSE_SECONDS)] | None = (
        None
    )


class CrossedBounds(ValueError):
    """A lower bound is above the upper one.

    Attributes:
        what: Both ends, and of which knob they are.
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"Policy.min is {what.format(max='Policy.max')}")
        self.what = what


class Policy(Record, frozen=True, kw_only=True):
    """Thresholds, bounds and pins; the defaults are the classic table (README, "What it says").

    Attributes:
        headroom_ratio: Share of the sessions that fit in memory which is left unused.
        memory_good_below_ratio: Memory is good while all wanted sessions use less than this share.
        memory_critical_above_ratio: Memory is critical when they use more than this share.
        memory_critical_sessions_ratio: Memory is critical when fewer than this share of them fit;
            the number is then capped at a third of the wanted sessions.
        memory_tight_sessions_ratio: When no more than this share of them fit, the number is capped
            at half of the wanted sessions.
        api_concerning_ratio: The API is critical when it carries less than this share of the
            wanted sessions, concerning when it carries less than all.
        classic_concerning_rejected_ratio: A burst is critical when a larger share than this was
            rejected (5 in 30).
        prefer: What to give up first when the API is short: the pace (``slow_mode``) or
            ``fewer_sessions``.
        raise_by_at_least_ratio: Smaller increases are not worth a change.
        min: Lower bounds; a bare number is a bound of max_concurrent_sessions.
        max: Upper bounds; likewise.
        pin: Knobs that are reported and never written (logical names or their dotted paths).

    Raises:
        ValueError: A value is of the wrong type or outside of what is possible, or a lower bound is
            above the upper one.

    >>> Policy(max=25, pin=("slow_mode_default",)).upper.max_concurrent_sessions
    25
    """

    checked: ClassVar[bool] = True

    headroom_ratio: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.2
    memory_good_below_ratio: Ratio = 0.75
    memory_critical_above_ratio: Ratio = 0.93
    memory_critical_sessions_ratio: Ratio = 0.5
    memory_tight_sessions_ratio: Ratio = 2 / 3
    api_concerning_ratio: Ratio = 2 / 3
    classic_concerning_rejected_ratio: Ratio = 5 / 30
    prefer: Literal["slow_mode", "fewer_sessions"] = "slow_mode"
    raise_by_at_least_ratio: Ratio = 0.1
    min: PositiveCount | Bounds | None = None
    max: PositiveCount | Bounds | None = None
    pin: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        for field in Bounds.__struct_fields__:
            low, high = getattr(self.lower, field), getattr(self.upper, field)
            if low is not None and high is not None and low > high:
                raise CrossedBounds(f"{low:g} for {field}, above {{max}}, which is {high:g}")

    @property
    def lower(self) -> Bounds:
        """Lower bounds, written out."""
        return _bounds(self.min)

    @property
    def upper(self) -> Bounds:
        """Upper bounds, written out."""
        return _bounds(self.max)


def _bounds(value: int | Bounds | None) -> Bounds:
    return value if isinstance(value, Bounds) else Bounds(max_concurrent_sessions=value)
