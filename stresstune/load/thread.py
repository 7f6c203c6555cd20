"""Runs in a thread what cannot run in the caller's event loop, and ends it with its caller."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import anyio
import anyio.from_thread
import anyio.to_thread

from stresstune.model.workload import Progress

T = TypeVar("T")
Report = Callable[[Progress], None]

STOPPING_SECONDS = 10.0
"""How long what was asked to stop may take to end its children and close its connections."""


async def run_in_thread(
    run: Callable[[Report | None], T],
    on_progress: Report | None,
    *,
    stop: Callable[[], None],
) -> T:
    """Run something in a thread of its own, and stop it when the caller is cancelled.

    Args:
        run: Is given what reports progress.
        on_progress: Called in the thread of the caller's event loop.
        stop: Asks it to end; called in that thread too.
    """
    stopping, done = threading.Event(), threading.Event()

    def report(progress: Progress) -> None:
        if on_progress is not None and not stopping.is_set():
            anyio.from_thread.run_sync(on_progress, progress)

    def call() -> T:
        try:
            return run(report if on_progress else None)
        finally:
            done.set()

    try:
        return await anyio.to_thread.run_sync(call, abandon_on_cancel=True)
    except BaseException:
        stopping.set()
        stop()
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(partial(done.wait, STOPPING_SECONDS))
        raise
