"""An hour in a moment, on both backends: time jumps to the next timer when nothing is ready.

Trio has its own clock for that. For asyncio a loop whose selector never waits does the same; it
knows nothing of threads, so nothing under test may use any.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import anyio
import trio.testing

BACKENDS = ("asyncio", "trio")

T = TypeVar("T")


class _NeverWaiting(selectors.BaseSelector):
    """Answers at once what is ready; a wait for a timer moves the clock instead."""

    def __init__(self) -> None:
        self._real = selectors.DefaultSelector()
        self.now_seconds = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            return self._real.select(1.0)  # no timer at all: a deadlock, or a signal to come
        ready = self._real.select(0)
        if not ready:
            self.now_seconds += max(timeout, 0.0)
        return ready

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop in which waiting takes no time."""

    def __init__(self) -> None:
        self._never_waiting = _NeverWaiting()
        super().__init__(self._never_waiting)

    def time(self) -> float:
        return self._never_waiting.now_seconds

    def stall(self, seconds: float) -> None:
        """Let time pass as if this thread had been busy."""
        self._never_waiting.now_seconds += seconds


def backend(name: str) -> tuple[str, dict[str, object]]:
    """Return a backend with a clock of its own, as anyio's fixture and `anyio.run` want it."""
    if name == "trio":
        return name, {"clock": trio.testing.MockClock(autojump_threshold=0)}
    return name, {"loop_factory": VirtualTimeLoop}


def run(function: Callable[..., Awaitable[T]], *arguments: object, on: str = "asyncio") -> T:
    """Run an async function to its end in virtual time."""
    name, options = backend(on)
    return anyio.run(function, *arguments, backend=name, backend_options=options)


def stall(seconds: float) -> None:
    """Let virtual time pass while nothing else runs, as a busy event loop does."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        clock = trio.lowlevel.current_clock()
        assert isinstance(clock, trio.testing.MockClock)
        clock.jump(seconds)
    else:
        assert isinstance(loop, VirtualTimeLoop)
        loop.stall(seconds)
