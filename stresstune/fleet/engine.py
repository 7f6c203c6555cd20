"""dask.distributed behind a small face: the only importer of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio

from stresstune.errors import MeasurementError, UsageError
from stresstune.fleet.address import address_of
from stresstune.fleet.hosts import HostLost

CONNECT_SECONDS = 10.0

SCHEDULER_LOST = "the scheduler went away"
WORKER_LOST = (
    "its worker was killed (dask's nanny does that above --memory-limit), or cannot be reached any "
    "more"
)

_LOCK = "stresstune-fleet"
_OWNER = "stresstune-fleet-owner"


def _distributed() -> Any:  # noqa: ANN401 - a module that may not be there
    """Import dask.distributed: a second of work, and only where there is a fleet.

    Raises:
        UsageError: It is not installed.
    """
    try:
        import distributed  # noqa: PLC0415 - see above
    except ImportError as error:
        raise UsageError(
            "a fleet needs dask.distributed, which is not installed here: "
            "python -m pip install 'stresstune[fleet]'"
        ) from error
    return distributed


class Engine:
    """A connection to a scheduler, in the running event loop.

    Attributes:
        address: Where the scheduler is.
        version: Of dask.distributed here.
        messages: Calls of workers so far.
    """

    def __init__(self, client: object) -> None:
        """Prepare it; `open` connects.

        Args:
            client: See `address_of`.
        """
        self._where, self._name = address_of(client)
        self._distributed = _distributed()
        self.version = str(self._distributed.__version__)
        self._client: Any = None
        self._line: Any = None
        self._lock: Any = None
        self._has_failed = False
        self.address = ""
        self.messages = 0

    async def open(self) -> None:
        """Connect.

        Raises:
            MeasurementError: There is nobody.
        """
        self._client = self._distributed.Client(
            **self._where,
            asynchronous=True,
            set_as_default=False,
            timeout=CONNECT_SECONDS,
            name="stresstune",
        )
        try:
            await _within(CONNECT_SECONDS + 1, _opened(self._client))
        except Exception as error:
            await self.close()
            raise MeasurementError(
                f"no scheduler answers at {self._name} ({_words(error)}): start one with "
                "`dask scheduler`, and a `dask worker` on each host"
            ) from error
        self.address = str(self._client.scheduler.address)
        self._line = self._client.scheduler_comm
        self._has_failed = False

    async def close(self) -> None:
        """Let go of the connection; never raises."""
        with anyio.CancelScope(shield=True), suppress(Exception):
            await _within(5.0, self._client.close(timeout=2))

    @property
    def is_lost(self) -> bool:
        """Whether the scheduler went away since `open`, also where it was started anew meanwhile.

        The workers that it knew are gone then: dask's end when they lose their scheduler.
        """
        is_running = self._client.status == "running" and self._client.scheduler_comm is self._line
        return self._has_failed or not is_running

    async def reopen(self, wait_seconds: float) -> bool:
        """Connect again to a scheduler that was lost; tell whether it came in time."""
        await self.close()
        if self._lock is not None:
            self._lock.refresh_callback.stop()  # else it goes on for ever, at a closed connection
        with anyio.move_on_after(wait_seconds):
            while True:
                with suppress(MeasurementError):
                    await self.open()
                    return True
                await anyio.sleep(0.2)
        return False

    async def workers(self, at_least: int = 0, wait_seconds: float = 0.0) -> tuple[str, ...]:
        """Return the addresses of all workers that the scheduler knows.

        Args:
            at_least: Wait until so many are there.
            wait_seconds: Then go on with those that are.

        Raises:
            MeasurementError: The scheduler went away.
        """
        until = anyio.current_time() + wait_seconds
        while True:
            found = tuple(await self._told(self._client.nthreads()))
            if len(found) >= at_least or anyio.current_time() >= until:
                return found
            await anyio.sleep(0.1)

    async def call(
        self,
        address: str,
        function: Callable[..., Awaitable[object]],
        *arguments: object,
        timeout_seconds: float,
    ) -> Any:  # noqa: ANN401 - whatever the function returns
        """Run a coroutine function on a worker, once, outside of the task graph.

        It must be importable there, and should return its failures: what it raises is written to
        the worker's log, with its arguments.

        Raises:
            HostLost: The worker gave no answer, or not in time.
        """
        if self.is_lost:  # connecting would be tried for half a minute, for each host
            raise HostLost(SCHEDULER_LOST)
        self.messages += 1
        try:
            answers = await _within(
                timeout_seconds,
                self._client.run(function, *arguments, workers=[address], on_error="return"),
            )
        except TimeoutError:
            raise HostLost(f"it did not answer within {timeout_seconds:g} s") from None
        except OSError as error:  # a worker's own failure is returned: this is the way to it
            self._has_failed = True
            raise HostLost(SCHEDULER_LOST) from error
        except Exception as error:  # whatever else breaks on the way: it cannot be reached
            raise HostLost(_words(error)) from error
        answer = answers.get(address)
        if isinstance(answer, Exception):
            is_gone = type(answer).__name__ == "CommClosedError"
            raise HostLost(WORKER_LOST if is_gone else _words(answer)) from answer
        return answer

    async def try_lock(self, owner: str) -> str:
        """Take this fleet for one run; return "" , or who has it.

        The lease ends by itself where the owner dies: it is refreshed by the client alone.

        Raises:
            MeasurementError: The scheduler went away.
        """
        lock = self._distributed.Lock(
            _LOCK, scheduler_rpc=self._client.scheduler, loop=self._client.loop
        )
        variable = self._distributed.Variable(_OWNER, client=self._client)
        if not await self._told(lock.acquire(timeout=0.2)):
            with suppress(Exception):
                return str(await _within(2.0, variable.get(timeout=1)))
            return "somebody who did not say who"
        self._lock = lock
        with suppress(Exception):
            await _within(2.0, variable.set(owner))
        return ""

    async def _told(self, wanted: Awaitable[Any]) -> Any:  # noqa: ANN401 - see above
        """Wait for the scheduler's own answer."""
        try:
            return await _within(CONNECT_SECONDS, wanted)
        except Exception as error:
            self._has_failed = True
            raise MeasurementError(
                f"{SCHEDULER_LOST} that was at {self.address} ({_words(error)}): start it and "
                "its workers anew, then run this again"
            ) from error

    async def unlock(self) -> None:
        """Give it back; where the scheduler is gone, the lease has gone with it."""
        if not self.is_lost:
            with suppress(Exception):
                await _within(2.0, self._lock.release())


async def _within(seconds: float, wanted: Awaitable[Any]) -> Any:  # noqa: ANN401 - see above
    """Await something of dask's, in a task of its own, which an outer cancellation ends once.

    Raises:
        TimeoutError: It took longer.
    """
    task = asyncio.ensure_future(wanted)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if task.done():
            return task.result()
        raise TimeoutError
    finally:
        if not task.done():
            task.add_done_callback(_forget)
            task.cancel()


def _forget(task: asyncio.Future[Any]) -> None:
    if not task.cancelled():
        task.exception()


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".split("\n", maxsplit=1)[0][:200]


@asynccontextmanager
async def connect(client: object) -> AsyncIterator[Engine]:
    """Connect to a scheduler for the time of a block, by a connection of our own.

    Raises:
        MeasurementError: There is nobody.
        UsageError: It is no address of a scheduler.
    """
    engine = Engine(client)
    await engine.open()
    try:
        yield engine
    finally:
        await engine.close()


async def _opened(client: Awaitable[object]) -> None:
    await client
