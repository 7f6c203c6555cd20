"""A host that makes calls, in virtual time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import anyio
from msgspec.structs import replace

from stresstune.fleet.agent import Made, Order, Report
from stresstune.fleet.hosts import HostLost
from stresstune.fleet.merge import moved
from stresstune.load.driver import Driver
from stresstune.testing import SimulatedService
from tests.fleet.reading import OutcomeReader


@dataclass
class FakePost:
    """A host in the same event loop: its clock is ahead, and messages take time.

    It may die at some moment, or have stood still.
    """

    name: str
    service: SimulatedService
    tasks: anyio.abc.TaskGroup
    ahead_seconds: float = 0.0
    way_seconds: float = 0.005
    dies_at_seconds: float = float("inf")
    stalled_at_seconds: float = float("inf")
    messages: int = 0
    closed: bool = False
    made: list[Made] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._driver = Driver(self.service, OutcomeReader())
        self._changed = anyio.Event()
        self._origin = anyio.current_time() - self._driver.now()

    @property
    def id(self) -> str:
        return self.name

    def now(self) -> float:
        return anyio.current_time() + self.ahead_seconds

    async def exchange(
        self, orders: Sequence[Order], wait_seconds: float, timeout_seconds: float
    ) -> Report:
        self.messages += 1
        await anyio.sleep(self.way_seconds)
        if anyio.current_time() > self.dies_at_seconds:
            await anyio.sleep(timeout_seconds)
            raise HostLost(f"it did not answer within {timeout_seconds:g} s")
        arrived = self.now()
        for order in orders:
            self.tasks.start_soon(self._make, order)
        if wait_seconds and not self.made:
            with anyio.move_on_after(wait_seconds):
                await self._changed.wait()
        self._changed = anyio.Event()
        made, self.made = tuple(self.made), []
        stalled = anyio.current_time() > self.stalled_at_seconds
        report = Report(
            arrived=arrived, replied=self.now(), made=made, stall_seconds=2.5 if stalled else 0.0
        )
        await anyio.sleep(self.way_seconds)
        return report

    async def _make(self, order: Order) -> None:
        await anyio.sleep(max(order.at_seconds - self.now(), 0.0))
        attempt = moved(await self._driver.call(), self._origin + self.ahead_seconds)
        attempt = replace(attempt, intended_seconds=order.at_seconds)
        self.made.append(Made(number=order.number, attempt=attempt))
        self._changed.set()

    async def close(self) -> None:
        self.closed = True
