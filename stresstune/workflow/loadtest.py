"""Which classic test is to be run, and how large."""

from __future__ import annotations

from dataclasses import dataclass

from stresstune.model.load import LoadKind

RAMP_START, RAMP_STEP = 5, 5
"""The classic ramp: 5, 10, 15, … calls at once."""


@dataclass(frozen=True, kw_only=True)
class LoadTest:
    """A classic test.

    Attributes:
        kind: ``burst``, ``sustained`` or ``ramp``.
        concurrent: Calls at once of a burst.
        rate_per_second: Calls a second of a sustained load.
        seconds: How long it lasts.
        stop: Calls at once at which a ramp ends.
    """

    kind: LoadKind
    concurrent: int = 30
    rate_per_second: float = 10.0
    seconds: float = 60.0
    stop: int = 50

    @property
    def requests(self) -> int:
        """Calls that it makes at the most.

        >>> LoadTest(kind="ramp").requests, LoadTest(kind="sustained").requests
        (275, 600)
        """
        match self.kind:
            case "burst":
                return self.concurrent
            case "sustained":
                return round(self.rate_per_second * self.seconds)
            case "ramp":
                return sum(range(RAMP_START, self.stop + 1, RAMP_STEP))
