"""Which API limit binds, and how many sessions it carries."""

from __future__ import annotations

import math
from dataclasses import dataclass

import anyio
from anyio.abc import TaskGroup
from msgspec.structs import replace

from stresstune.api.caller import LEAST_GAP_SECONDS, Caller
from stresstune.api.evidence import Evidence
from stresstune.api.investigation import Investigation
from stresstune.api.ledger import Ledger
from stresstune.api.meaning import meanings
from stresstune.api.proof import PHASE_RISK_RATIO
from stresstune.api.target import Target, check_target, describe, open_target
from stresstune.api.untold import unseen, why_untold
from stresstune.errors import Interrupted, TargetUnusable
from stresstune.load.driver import CUT_OFF, Driver
from stresstune.load.health import StallWatch, health_of, watching_stalls
from stresstune.load.outcome import Classified, classify, input_tokens
from stresstune.load.running import run_here
from stresstune.load.saying import OnProgress, Saying
from stresstune.model.api import ApiCapacity, ApiOutcome
from stresstune.model.workload import Budget, Workload
from stresstune.probed import refuse_within_a_probe

LEAST_DEADLINE_SECONDS = 60.0
"""Our own deadline for one call is three times the latency objective, and not less than this."""


class OutcomeReader:
    """Reads what targets return and raise; see `stresstune.load.outcome`."""

    def read_error(self, error: BaseException) -> Classified:
        """Say what an exception means."""
        return classify(error)

    def read_tokens(self, returned: object) -> int | None:
        """Return the input tokens that an answer reports, or None."""
        return input_tokens(returned)


@dataclass
class ApiRun:
    """A probe under way: what it has seen so far can be read at any time.

    Attributes:
        workload: What is to be carried.
        budget: What may be spent.
        name: What is probed.
        most_per_second: Calls that are begun in a second at the most; this machine makes no more.
    """

    workload: Workload
    budget: Budget
    on_progress: OnProgress | None = None
    name: str = ""
    simulated: bool = False
    most_per_second: float = math.inf

    def __post_init__(self) -> None:
        _check_kind("workload", self.workload, Workload)
        _check_kind("budget", self.budget, Budget)
        self.evidence = Evidence(workload=self.workload, attempts=[])
        self.ledger = Ledger(budget=self.budget)
        self.watch = StallWatch()
        self.saying = Saying(
            self.on_progress,
            self.evidence.attempts,
            self.budget.max_requests,
            lambda: self.ledger.sent,
        )
        self._driver: Driver | None = None
        self._time_is_spent = False

    async def run(self, target: Target) -> ApiCapacity:
        """Probe a target that is open and checked."""
        self._driver = Driver(
            target=target,
            reader=OutcomeReader(),
            timeout_seconds=min(self.budget.max_seconds, self._deadline_seconds()),
            attempts=self.evidence.attempts,
        )
        self.evidence.pending = self._driver.pending
        with anyio.move_on_after(self.budget.max_seconds):
            async with (
                watching_stalls() as self.watch,
                self.saying.going_on(),
                anyio.create_task_group() as tasks,
            ):
                investigation = self._investigation(self._driver, tasks)
                await investigation.run()
                self._time_is_spent = not investigation.caller.can_spend()
                tasks.cancel_scope.cancel()
        self._raise_if_unusable()
        return self.capacity()

    def _deadline_seconds(self) -> float:
        return max(LEAST_DEADLINE_SECONDS, 3 * self.workload.latency_objective_seconds)

    def _investigation(self, driver: Driver, tasks: TaskGroup) -> Investigation:
        caller = Caller(
            driver=driver,
            ledger=self.ledger,
            evidence=self.evidence,
            tasks=tasks,
            least_gap_seconds=max(LEAST_GAP_SECONDS, 1 / self.most_per_second),
        )
        return Investigation(
            caller=caller,
            evidence=self.evidence,
            workload=self.workload,
            tell=self.saying.ask,
            reckoning=self._excuse,
            thorough=not self.simulated,
        )

    def _excuse(self) -> None:
        self.watch.excused = True

    def capacity(self) -> ApiCapacity:
        """Return what is known by now."""
        health = health_of(
            self.evidence.attempts,
            dropped_starts=self._driver.dropped_starts if self._driver else 0,
            stall_seconds=self.watch.longest_seconds,
            pool_waits_seconds=self.watch.pool_waits_seconds,
        )
        if self._time_is_spent or not self.ledger.requests_left():
            self.evidence.phase_risk_ratio = PHASE_RISK_RATIO
        self.evidence.conclude()
        ends = [attempt.finished_seconds for attempt in self.evidence.attempts]
        found = self.evidence.capacity(seconds=max(ends, default=0.0), health=health)
        outcome = self._outcome(found)
        return replace(
            found,
            outcome=outcome,
            target=self.name,
            simulated=self.simulated,
            notes=self._notes(found, outcome),
        )

    def _notes(self, found: ApiCapacity, outcome: ApiOutcome) -> tuple[str, ...]:
        if outcome == "invalid":
            return (f"The load generator itself was the limit: {found.health.reason}.",)
        for_the_day = meanings(found.quotas)
        if for_the_day:
            return for_the_day
        if outcome != "inconclusive":
            return () if self.simulated else unseen(found)
        return (why_untold(found, self.evidence.attempts, self.ledger, self.workload),)

    def _outcome(self, found: ApiCapacity) -> ApiOutcome:
        stated = found.limits and all(limit.provenance == "stated" for limit in found.limits)
        if not found.health.ok and not stated:
            return "invalid"
        carried = found.max_sessions(self.workload.think_seconds)
        if not found.limits:
            return "enough" if carried >= self.workload.sessions else "inconclusive"
        return "measured"

    def _raise_if_unusable(self) -> None:
        ended = [attempt for attempt in self.evidence.attempts if attempt.error != CUT_OFF]
        if ended and all(attempt.outcome in ("ignored", "unreachable") for attempt in ended):
            raise TargetUnusable(
                f"every call to {self.name or 'the target'} ended with {ended[0].error}: "
                "check the key, the model's name and the address, then run the probe again"
            )


def _check_kind(name: str, value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise TypeError(f"{name} is {value!r}, and it must be a {kind.__name__}")


async def aprobe_api(
    target: Target,
    workload: Workload | None = None,
    *,
    budget: Budget | None = None,
    on_progress: OnProgress | None = None,
) -> ApiCapacity:
    """Find out which API limit binds, and how many sessions it carries.

    Args:
        target: An async callable without arguments; see `stresstune.api.target.Target`.
        workload: What is to be carried; the default is a class of 30.
        budget: What may be spent: 1,000 calls and 180 seconds by default.
        on_progress: Told what is being asked.

    Returns:
        The capacity. A 429, a 503 or a timeout is data in it and never raised.

    Raises:
        TargetUnusable: Every call fails for a reason that no waiting mends.
        TypeError: ``workload`` or ``budget`` is something else, or the target no async callable.
        UsageError: This is called by what a probe of memory has started.

    >>> from stresstune.testing import SimulatedService
    >>> edit = SimulatedService(per_day=0, stated=True)  # nothing is left for today
    >>> capacity = anyio.run(aprobe_api, edit, Workload(sessions=30))
    >>> capacity.limits[0].kind, capacity.requests_sent
    ('requests_per_day', 1)
    """
    run = ApiRun(workload or Workload(), budget or Budget(), on_progress)
    return await probe_with(run, target)


async def probe_with(run: ApiRun, target: Target) -> ApiCapacity:
    """Open and check a target, and let a run probe it."""
    refuse_within_a_probe()
    run.name = describe(target)
    run.simulated = run.simulated or bool(getattr(target, "simulated", False))
    async with open_target(target) as opened:
        run.ledger.largest_tokens = await check_target(opened) or 0
        return await run.run(opened)


def probe_api(
    target: Target,
    workload: Workload | None = None,
    *,
    budget: Budget | None = None,
    on_progress: OnProgress | None = None,
) -> ApiCapacity:
    """Do the same as `aprobe_api` from synchronous code.

    Raises:
        TargetUnusable: Every call fails for a reason that no waiting mends.
        Interrupted: Ctrl-C; its ``partial`` is what was known until then.
        RuntimeError: An event loop is running here; use `aprobe_api`.

    >>> from stresstune.testing import SimulatedService
    >>> edit = SimulatedService(per_day=5, stated=True, latency_seconds=0.01)
    >>> capacity = probe_api(edit, budget=Budget(max_requests=20, max_seconds=30))
    >>> capacity.limits[0].kind, capacity.limits[0].value
    ('requests_per_day', 5.0)
    """
    return run_probe(ApiRun(workload or Workload(), budget or Budget(), on_progress), target)


def run_probe(run: ApiRun, target: Target) -> ApiCapacity:
    """Open and check a target, and let a run probe it, from synchronous code.

    Raises:
        TargetUnusable: Every call fails for a reason that no waiting mends.
        Interrupted: Ctrl-C; its ``partial`` is what was known until then.
    """
    try:
        return run_here(probe_with, run, target, twin="aprobe_api")
    except KeyboardInterrupt:
        raise Interrupted(run.capacity() if run.evidence.attempts else None) from None
