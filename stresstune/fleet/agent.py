"""On a host: makes the calls that are ordered, at the moment that they are ordered for."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field

import anyio
from anyio.abc import TaskGroup
from msgspec.structs import replace

from stresstune.load.driver import Driver, Reader, Target
from stresstune.load.health import StallWatch, watching_stalls
from stresstune.load.pacer import CATCH_UP_SECONDS
from stresstune.model.load import Attempt
from stresstune.model.record import Record

LEASE_SECONDS = 20.0
"""So long may the one who measures be silent; then the agent takes it for dead, and ends."""

FIRST_LEASE_SECONDS = 90.0
"""The same before the first message: the other hosts may take longer to be ready, on busy machines
nearly as long as they are given."""

HOLD_SECONDS = 0.01
"""An answer waits so long for others to go with it."""

TOO_LATE = "ordered too late"
"""The `Attempt.error` of a call that was not made, since its moment had passed."""

Opening = Callable[[], AbstractAsyncContextManager[Target]]
"""Opens and checks the target; what it raises says why this host cannot make calls."""


class Order(Record, frozen=True, kw_only=True):
    """One call that is to be made.

    Attributes:
        number: Of the run's calls.
        at_seconds: When, by this host's monotonic clock.
    """

    number: int
    at_seconds: float


class Made(Record, frozen=True, kw_only=True):
    """One call that ended.

    Attributes:
        number: Of its order.
        attempt: What became of it, by this host's monotonic clock.
    """

    number: int
    attempt: Attempt


class Report(Record, frozen=True, kw_only=True):
    """What a host answers to a message.

    Attributes:
        arrived: When the message came, by its monotonic clock.
        replied: When this answer left.
        made: Calls that ended since the last answer.
        stall_seconds: Longest time in which its event loop did not come round.
        error: Why it makes no calls, or "".
    """

    arrived: float
    replied: float
    made: tuple[Made, ...] = ()
    stall_seconds: float = 0.0
    error: str = ""


@dataclass
class Agent:
    """Makes calls in a thread with an event loop of its own, so that the engine's is left alone.

    Attributes:
        opening: Opens the target.
        reader: Reads what it returns and raises.
        timeout_seconds: Deadline of a call.
        lease_seconds: See `LEASE_SECONDS`.
        first_lease_seconds: See `FIRST_LEASE_SECONDS`.
    """

    opening: Opening
    reader: Reader
    timeout_seconds: float = 120.0
    lease_seconds: float = LEASE_SECONDS
    first_lease_seconds: float = FIRST_LEASE_SECONDS
    error: str = ""
    _made: list[Made] = field(default_factory=list)
    _orders: list[Order] = field(default_factory=list)
    _closing: bool = False
    _under_way: int = 0

    def __post_init__(self) -> None:
        self._changed = threading.Condition()
        self._heard, self._lease_seconds = time.monotonic(), self.first_lease_seconds
        self._is_open = False
        self._watch = StallWatch()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="stresstune-agent")

    @property
    def has_ended(self) -> bool:
        """Whether its thread is gone."""
        return not self._thread.is_alive()

    def open(self, timeout_seconds: float) -> Report:
        """Start, and wait until the target is open, or cannot be opened."""
        arrived = time.monotonic()
        self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: self._is_open or self.error, timeout_seconds)
            if not self._is_open and not self.error:
                self.error = f"the target was not open after {timeout_seconds:g} s"
        return self._report(arrived)

    def exchange(self, orders: Sequence[Order], wait_seconds: float) -> Report:
        """Take orders, and wait up to so long for calls to end; returns those that did."""
        arrived = self._heard = time.monotonic()
        self._lease_seconds = self.lease_seconds
        with self._changed:
            self._orders.extend(orders)
            self._rouse()
            if wait_seconds > 0:
                self._changed.wait_for(lambda: self._made or self.error, wait_seconds)
        if wait_seconds > 0 and self._made:
            time.sleep(HOLD_SECONDS)
        return self._report(arrived)

    def close(self, timeout_seconds: float = 5.0) -> Report:
        """End, and tell what was not told yet; calls under way are cut off."""
        arrived = time.monotonic()
        with self._changed:
            self._closing = True
            self._rouse()
        with suppress(RuntimeError):  # it was never started
            self._thread.join(timeout_seconds)
        return self._report(arrived)

    def _report(self, arrived: float) -> Report:
        with self._changed:
            made, self._made = tuple(self._made), []
        return Report(
            arrived=arrived,
            replied=time.monotonic(),
            made=made,
            stall_seconds=self._watch.longest_seconds,
            error=self.error,
        )

    def _rouse(self) -> None:
        if self._loop is not None and self._wake is not None:
            with suppress(RuntimeError):  # the loop has just ended
                self._loop.call_soon_threadsafe(self._wake.set)

    def _run(self) -> None:
        try:
            anyio.run(self._main)
        except Exception as error:  # noqa: BLE001 - whatever a target raises is told, by name
            self.error = self.error or _words(error)
        finally:
            with self._changed:
                self._changed.notify_all()

    async def _main(self) -> None:
        self._loop, self._wake = asyncio.get_running_loop(), asyncio.Event()
        async with self.opening() as target, watching_stalls(self._is_busy) as self._watch:
            driver = Driver(target, self.reader, timeout_seconds=self.timeout_seconds)
            self._heard = time.monotonic()  # opening may have taken its time
            with self._changed:
                self._is_open = True
                self._changed.notify_all()
            async with anyio.create_task_group() as tasks:
                while not self._is_over():
                    self._start_ordered(driver, tasks)
                    self._wake.clear()
                    with anyio.move_on_after(0.5):
                        await self._wake.wait()
                tasks.cancel_scope.cancel()

    def _is_over(self) -> bool:
        return self._closing or time.monotonic() - self._heard > self._lease_seconds

    def _is_busy(self) -> bool:
        return bool(self._orders or self._under_way)

    def _start_ordered(self, driver: Driver, tasks: TaskGroup) -> None:
        with self._changed:
            orders, self._orders = self._orders, []
            self._under_way += len(orders)
        for order in orders:
            tasks.start_soon(self._make, driver, order)

    async def _make(self, driver: Driver, order: Order) -> None:
        late = anyio.current_time() - order.at_seconds
        if late > CATCH_UP_SECONDS:
            self._keep(order, _not_made(order))
            return
        await anyio.sleep(max(-late, 0.0))
        origin = anyio.current_time() - driver.now()
        attempt = await driver.call()
        self._keep(
            order,
            replace(
                attempt,
                intended_seconds=order.at_seconds,
                started_seconds=attempt.started_seconds + origin,
                finished_seconds=attempt.finished_seconds + origin,
            ),
        )

    def _keep(self, order: Order, attempt: Attempt) -> None:
        with self._changed:
            self._under_way -= 1
            self._made.append(Made(number=order.number, attempt=attempt))
            self._changed.notify_all()


def _not_made(order: Order) -> Attempt:
    return Attempt(
        intended_seconds=order.at_seconds,
        started_seconds=order.at_seconds,
        finished_seconds=order.at_seconds,
        outcome="dropped",
        error=TOO_LATE,
    )


def lost(at_seconds: float, now_seconds: float) -> Attempt:
    """Return a call whose host fell silent: it is spent, and proves nothing."""
    return Attempt(
        intended_seconds=at_seconds,
        started_seconds=at_seconds,
        finished_seconds=max(now_seconds, at_seconds),
        outcome="ignored",
        error="lost with its host",
    )


def _words(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return _words(error.exceptions[0])
    return f"{type(error).__name__}: {error}".split("\n", maxsplit=1)[0][:300]
