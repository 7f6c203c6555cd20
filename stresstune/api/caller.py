"""Calls within the budget: the only place where the driver and the ledger meet."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import fmean

from anyio.abc import TaskGroup

from stresstune.api.answers import patience_seconds
from stresstune.api.evidence import REFUSALS, Evidence
from stresstune.api.ledger import Ledger
from stresstune.load.driver import Driver
from stresstune.model.load import Attempt

LEAST_GAP_SECONDS = 0.005
"""Never more than 200 starts a second: the SDK on one core begins to lag at 300."""

LEAST_PATIENCE_SECONDS = 0.15
"""A call under way for so long is taken for admitted, until refusals are seen to be slower."""


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
        tasks: Where they run.
        least_gap_seconds: Between two starts; longer on a machine that makes fewer calls a second.
    """

    driver: Driver
    ledger: Ledger
    evidence: Evidence
    tasks: TaskGroup
    least_gap_seconds: float = LEAST_GAP_SECONDS
    _refused: bool = field(default=False)
    _since_seconds: float = field(default=0.0)
    _sorted_seconds: list[float] = field(default_factory=list)
    _sorted_attempts: int = field(default=0)

    def __post_init__(self) -> None:
        self.driver.on_attempt = self._book

    def can_spend(self, calls: int = 1) -> bool:
        """Return whether so many calls may still be begun, and be waited for."""
        left = self.ledger.seconds_left(self.driver.now())
        return self.ledger.requests_left() >= calls and left > self._reserve_seconds()

    def can_wait(self, seconds: float) -> bool:
        """Return whether a call may still be made after so long a pause."""
        left = self.ledger.seconds_left(self.driver.now() + seconds)
        return left > self._reserve_seconds()

    def _reserve_seconds(self) -> float:
        """Time that is kept for the answer of one more call; none before any was answered."""
        if not self._answer_seconds():
            return 0.0
        reserve_seconds = 1.2 * self.typical_seconds()
        if self.driver.in_flight > 1:
            return reserve_seconds
        attempts = self.evidence.attempts
        alone = [a.service_seconds for a in attempts if a.outcome == "ok" and a.in_flight == 1]
        return min(reserve_seconds, 1.2 * max(alone, default=reserve_seconds))

    def typical_seconds(self) -> float:
        """Return the mean response time of late."""
        answers = [a.service_seconds for a in self.evidence.attempts[-60:] if a.outcome == "ok"]
        return fmean(answers) if answers else 1.0

    def short_seconds(self) -> float:
        """Return a response time that three quarters of the calls exceed."""
        answers = self._answer_seconds()
        return answers[len(answers) // 4] if answers else 1.0

    def _answer_seconds(self) -> list[float]:
        """Return the response times so far, shortest first; asked at each start."""
        attempts = self.evidence.attempts
        for attempt in attempts[self._sorted_attempts :]:
            if attempt.outcome == "ok":
                insort(self._sorted_seconds, attempt.service_seconds)
        self._sorted_attempts = len(attempts)
        return self._sorted_seconds

    def gap_seconds(self, level: int, share: float = 0.5) -> float:
        """Return the gap that spreads ``level`` starts over a share of one response time."""
        return max(self.least_gap_seconds, share * self.short_seconds() / max(level, 1))

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

        Calls that were admitted may still be under way afterwards.
        """
        self._refused, self._since_seconds = False, self.driver.now()
        begun = self.ledger.sent

        def may_begin() -> bool:
            if self._refused and not through_refusals:
                return False
            if at_most is not None and self.ledger.sent - begun >= at_most:
                return False
            return self.can_spend() and go_on()

        def gap() -> float:
            self.ledger.sent += 1
            return gap_seconds()

        await self.driver.stream(self.tasks, in_flight=in_flight, gap_seconds=gap, go_on=may_begin)
        await self._late_refusals()
        return self._streamed(self.ledger.sent - begun)

    async def falls_to(self, in_flight: int) -> None:
        """Wait until so few calls are under way, or nothing may be spent any more."""
        while self.driver.in_flight > in_flight and self.can_spend():
            await self.driver.one_ends(at_most_seconds=1.0)

    async def last_answers(self) -> None:
        """Wait for the calls under way, but not for those that hang."""
        attempts = self.evidence.attempts
        objective_seconds = self.evidence.workload.latency_objective_seconds
        until = self.driver.now() + patience_seconds(attempts, objective_seconds)
        while self.driver.in_flight and self.driver.now() < until:
            await self.driver.one_ends(at_most_seconds=until - self.driver.now())

    async def cost_is_told(self) -> None:
        """Where tokens are capped, wait for the first call to tell what one costs."""
        while self.ledger.waits_for_the_first() and self.driver.in_flight:
            await self.driver.one_ends(at_most_seconds=1.0)

    async def _late_refusals(self) -> None:
        """Wait for refusals that are still under way: they mostly come sooner than answers."""
        slowest = max((a.service_seconds for a in self.evidence.refusals()[-20:]), default=0.0)
        patience = max(LEAST_PATIENCE_SECONDS, 3 * slowest)
        patience = min(patience, max(self.typical_seconds(), 1.2 * slowest))
        until = max(self.driver.pending.values(), default=-patience) + patience
        until += self.driver.way_seconds
        while self.driver.now() < until - 1e-6:
            await self.driver.one_ends(at_most_seconds=until - self.driver.now())

    def _streamed(self, sent: int) -> Streamed:
        since = self._since_seconds
        refusals = [a for a in self.evidence.refusals() if a.started_seconds >= since]
        admitted = sent - len(refusals)
        if not refusals:
            return Streamed(admitted=admitted, refusal=None, in_flight=0)
        refusal = min(refusals, key=lambda attempt: attempt.started_seconds)
        together = self.evidence.admitted_in_flight_at(refusal.started_seconds)
        return Streamed(admitted=admitted, refusal=refusal, in_flight=together)

    def _book(self, attempt: Attempt) -> None:
        self.ledger.enter(attempt.input_tokens)
        if attempt.outcome in REFUSALS and attempt.started_seconds >= self._since_seconds:
            self._refused = True
