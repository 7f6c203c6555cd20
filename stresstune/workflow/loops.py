"""Which event loop runs here, and what becomes of a probe that needs another one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from stresstune.errors import UsageError

if TYPE_CHECKING:
    import anyio

    from stresstune.model.workload import Progress

T = TypeVar("T")
Report = Callable[["Progress"], None]

STOPPING_SECONDS = 10.0
"""How long a probe that was cancelled may take to close its connections."""


def is_asyncio() -> bool:
    """Tell whether asyncio runs in this thread."""
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
    import anyio.from_thread  # noqa: PLC0415 - where the API is probed only
    import anyio.to_thread  # noqa: PLC0415 - likewise

    begun: list[tuple[asyncio.AbstractEventLoop, anyio.CancelScope]] = []
    stop, done = threading.Event(), threading.Event()

    def report(progress: Progress) -> None:
        if on_progress is not None and not stop.is_set():
            anyio.from_thread.run_sync(on_progress, progress)

    async def main() -> T:
        with anyio.CancelScope() as scope:
            begun.append((asyncio.get_running_loop(), scope))
            if stop.is_set():
                scope.cancel()
            return await probe(report if on_progress else None)
        raise RuntimeError("the probe was cancelled")  # nobody waits for it any more

    def call() -> T:
        try:
            return anyio.run(main)
        finally:
            done.set()

    try:
        return await anyio.to_thread.run_sync(call, abandon_on_cancel=True)
    except BaseException:
        stop.set()
        for loop, scope in begun:
            with suppress(RuntimeError):  # it has ended
                loop.call_soon_threadsafe(scope.cancel)
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(partial(done.wait, STOPPING_SECONDS))
        raise
