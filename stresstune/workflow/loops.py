"""Which event loop runs here, and what becomes of a probe that needs another one."""

from __future__ import annotations

import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from stresstune.errors import UsageError

if TYPE_CHECKING:
    import asyncio

    import anyio

    from stresstune.model.workload import Progress

T = TypeVar("T")
Report = Callable[["Progress"], None]


def is_asyncio() -> bool:
    """Tell whether asyncio runs in this thread."""
    if "asyncio" not in sys.modules:  # it is slow to load, and most commands need none of it
        return False
    import asyncio  # noqa: PLC0415

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def refuse_inside_of_a_loop() -> None:
    """Refuse a synchronous probe of the API where an event loop runs in this thread.

    Raises:
        UsageError: One does.
    """
    import anyio  # noqa: PLC0415 - where the API is probed only

    running = is_asyncio()
    if not running:
        with suppress(RuntimeError):
            anyio.current_time()
            running = True  # trio
    if running:
        raise UsageError(
            "an event loop runs in this thread already, and a synchronous call cannot run its "
            "own: await the twin with an a in front (atune, apreflight), or call this in a thread "
            "(asyncio.to_thread, trio.to_thread.run_sync)"
        )


async def under_asyncio(
    probe: Callable[[Report | None], Awaitable[T]], on_progress: Report | None
) -> T:
    """Run under asyncio, in a thread, what the library that runs here cannot.

    Args:
        probe: Is given what reports progress. It is cancelled when the caller is.
        on_progress: Called in the thread of the caller's event loop.
    """
    import asyncio  # noqa: PLC0415 - where the API is probed only

    import anyio  # noqa: PLC0415 - likewise

    from stresstune.load.thread import run_in_thread  # noqa: PLC0415 - likewise

    begun: list[tuple[asyncio.AbstractEventLoop, anyio.CancelScope]] = []
    stopping = threading.Event()

    async def main(report: Report | None) -> T:
        with anyio.CancelScope() as scope:
            begun.append((asyncio.get_running_loop(), scope))
            if stopping.is_set():
                scope.cancel()
            return await probe(report)
        raise RuntimeError("the probe was cancelled")  # nobody waits for it any more

    def stop() -> None:
        stopping.set()
        for loop, scope in begun:
            with suppress(RuntimeError):  # it has ended
                loop.call_soon_threadsafe(scope.cancel)

    return await run_in_thread(lambda report: anyio.run(main, report), on_progress, stop=stop)
