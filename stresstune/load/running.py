"""Running asynchronous code from synchronous code."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

T = TypeVar("T")


def run_here(function: Callable[..., Awaitable[T]], *arguments: object, twin: str) -> T:
    """Run an async function to its end, in an event loop of its own.

    Args:
        function: What is run.
        arguments: What it is given.
        twin: The name of what is to be awaited where a loop runs already.

    Raises:
        RuntimeError: One does.
    """
    if _is_inside_of_a_loop():
        raise RuntimeError(
            f"an event loop runs in this thread already: await {twin}(…) instead, or make this "
            "call in a thread (asyncio.to_thread, trio.to_thread.run_sync)"
        )
    return anyio.run(function, *arguments)


def _is_inside_of_a_loop() -> bool:
    try:
        anyio.current_time()
    except RuntimeError:
        return False
    return True
