"""When the next call is due: pure functions of time and count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CATCH_UP_SECONDS = 0.1
"""How late a start may be and still be made up for; later ones are dropped (aiperf: 0.01)."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """What to do now.

    Attributes:
        action: ``wait``, ``start`` the call, ``drop`` it since it is too late, or ``stop``.
        wait_seconds: How long to wait.
        intended_seconds: When the call was meant to start, on the run's clock.
    """

    action: Literal["wait", "start", "drop", "stop"]
    wait_seconds: float = 0.0
    intended_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class ConstantPace:
    """So many starts a second, on an absolute schedule.

    Attributes:
        rate_per_second: Intended starts a second.
        seconds: Length of the schedule; the last start lies before it.

    Raises:
        ValueError: The rate or the length is not above 0.
    """

    rate_per_second: float
    seconds: float

    def __post_init__(self) -> None:
        if self.rate_per_second <= 0 or self.seconds <= 0:
            raise ValueError(
                f"a pace needs a rate and a duration above 0, not {self.rate_per_second} a second "
                f"for {self.seconds} s"
            )

    @property
    def total(self) -> int:
        """Number of starts that the schedule holds."""
        return max(1, round(self.rate_per_second * self.seconds))

    def step(self, elapsed_seconds: float, begun: int) -> Step:
        """Say what to do, given the time since the start and how many starts were dealt with.

        >>> ConstantPace(rate_per_second=10, seconds=1).step(0.25, 3).wait_seconds
        0.05
        """
        if begun >= self.total:
            return Step(action="stop")
        intended = begun / self.rate_per_second
        late = elapsed_seconds - intended
        if late < -1e-9:
            return Step(action="wait", wait_seconds=round(-late, 9), intended_seconds=intended)
        action: Literal["start", "drop"] = "drop" if late > CATCH_UP_SECONDS else "start"
        return Step(action=action, intended_seconds=intended)
