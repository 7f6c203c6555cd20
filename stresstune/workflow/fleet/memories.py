"""Asking hosts for their memory, and giving up those that fall silent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio

from stresstune.fleet.engine import Engine
from stresstune.fleet.hosts import Host, HostLost
from stresstune.model.memory import MemoryCapacity
from stresstune.workflow.fleet import on_host
from stresstune.workflow.fleet.order import Failed, MemoryOrder

AT_ONCE = 64
"""Hosts that are asked at the same time."""

BEAT_SECONDS = 10.0
"""A host that says nothing for so long, while sessions are opened there, is given up."""

LAG_SECONDS = 5.0


async def memory_of(engine: Engine, host: Host, order: MemoryOrder) -> MemoryCapacity | Failed:
    """Have one host probe its memory."""
    timeout = order.max_seconds + on_host.CHILD_GRACE_SECONDS + LAG_SECONDS
    try:
        found: MemoryCapacity | Failed = await engine.call(
            host.speaker, on_host.measure_memory, order, timeout_seconds=timeout
        )
    except HostLost as error:
        return _lost(error)
    return found


async def while_it_beats(
    engine: Engine,
    host: Host,
    work: Awaitable[MemoryCapacity | Failed],
    every_seconds: float,
) -> MemoryCapacity | Failed:
    """Wait for something on a host, and give the host up when it falls silent meanwhile."""
    found: MemoryCapacity | Failed = Failed(reason="it fell silent")

    async def beat(scope: anyio.CancelScope) -> None:
        nonlocal found
        while True:
            await anyio.sleep(every_seconds)
            try:
                await engine.call(host.speaker, on_host.beat, timeout_seconds=BEAT_SECONDS)
            except HostLost as error:
                found = _lost(error)
                scope.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(beat, tasks.cancel_scope)
        found = await work
        tasks.cancel_scope.cancel()
    return found


async def for_each(names: tuple[str, ...], work: Callable[[str], Awaitable[Any]]) -> dict[str, Any]:
    """Do something for each of them, some at a time, and return what came of it."""
    found: dict[str, Any] = {}
    free = anyio.Semaphore(AT_ONCE)

    async def one(name: str) -> None:
        async with free:
            found[name] = await work(name)

    async with anyio.create_task_group() as tasks:
        for name in names:
            tasks.start_soon(one, name)
    return {name: found[name] for name in names}


def _lost(error: HostLost) -> Failed:
    return Failed(reason=f"lost while its memory was measured: {error}")
