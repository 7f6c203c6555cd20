"""Which classic test is to be run, and how large."""

from __future__ import annotations

from dataclasses import dataclass

from stresstune.errors import UsageError
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

        Raises:
            UsageError: It cannot be run with such numbers.

        >>> LoadTest(kind="ramp").requests, LoadTest(kind="sustained").requests
        (275, 600)
        """
        from stresstune.api import classic  # noqa: PLC0415 - imports anyio

        try:
            match self.kind:
                case "burst":
                    return classic.calls_at_once(self.concurrent)
                case "sustained":
                    return classic.pace_of(self.rate_per_second, self.seconds).total
                case "ramp":
                    return sum(classic.levels_of(RAMP_START, self.stop, RAMP_STEP))
        except ValueError as error:
            raise UsageError(str(error)) from error
