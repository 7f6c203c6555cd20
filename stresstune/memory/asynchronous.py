"""Runs a probe in a thread; the only user of anyio in this room."""

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


async def run_in_thread(
    run: Callable[[Report | None, threading.Event], T], on_progress: Report | None
) -> T:
    """Run a probe in a thread of its own, and stop it when the caller is cancelled.

    Args:
        run: Is given what reports progress and the flag that asks it to stop. It must stay in the
            thread that it is called in: the kernel ends the probe's child with that thread.
        on_progress: Called in the event loop's thread.
    """
    stop, done = threading.Event(), threading.Event()

    def report(progress: Progress) -> None:
        if on_progress is not None and not stop.is_set():
            anyio.from_thread.run_sync(on_progress, progress)

    def call() -> T:
        try:
            return run(report if on_progress else None, stop)
        finally:
            done.set()

    try:
        return await anyio.to_thread.run_sync(call, abandon_on_cancel=True)
    except BaseException:
        stop.set()
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(partial(done.wait, 10))
        raise
