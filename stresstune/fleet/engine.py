"""dask.distributed behind a small face: the only importer of it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import anyio

from stresstune.errors import MeasurementError, UsageError
from stresstune.fleet.hosts import HostLost

CONNECT_SECONDS = 10.0

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
    """A connection to a scheduler, in the running event loop."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - a distributed.Client
        self._client = client
        self.messages = 0

    @property
    def address(self) -> str:
        """Where the scheduler is."""
        return str(self._client.scheduler.address)

    async def workers(self, at_least: int = 0, wait_seconds: float = 0.0) -> tuple[str, ...]:
        """Return the addresses of all workers that the scheduler knows.

        Args:
            at_least: Wait until so many are there.
            wait_seconds: Then go on with those that are.
        """
        until = anyio.current_time() + wait_seconds
        while True:
            found = tuple(await _within(CONNECT_SECONDS, self._client.nthreads()))
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
        self.messages += 1
        try:
            answers = await _within(
                timeout_seconds,
                self._client.run(function, *arguments, workers=[address], on_error="return"),
            )
        except TimeoutError:
            raise HostLost(f"it did not answer within {timeout_seconds:g} s") from None
        except Exception as error:  # whatever breaks on the way: the host cannot be reached
            raise HostLost(_words(error)) from error
        answer = answers.get(address)
        if isinstance(answer, Exception):
            raise HostLost(_words(answer)) from answer
        return answer

    async def try_lock(self, owner: str) -> str:
        """Take this fleet for one run; return "" , or who has it.

        The lease ends by itself where the owner dies: it is refreshed by the client alone.
        """
        distributed = _distributed()
        lock = distributed.Lock(_LOCK, scheduler_rpc=self._client.scheduler, loop=self._client.loop)
        variable = distributed.Variable(_OWNER, client=self._client)
        if not await _within(CONNECT_SECONDS, lock.acquire(timeout=0.2)):
            with suppress(Exception):
                return str(await _within(2.0, variable.get(timeout=1)))
            return "somebody who did not say who"
        self._lock = lock
        with suppress(Exception):
            await _within(2.0, variable.set(owner))
        return ""

    async def unlock(self) -> None:
        """Give it back; where the scheduler is gone, the lease has gone with it."""
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


def address_of(client: object) -> tuple[dict[str, Any], str]:
    """Return how to reach the scheduler that somebody means, and its name for people.

    Args:
        client: A ``distributed.Client`` or a cluster, the address of a scheduler
            (``tcp://host:8786``), or the path of a scheduler file.

    Raises:
        UsageError: It is none of these.

    >>> address_of("tcp://10.0.0.1:8786")
    ({'address': 'tcp://10.0.0.1:8786'}, 'tcp://10.0.0.1:8786')
    """
    loaded = sys.modules.get("distributed")
    if loaded is not None and isinstance(client, loaded.Client):
        where = {"address": str(client.scheduler.address), "security": client.security}
        return where, where["address"]
    cluster_address = getattr(client, "scheduler_address", None)
    if isinstance(cluster_address, str):
        return {
            "address": cluster_address,
            "security": getattr(client, "security", None),
        }, cluster_address
    if not isinstance(client, str | os.PathLike):
        raise UsageError(
            f"a fleet is a distributed.Client, a cluster, a scheduler's address or its file, not "
            f"{type(client).__name__}"
        )
    text = os.fspath(client)
    if "://" in text:
        return {"address": text}, text
    if not Path(text).is_file():
        raise UsageError(
            f"{text} is no fleet: give tcp://HOST:8786, the path of a scheduler file, or local:N"
        )
    return {"scheduler_file": text}, text


@asynccontextmanager
async def connect(client: object) -> AsyncIterator[Engine]:
    """Connect to a scheduler for the time of a block, by a connection of our own.

    Raises:
        MeasurementError: There is nobody.
        UsageError: It is no address of a scheduler.
    """
    where, name = address_of(client)
    ours = _distributed().Client(
        **where, asynchronous=True, set_as_default=False, timeout=CONNECT_SECONDS, name="stresstune"
    )
    try:
        await _within(CONNECT_SECONDS + 1, _opened(ours))
    except Exception as error:
        await _closed(ours)
        raise MeasurementError(
            f"no scheduler answers at {name} ({_words(error)}): start one with `dask scheduler`, "
            "and a `dask worker` on each host"
        ) from error
    try:
        yield Engine(ours)
    finally:
        await _closed(ours)


async def _opened(client: Awaitable[object]) -> None:
    await client


async def _closed(client: Any) -> None:  # noqa: ANN401 - a distributed.Client
    with anyio.CancelScope(shield=True), suppress(Exception):
        await _within(5.0, client.close(timeout=2))


def nanny_variables() -> tuple[str, ...]:
    """Return the environment variables that dask's nanny set for this process, if it did.

    They are meant for dask's own workers (``MALLOC_TRIM_THRESHOLD_`` changes how memory is given
    back), and the app has none of them.

    >>> nanny_variables()
    ()
    """
    dask = sys.modules.get("dask")
    if dask is None:
        return ()
    preset: dict[str, Any] = dask.config.get("distributed.nanny.pre-spawn-environ", {}) or {}
    return tuple(name for name, value in preset.items() if os.environ.get(name) == str(value))


def be_quiet() -> None:
    """Let dask's own log say only what is critical; our words say the rest.

    It counts where dask was not imported yet, and where nobody has said otherwise.
    """
    os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "critical")


def terminate_ratio() -> float:
    """Return the share of its memory limit at which a nanny ends its worker; 0 is never.

    >>> 0.0 <= terminate_ratio() <= 1.0
    True
    """
    dask = sys.modules.get("dask")
    ratio = dask.config.get("distributed.worker.memory.terminate", 0) if dask else 0
    return float(ratio or 0)
