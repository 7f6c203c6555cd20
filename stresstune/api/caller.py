"""Calls within the budget: the only place where the driver and the ledger meet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import fmean

from stresstune.api.evidence import REFUSALS, Evidence
from stresstune.api.ledger import Ledger
from stresstune.load.driver import Driver
from stresstune.model.load import Attempt

LEAST_GAP_SECONDS = 0.005
"""Never more than 200 starts a second: the SDK on one core begins to lag at 300."""


@dataclass(frozen=True, kw_only=True)
class Streamed:
    """What became of a stream of calls.

    Attributes:
        admitted: Calls that were let in.
        refusal: The first one that was refused, or None.
        in_flight: Admitted calls that were in flight when that one was refused.
    """

    admitted: int
    refusal: Attempt | None
    in_flight: int


@dataclass
class Caller:
    """Makes calls for as long as there is budget.

    Attributes:
        driver: Makes the calls.
        ledger: Says how many more there may be.
        evidence: Where they are kept.
    """

    driver: Driver
    ledger: Ledger
    evidence: Evidence
    _refused: bool = field(default=False)

    def __post_init__(self) -> None:
        self.driver.on_attempt = self._book

    def can_spend(self, calls: int = 1) -> bool:
        """Return whether so many calls may still be begun, and be waited for."""
        left = self.ledger.seconds_left(self.driver.now())
        return self.ledger.requests_left() >= calls and left > 1.2 * self.typical_seconds()

    def typical_seconds(self) -> float:
        """Return the mean response time of late."""
        answers = [a.service_seconds for a in self.evidence.attempts[-60:] if a.outcome == "ok"]
        return fmean(answers) if answers else 1.0

    def short_seconds(self) -> float:
        """Return a response time that three quarters of the calls exceed."""
        answers = sorted(a.service_seconds for a in self.evidence.attempts if a.outcome == "ok")
        return answers[len(answers) // 4] if answers else 1.0

    def gap_seconds(self, level: int, share: float = 0.5) -> float:
        """Return the gap that spreads ``level`` starts over a share of one response time."""
        return max(LEAST_GAP_SECONDS, share * self.short_seconds() / max(level, 1))

    async def stream(
        self,
        in_flight: Callable[[], int],
        gap_seconds: Callable[[], float],
        *,
        go_on: Callable[[], bool] = lambda: True,
        at_most: int | None = None,
        through_refusals: bool = False,
    ) -> Streamed:
        """Make calls until one is refused, ``go_on`` says no, or nothing may be spent.

        Args:
            in_flight: How many may be under way.
            gap_seconds: Least time between two starts.
            go_on: Asked before each start.
            at_most: So many calls and no more.
            through_refusals: Do not stop at refusals.
        """
        self._refused = False
        first, begun = len(self.evidence.attempts), self.ledger.sent

        def may_begin() -> bool:
            if self._refused and not through_refusals:
                return False
            if at_most is not None and self.ledger.sent - begun >= at_most:
                return False
            return self.can_spend() and go_on()

        def gap() -> float:
            self.ledger.sent += 1
            return gap_seconds()

        await self.driver.stream(in_flight=in_flight, gap_seconds=gap, go_on=may_begin)
        return self._streamed(self.evidence.attempts[first:])

    def _streamed(self, calls: list[Attempt]) -> Streamed:
        refusals = [attempt for attempt in calls if attempt.outcome in REFUSALS]
        admitted = len(calls) - len(refusals) - sum(a.outcome == "ignored" for a in calls)
        if not refusals:
            return Streamed(admitted=admitted, refusal=None, in_flight=0)
        refusal = min(refusals, key=lambda attempt: attempt.started_seconds)
        together = self.evidence.admitted_in_flight_at(refusal.started_seconds)
        return Streamed(admitted=admitted, refusal=refusal, in_flight=together)

    def _book(self, attempt: Attempt) -> None:
        self.ledger.enter(attempt.input_tokens)
        if attempt.outcome in REFUSALS:
            self._refused = True
