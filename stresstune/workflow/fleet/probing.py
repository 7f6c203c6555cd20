"""The probe of the API by many hosts; made once more where one of them spoiled it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import anyio

from stresstune.api.probe import ApiRun
from stresstune.errors import TargetUnusable
from stresstune.fleet.target import FleetTarget, Line, Post
from stresstune.model.api import ApiCapacity
from stresstune.model.workload import Budget
from stresstune.workflow.fleet.asked import Asked, OnProgress
from stresstune.workflow.fleet.calls import cut_short, left_of, of_fleet, spoilers, until_alone
from stresstune.workflow.fleet.ceilings import Ceilings

API_GRACE_SECONDS = 10.0
"""So much longer than its budget may the probe of the API take, with what it opens and closes."""

OPEN_RATIO = 0.25
"""Share of what is left of a budget in which hosts must be ready for a second probe."""


@dataclass
class Probing:
    """A probe of the API under way: what it has seen so far can be read at any time.

    Attributes:
        asked: What is to be measured.
        ceilings: What the hosts' self-tests found.
        reopen: Opens the target anew on hosts, by their ids.
        lose: Gives up a host by its id, with the reason.
        say: Says what is known so far.
        on_progress: Told of every call.
        lines: The hosts that make calls now.
        earlier: Those of a probe that was spoiled.
        notes: What a reader must know.
        api: What was found.
    """

    asked: Asked
    ceilings: Ceilings
    reopen: Callable[[Sequence[str]], Awaitable[Sequence[Post]]]
    lose: Callable[[str, str], None]
    say: Callable[[str], None]
    on_progress: OnProgress | None = None
    lines: list[Line] = field(default_factory=list)
    earlier: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    api: ApiCapacity | None = None
    _run: ApiRun | None = None

    def capacity(self) -> ApiCapacity | None:
        """Return what is known by now, or None where no call has ended."""
        if self.api is None and self._run is not None and self._run.evidence.attempts:
            self.api = of_fleet(self._run.capacity(), self.lines)
        return self.api

    def lines_of(self, host_id: str) -> list[Line]:
        """Return what is known of the calls of one host."""
        return [line for line in (*self.earlier, *self.lines) if line.post.id == host_id]

    async def probe(self, posts: Sequence[Post]) -> None:
        """Probe, and once more where a host spoiled it and enough of the budget is left.

        Raises:
            TargetUnusable: No call is answered.
        """
        began, budget = anyio.current_time(), self.asked.budget

        def left(run: ApiRun) -> Budget | None:
            return left_of(budget, run, anyio.current_time() - began)

        run = await self._probe_from(posts, budget, lambda run: left(run) is not None)
        assert self.api is not None
        if self.api.outcome != "invalid" or left(run) is None:
            return
        again = await self._opened_again((left(run) or budget).max_seconds)
        rest = left(run)
        if not again or rest is None:
            return
        self.notes.append(
            f"a probe of the API was spoiled after {run.ledger.sent} calls "
            f"({self.api.health.reason}), and made again with what was left of the budget, from "
            f"{', '.join(post.name for post in again)}"
        )
        self.say(self.notes[-1])
        self.earlier = self.lines
        await self._probe_from(again, rest, lambda _: False)

    async def _opened_again(self, seconds: float) -> Sequence[Post]:
        """Open the target anew on the hosts that did not spoil it, or on all where all did."""
        there = [line.post.id for line in self.lines if not line.lost_because]
        spoiled_it = spoilers(self.lines)
        with anyio.move_on_after(OPEN_RATIO * seconds):
            return await self.reopen([one for one in there if one not in spoiled_it] or there)
        return ()

    async def _probe_from(
        self, posts: Sequence[Post], budget: Budget, repeatable: Callable[[ApiRun], bool]
    ) -> ApiRun:
        target = FleetTarget(posts, name=self.asked.name, simulated=self.asked.simulated)
        self.lines, self.api = target.lines, None
        run = self._run = ApiRun(self.asked.workload, budget, self.on_progress)
        ceilings = self.ceilings.of([post.name for post in posts])
        run.most_per_second = ceilings.most_per_second
        if ceilings.words and not self.earlier:
            self.say(ceilings.words)
        count = len(posts)
        names = ", ".join(post.name for post in posts)
        self.say(f"calls are made from {count} host{'' if count == 1 else 's'}: {names}")
        found = None
        try:
            with anyio.move_on_after(budget.max_seconds + API_GRACE_SECONDS):
                found = await until_alone(run, target, lambda: repeatable(run))
        except TargetUnusable:
            if not target.alone.is_set():
                raise
        finally:
            for line in target.lines:
                if line.lost_because:
                    self.lose(line.post.id, f"lost while the API was probed: {line.lost_because}")
        found = found or _ended_early(run, target)
        self.api = of_fleet(found, target.lines, ceilings.words)
        return run


def _ended_early(run: ApiRun, target: FleetTarget) -> ApiCapacity:
    found = run.capacity()
    return cut_short(found) if target.alone.is_set() or not target.stalled.is_set() else found
