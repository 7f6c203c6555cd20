"""Making calls and keeping what became of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Protocol

import anyio
import anyio.lowlevel
from anyio.abc import TaskGroup
from msgspec.structs import replace

from stresstune.load.pacer import ConstantPace
from stresstune.model.load import Attempt, Outcome, QuotaStatement

Target = Callable[[], Awaitable[object]]
"""An async callable without arguments: returns on success, raises on failure.

One whose calls are made on another machine returns an `Attempt` in every case, by the clock of
`anyio.current_time`; it is kept as what happened.
"""


class NotAsync(TypeError):
    """What is called makes no call that can be waited for: no target, whatever it does."""


CUT_OFF = "cut off when the probe ended"
"""The `Attempt.error` of a call that was under way when the run had to end."""


class Reading(Protocol):
    """What an ended call meant."""

    @property
    def outcome(self) -> Outcome:
        """How it ended."""
        ...

    @property
    def label(self) -> str:
        """Type and code of the error, or ""."""
        ...

    @property
    def quotas(self) -> tuple[QuotaStatement, ...]:
        """What a 429 stated."""
        ...


class Reader(Protocol):
    """Knows how to read what a target returns and raises; the api room has it."""

    def read_error(self, error: BaseException) -> Reading:
        """Say what an exception means."""
        ...

    def read_tokens(self, returned: object) -> int | None:
        """Return the input tokens that an answer reports, or None."""
        ...


@dataclass
class Driver:
    """Calls a target and keeps every attempt; 0 on its clock is its first use.

    Attributes:
        target: What is called.
        reader: Reads its answers and errors.
        timeout_seconds: Our own deadline for one call.
        attempts: Every call that has ended, in the order of their ends.
        in_flight: Calls under way.
        pending: When each of these was started, by a number of its own.
        on_attempt: Told of each call that has ended.
        way_seconds: How long calls are on their way to another machine and back, of late.
    """

    target: Target
    reader: Reader
    timeout_seconds: float = 120.0
    attempts: list[Attempt] = field(default_factory=list)
    in_flight: int = 0
    dropped_starts: int = 0
    on_attempt: Callable[[Attempt], None] | None = None
    pending: dict[int, float] = field(default_factory=dict)
    way_seconds: float = 0.0
    _origin: float | None = None
    _begun: int = 0
    _ended: anyio.Event | None = None

    def now(self) -> float:
        """Return the seconds since the first use of this driver."""
        current = anyio.current_time()
        if self._origin is None:
            self._origin = current
        return current - self._origin

    async def call(self, intended_seconds: float | None = None) -> Attempt:
        """Make one call and keep what became of it; only cancellation escapes."""
        started = self.now()
        intended = started if intended_seconds is None else intended_seconds
        number = self._begun = self._begun + 1
        self.pending[number] = started
        self.in_flight += 1
        at_start = self.in_flight
        outcome: Outcome = "ignored"
        label, tokens = CUT_OFF, None
        quotas: tuple[QuotaStatement, ...] = ()
        elsewhere: Attempt | None = None
        try:
            with anyio.fail_after(self.timeout_seconds):
                returned = await _awaitable(self.target())
            if isinstance(returned, Attempt):
                elsewhere = returned
            else:
                outcome, label, tokens = "ok", "", self.reader.read_tokens(returned)
        except NotAsync:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a target raises is data
            reading = self.reader.read_error(error)
            outcome, label, quotas = reading.outcome, reading.label, reading.quotas
        finally:
            self.in_flight -= 1
            del self.pending[number]
            attempt = Attempt(
                intended_seconds=intended,
                started_seconds=started,
                finished_seconds=self.now(),
                outcome=outcome,
                error=label,
                input_tokens=tokens,
                quotas=quotas,
                in_flight=at_start,
            )
            if elsewhere is not None:
                attempt = self._made_elsewhere(elsewhere, attempt)
            self.attempts.append(attempt)
            if self.on_attempt is not None:
                self.on_attempt(attempt)
            if self._ended is not None:
                self._ended.set()
        return attempt

    def _made_elsewhere(self, made: Attempt, here: Attempt) -> Attempt:
        """Return what happened to a call on another machine, by the clock of this run."""
        origin = self._origin or 0.0
        way_seconds = here.service_seconds - made.service_seconds
        self.way_seconds = max(0.9 * self.way_seconds, way_seconds)
        is_dropped = made.outcome == "dropped"
        self.dropped_starts += is_dropped
        return replace(
            made,
            intended_seconds=made.intended_seconds - origin,
            started_seconds=made.started_seconds - origin,
            finished_seconds=made.finished_seconds - origin,
            outcome="ignored" if is_dropped else made.outcome,
            in_flight=here.in_flight,
        )

    async def one_ends(self, at_most_seconds: float) -> None:
        """Wait until a call ends, or the time is over."""
        self._ended = self._ended if self._ended and not self._ended.is_set() else anyio.Event()
        with anyio.move_on_after(at_most_seconds):
            await self._ended.wait()

    async def volley(self, count: int) -> list[Attempt]:
        """Start so many calls at once, wait for all, and return them as they were started."""
        results: list[Attempt | None] = [None] * count
        intended = self.now()

        async def one(place: int) -> None:
            results[place] = await self.call(intended)

        async with anyio.create_task_group() as tasks:
            for place in range(count):
                tasks.start_soon(one, place)
        return [attempt for attempt in results if attempt is not None]

    async def stream(
        self,
        tasks: TaskGroup,
        *,
        in_flight: Callable[[], int],
        gap_seconds: Callable[[], float],
        go_on: Callable[[], bool],
    ) -> None:
        """Keep calls in flight, starting them one by one, until ``go_on`` says no.

        A closed loop whose starts are spread: a refusal that comes back at once is seen before
        many more calls have met the same fate. Calls under way are not waited for.

        Args:
            tasks: Where the calls run.
            in_flight: How many calls may be under way; asked before each start.
            gap_seconds: Least time between two starts; asked after each start.
            go_on: Asked before each start.
        """
        while go_on():
            if self.in_flight >= in_flight():
                await self.one_ends(at_most_seconds=1.0)  # the level may rise by itself
                continue
            tasks.start_soon(self.call)
            await anyio.lowlevel.checkpoint()
            await anyio.sleep(gap_seconds())

    async def open_loop(
        self, pace: ConstantPace, *, go_on: Callable[[], bool] = lambda: True
    ) -> list[Attempt]:
        """Start calls by an absolute schedule, whatever becomes of those before.

        Args:
            pace: When calls are due.
            go_on: Asked before each start; once it says no, nothing more is started.

        Returns:
            The calls that were started, in the order of their ends.
        """
        first = len(self.attempts)
        begin, begun = self.now(), 0
        async with anyio.create_task_group() as tasks:
            while True:
                step = pace.step(self.now() - begin, begun)
                if step.action == "stop" or not go_on():
                    break
                if step.action == "wait":
                    await anyio.sleep(step.wait_seconds)
                    continue
                begun += 1
                if step.action == "drop":
                    self.dropped_starts += 1
                else:
                    tasks.start_soon(self.call, begin + step.intended_seconds)
                    await anyio.lowlevel.checkpoint()
        return self.attempts[first:]


def _awaitable(made: Awaitable[object]) -> Awaitable[object]:
    if not isawaitable(made):
        raise NotAsync(f"it returned {type(made).__name__}, which cannot be awaited")
    return made
