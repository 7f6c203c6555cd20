"""The procedure of the probe: which call to make next, given what is known.

1. Climb: calls in flight rise by doubling from 1 to the wanted sessions (a few more where pauses
   are short beside answers), each start a little after the last, so that a refusal is seen before
   many more have met the same fate. Then stay, until enough admitted calls prove that they fit.
2. The first refusal is read. If it states its quota, that is that.
3. If not, the calls in flight are waited for and the climb is repeated at once: a cap on
   concurrency admits the same number again, a quota does not.
4. Otherwise a call now and then tries whether something is admitted again; then the quota is used
   up a second time. Both tell how it counts (`estimate`), its value, and what somebody else uses.
5. What no quota explains is a random overload, if sparse calls fail too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import anyio

from stresstune.api import enough, readings
from stresstune.api.alone import is_time_for_it, look_alone, were_slow_at_first
from stresstune.api.caller import Caller, Streamed
from stresstune.api.climb import Climb
from stresstune.api.counted import look_whether_refused_count
from stresstune.api.estimate import (
    WINDOW_SECONDS,
    Explanation,
    explain,
    explain_either,
    likely,
    turn_to_be_seen,
)
from stresstune.api.evidence import Evidence
from stresstune.api.others import SecondLook, look_for_others
from stresstune.api.sparse import look_sparsely
from stresstune.api.trials import TRIAL_SECONDS, Trials
from stresstune.model.api import Limit
from stresstune.model.load import Attempt
from stresstune.model.workload import Workload

STRAYS_LOOKED_INTO = 2
"""So many refusals that did not come again are looked into; later ones are only counted."""


@dataclass
class Investigation:
    """One run of the procedure.

    Attributes:
        caller: Makes calls within the budget.
        evidence: What is known.
        workload: What is to be carried.
        tell: Told in one line what is being asked, and what is known so far.
        reckoning: Told before a long calculation.
        thorough: Find out how a stated quota counts, too, which takes a minute.
        over: Nothing more is to be asked.
        most_in_flight: Calls under way at the most.
    """

    caller: Caller
    evidence: Evidence
    workload: Workload
    tell: Callable[[str], None]
    reckoning: Callable[[], None] = lambda: None
    thorough: bool = True
    over: bool = False
    most_in_flight: int = field(init=False)
    _checked_at: int = 0
    _seemed_enough: bool = False
    _explained: list[Explanation] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.most_in_flight = self.workload.sessions

    async def run(self) -> None:
        """Ask until the question is answered or the budget is spent."""
        climb = Climb(evidence=self.evidence, top=self.workload.sessions)
        await self._ask(climb)
        if self._seemed_enough:
            await self.caller.last_answers()
            if not enough.is_enough(self.evidence):  # they tell otherwise: it is not what it was
                self.over = False
                await self._ask(climb)
        if await were_slow_at_first(self.caller, self.evidence, self.tell):
            self.over = False
            await self._ask(climb)
        await look_sparsely(self.caller, self.evidence, self.tell)
        if self.thorough:
            await look_whether_refused_count(self.caller, self.evidence, self.tell)
        look = SecondLook(self.caller, self.evidence, self.workload.sessions)
        await look_for_others(look, self.tell, self._explained)
        await self.caller.last_answers()
        await look_alone(self.caller, self.evidence, self.tell)

    async def _ask(self, climb: Climb) -> None:
        while not self.over and self.caller.can_spend():
            why = ", the cap: does a quota bind before it?" if self.evidence.limits else ""
            self.tell(f"up to {climb.top} calls in flight{why}")
            streamed = await self.caller.stream(
                lambda: climb.now(self.caller.driver.now()),
                lambda: self.caller.gap_seconds(climb.level, 0.95 if climb.at_top else 0.5),
                go_on=lambda: self._goes_on(climb),
                through_refusals=self.evidence.stray >= STRAYS_LOOKED_INTO,
            )
            if streamed.refusal is not None and not self.over:
                await self._look_into(streamed.refusal, streamed.in_flight, climb)
            await self.caller.cost_is_told()

    # --- enough?

    def _goes_on(self, climb: Climb) -> bool:
        ended = len(self.evidence.attempts)
        if ended >= self._checked_at + enough.CHECK_EVERY:
            self._checked_at = ended
            hopeless = enough.is_hopeless(self.evidence)
            self._seemed_enough = not hopeless and enough.is_enough(self.evidence)
            self.over = self.over or hopeless or self._seemed_enough
            if climb.top == climb.level == self.most_in_flight and not self.over:
                most = enough.in_flight_that_proves(self.evidence, climb.top)
                climb.top = self.most_in_flight = most
        for_good = enough.is_refused_for_good(self.evidence.attempts)
        self.over = self.over or for_good or is_time_for_it(self.caller, self.evidence)
        return not self.over

    # --- refusals

    async def _look_into(self, refusal: Attempt, in_flight: int, climb: Climb) -> None:
        """Find out what a refusal means."""
        if self.evidence.breaking_point is None:
            self.evidence.breaking_point = len(self.evidence.admitted_seconds()) + 1
        if self._read_statements():
            return
        again = await self._repeat(in_flight)
        if again == "cap":
            climb.top = climb.level = in_flight
            self.evidence.find_cap(in_flight)
            self.tell(f"{in_flight} calls in flight are admitted, not one more")
        elif again != "stated" and refusal.outcome == "rejected":
            await self._settle_quota(climb)
        elif again != "stated":
            self.evidence.stray += 1
            self._checked_at = 0

    def _read_statements(self) -> bool:
        """Take the limits that 429s state; return whether they state any."""
        quotas = readings.distinct_quotas(self.evidence.refusals())
        if any(quota.quota == "spend" for quota in quotas):
            self.over = True
            return True
        if not quotas:
            return False
        known = {(limit.kind, limit.value) for limit in self.evidence.limits}
        stated = readings.limits_stated(quotas, self.evidence.admitted_before_statement())
        found = [limit for limit in stated if (limit.kind, limit.value) not in known]
        self.evidence.limits += found
        for limit in found:
            if limit.kind == "requests_per_minute":
                self.evidence.stray = self.evidence.strays_beside(limit.value)
            self.tell(f"the service states {limit.kind} {limit.value:g}")
        # a quota that was met once is met again by every further call: nothing more is learned
        self.over = self.over or bool(found)
        return bool(found)

    async def _repeat(self, in_flight: int) -> str:
        """Climb again, and after a longer rest once more: the same number again is a cap."""
        level = min(in_flight + 2, self.most_in_flight)
        for left in (in_flight // 2, in_flight // 4):
            await self.caller.falls_to(left)
            again = await self.caller.stream(
                lambda: level, lambda: self.caller.gap_seconds(level), at_most=3 * level
            )
            if again.refusal is None:
                return "stray"
            if self._read_statements():
                return "stated"
            if in_flight < 1 or abs(again.in_flight - in_flight) > in_flight // 20:
                return "quota"
        return "cap" if self._never_exceeded(in_flight) else "quota"

    def _never_exceeded(self, in_flight: int) -> bool:
        """Whether no more calls were ever in flight, give or take an answer on its way."""
        room = self.most_in_flight - in_flight - 1
        slack = min(max(1, in_flight // 20), room)
        return room >= 0 and self.evidence.proven_in_flight() <= in_flight + slack

    # --- a quota that is not stated

    async def _settle_quota(self, climb: Climb) -> None:
        """Try now and then until it admits again, use it up again, and see what explains it."""
        self.tell("a quota that states nothing: counting what it admits")
        trials = Trials()
        while self.caller.can_spend():
            found, _, tied = await self._explanations(climb)
            if not found and not self._is_shut():
                if not await self._others_may_have_called():
                    self.evidence.stray = len(self.evidence.unexplained_refusals())
                    self._checked_at = 0
                    return
                trials = Trials()  # what was seen until then speaks of that somebody, or of chance
                trials.note(await self._use_up(climb))
                continue
            now = self.caller.driver.now()
            if trials.settled(found, now, tied=tied):
                if not await self._sees_it_turn(found):
                    break
                continue
            pause_seconds = trials.pause_seconds(found, self.evidence.breaking_point or 1, now)
            if not self.caller.can_wait(pause_seconds):
                break
            await anyio.sleep(pause_seconds)
            streamed = await self._use_up(climb)
            if self._read_statements():
                return
            trials.note(streamed)
            if streamed.refusal is None:
                break
        found, by_tokens, _ = await self._explanations(climb)
        if found:
            self._explained = likely(found, self.evidence.events())
            limit = readings.limit_explained(self._explained, by_tokens=by_tokens)
            self._found(limit if len(self._explained) == len(found) else readings.not_longer(limit))

    def _is_beside_a_cap(self, climb: Climb) -> bool:
        """Take refusals at the most calls in flight for a cap's, if a quota explains the others.

        Both may be met within a moment: then the same number is not admitted a third time.
        """
        evidence, in_flight = self.evidence, self.evidence.proven_in_flight()
        if in_flight >= self.most_in_flight or evidence.limits:
            return False
        refused = [evidence.attempts[place] for place in evidence.refused_at(in_flight)]
        begun = sorted(attempt.started_seconds for attempt in refused)
        if not any(begun[0] < start < begun[-1] for start in evidence.admitted_seconds() if begun):
            return False
        evidence.find_cap(in_flight, "twice")
        log = evidence.events()
        if any(not event.admitted for event in log) and explain(log):
            climb.top = climb.level = in_flight
            return True
        evidence.limits.clear()
        evidence.explained.clear()
        return False

    async def _use_up(self, climb: Climb) -> Streamed:
        return await self.caller.stream(
            lambda: climb.top, lambda: self.caller.gap_seconds(climb.top, 0.95)
        )

    async def _others_may_have_called(self) -> bool:
        """Wait until calls of somebody else before the first one count no more, if there is time.

        Within the first minute they may have been what was in the way, in any order.
        """
        left_seconds = WINDOW_SECONDS + 1.0 - self.caller.driver.now()
        if left_seconds <= 0 or not self.caller.can_wait(left_seconds):
            return False
        await anyio.sleep(left_seconds)
        return True

    async def _sees_it_turn(self, found: list[Explanation]) -> bool:
        """Make the call that tells a minute from other windows; return False if there is none.

        One half a minute after the turn that was seen, another when the minute is over.
        """
        turn = turn_to_be_seen(self.evidence.events(), found)
        if turn is None:
            return False
        now = self.caller.driver.now()
        half = turn - WINDOW_SECONDS / 2 + 1.0
        pause_seconds = max((half if now < half else turn) - now + 0.05, 0.05)
        if not self.caller.can_wait(pause_seconds):
            return False
        await anyio.sleep(pause_seconds)
        await self.caller.stream(lambda: self.caller.driver.in_flight + 1, lambda: 0.05, at_most=1)
        return True

    def _is_shut(self) -> bool:
        """Whether nothing was admitted yet at all: somebody else may have used the window up."""
        if self.evidence.admitted_seconds():
            return False
        self.over = self.caller.driver.now() > WINDOW_SECONDS + TRIAL_SECONDS
        return not self.over

    def _found(self, limit: Limit) -> None:
        self.evidence.limits.append(limit)
        self.tell(f"{limit.kind} {limit.value:g}: {limit.evidence}")
        self.over = True

    async def _explanations(self, climb: Climb) -> tuple[list[Explanation], bool, bool]:
        """Return what explains the log best, whether by tokens, and whether that is still open."""
        if self.evidence.tokens_vary():  # calls under way have not told theirs yet
            await self.caller.falls_to(0)
        self.reckoning()  # no call is due while it holds the event loop
        tokens = self.evidence.events(by_tokens=True) if self.evidence.tokens_vary() else None
        explained = explain_either(self.evidence.events(), tokens)
        if not explained[0] and tokens is None and self._is_beside_a_cap(climb):
            return explain_either(self.evidence.events(), None)
        return explained
