"""A target whose calls are made on the hosts of a fleet."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

import anyio

from stresstune.fleet.agent import TOO_LATE, Order, Report, lost
from stresstune.fleet.clock import ClockComparison, Exchange
from stresstune.fleet.hosts import HostLost
from stresstune.fleet.merge import moved
from stresstune.fleet.stripes import next_caller
from stresstune.load.health import STALL_TOLERATED_SECONDS
from stresstune.model.histogram import Histogram
from stresstune.model.load import Attempt

PATIENCE_SECONDS = 5.0
"""So much later than it should come may an answer come; then its host is given up."""

POLL_SECONDS = 1.0
"""How long a host waits for calls to end before it answers all the same: its sign of life."""

COMPARISONS = 5
"""Exchanges by which clocks are compared before the first call."""

LEAST_LEAD_SECONDS, MOST_LEAD_SECONDS = 0.02, 0.5
"""How long before its moment a call is ordered; more than the second, and a probe would see what
it caused too late."""

CLOSE_SECONDS = 5.0


class Post(Protocol):
    """One host that makes calls."""

    @property
    def id(self) -> str:
        """The host."""
        ...

    @property
    def name(self) -> str:
        """Likewise, for people."""
        ...

    async def exchange(
        self, orders: Sequence[Order], wait_seconds: float, timeout_seconds: float
    ) -> Report:
        """Hand over orders, and hear of calls that ended.

        Raises:
            HostLost: There was no answer in time.
        """
        ...

    async def close(self) -> None:
        """Let it end; never raises."""
        ...


@dataclass
class _Slot:
    """One call that was ordered."""

    number: int
    at_seconds: float
    ended: anyio.Event = field(default_factory=anyio.Event)
    attempt: Attempt | None = None


@dataclass
class Line:
    """What is known of one host that makes calls.

    Attributes:
        post: The host.
        clock: Its clock against ours.
        under_way: Calls that were ordered and have not ended, by number.
        calls: Calls that were ordered.
        lateness_seconds: How late calls started there.
        dropped: Calls that were ordered too late, and not made.
        stall_seconds: Longest time in which its event loop did not come round.
        lost_because: Why it was given up, or "".
    """

    post: Post
    clock: ClockComparison = field(default_factory=ClockComparison)
    under_way: dict[int, _Slot] = field(default_factory=dict)
    calls: int = 0
    lateness_seconds: list[float] = field(default_factory=list)
    dropped: int = 0
    stall_seconds: float = 0.0
    lost_because: str = ""
    outbox: list[_Slot] = field(default_factory=list)
    wake: anyio.Event = field(default_factory=anyio.Event)

    @property
    def lead_seconds(self) -> float:
        """How long before its moment a call is ordered here: the way there, twice over."""
        lead = 2 * self.clock.slow_way_seconds
        return min(max(lead, LEAST_LEAD_SECONDS), MOST_LEAD_SECONDS)

    @property
    def lateness(self) -> Histogram:
        """How late calls started there, to be added to other hosts'."""
        return Histogram.of(max(late, 0.0) for late in self.lateness_seconds)


class FleetTarget:
    """Calls that are striped over hosts: each call waits until it was made, and returns it.

    It is used by one run at a time, inside its ``async with`` block, under asyncio.

    Attributes:
        name: What is called.
        simulated: It is the emulator.
        lines: The hosts.
        alone: Set when no host is left.
        stalled: Set when a host stood still for so long that the run is spoiled.
    """

    def __init__(self, posts: Sequence[Post], *, name: str = "", simulated: bool = False) -> None:
        """Prepare it; entering the block compares the clocks.

        Args:
            posts: Hosts whose agents are open.
            name: What is called, without any secret.
            simulated: It is the emulator.
        """
        self.name = name
        self.simulated = simulated
        self.lines = [Line(post) for post in posts]
        self.alone, self.stalled = anyio.Event(), anyio.Event()
        self._last = -1
        self._count = 0

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self._on_each(self._compare)
            tasks = await stack.enter_async_context(anyio.create_task_group())
            stack.callback(tasks.cancel_scope.cancel)
            for line in self.lines:
                tasks.start_soon(self._listen, line)
                tasks.start_soon(self._speak, line)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self._stack.__aexit__(kind, error, trace)
        finally:
            with anyio.CancelScope(shield=True), anyio.move_on_after(CLOSE_SECONDS):
                await self._on_each(_close)

    async def __call__(self) -> Attempt:
        """Have one call made on whichever host has the fewest under way."""
        there = [None if line.lost_because else len(line.under_way) for line in self.lines]
        place = next_caller(there, self._last)
        if place is None:
            await anyio.sleep_forever()
        assert place is not None
        self._last, self._count = place, self._count + 1
        line = self.lines[place]
        slot = _Slot(self._count, anyio.current_time() + line.lead_seconds)
        line.under_way[slot.number] = slot
        line.outbox.append(slot)
        line.calls += 1
        line.wake.set()
        await slot.ended.wait()
        assert slot.attempt is not None
        return slot.attempt

    async def _on_each(self, work: Callable[[Line], Coroutine[None, None, None]]) -> None:
        async with anyio.create_task_group() as tasks:
            for line in self.lines:
                tasks.start_soon(work, line)

    async def _compare(self, line: Line) -> None:
        for _ in range(COMPARISONS):
            await self._exchange(line, [], 0.0)

    async def _listen(self, line: Line) -> None:
        while not line.lost_because:
            await self._exchange(line, [], POLL_SECONDS)

    async def _speak(self, line: Line) -> None:
        while not line.lost_because:
            await line.wake.wait()
            line.wake, (slots, line.outbox) = anyio.Event(), (line.outbox, [])
            if slots:
                await self._exchange(line, slots, 0.0)

    async def _exchange(self, line: Line, slots: Sequence[_Slot], wait_seconds: float) -> None:
        if line.lost_because:
            return
        orders = [
            Order(number=slot.number, at_seconds=line.clock.to_theirs(slot.at_seconds))
            for slot in slots
        ]
        sent = anyio.current_time()
        try:
            timeout = wait_seconds + PATIENCE_SECONDS
            report = await line.post.exchange(orders, wait_seconds, timeout)
        except HostLost as error:
            self._give_up(line, str(error))
            return
        received = anyio.current_time()
        line.clock.add(
            Exchange(sent=sent, arrived=report.arrived, replied=report.replied, received=received)
        )
        self._take(line, report)
        if report.error:
            self._give_up(line, report.error)

    def _take(self, line: Line, report: Report) -> None:
        line.stall_seconds = max(line.stall_seconds, report.stall_seconds)
        if line.stall_seconds > STALL_TOLERATED_SECONDS:
            self.stalled.set()
        for made in report.made:
            slot = line.under_way.pop(made.number, None)
            if slot is None:
                continue
            line.lateness_seconds.append(
                made.attempt.started_seconds - made.attempt.intended_seconds
            )
            line.dropped += made.attempt.error == TOO_LATE
            ours = line.clock.to_ours(0.0)
            slot.attempt = moved(made.attempt, ours)
            slot.ended.set()

    def _give_up(self, line: Line, reason: str) -> None:
        line.lost_because = line.lost_because or reason or "it fell silent"
        for slot in line.under_way.values():
            slot.attempt = lost(slot.at_seconds, anyio.current_time())
            slot.ended.set()
        line.under_way.clear()
        line.wake.set()
        if all(one.lost_because for one in self.lines):
            self.alone.set()


async def _close(line: Line) -> None:
    if not line.lost_because:
        await line.post.close()
