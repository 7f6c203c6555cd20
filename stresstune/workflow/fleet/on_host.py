"""What runs on the hosts, in a worker: short, and nothing that stops the worker from answering.

Every function returns its failures: what it raised would be written to the worker's log, with its
arguments.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from functools import partial
from typing import Any

from anyio import to_thread

from stresstune.fleet.agent import Agent, Order, Report
from stresstune.fleet.around import engine_version, nanny_variables, terminate_ratio
from stresstune.fleet.hosts import Greeting
from stresstune.memory.ends.identity import HOST_VARIABLE, memory_identity
from stresstune.model.memory import MemoryCapacity
from stresstune.units import format_bytes
from stresstune.workflow.fleet.file_on_host import file_problem
from stresstune.workflow.fleet.order import (
    CallsOrder,
    Failed,
    Look,
    MemoryOrder,
)
from stresstune.workflow.here import installed_version
from stresstune.workflow.selftest import Ceiling, ceiling_of

OPEN_SECONDS = 45.0
"""So long may it take to open and check the target, with its imports."""

CHILD_GRACE_SECONDS = 15.0

END_SECONDS = 5.0
"""So long may the process that probes take to end its sessions; then it is killed."""

_BOOT = (
    "import sys; sys.path[:] = sys.argv[1].split('\\n'); "
    "from stresstune.workflow.fleet.child import main; main()"
)
"""Not ``-m``: the child must find its modules where the worker finds them."""

_AGENTS: dict[str, Agent] = {}
_CHILDREN: dict[str, asyncio.subprocess.Process] = {}


async def look(order: Look, dask_worker: Any = None) -> Greeting:  # noqa: ANN401 - dask's own
    """Say which memory this worker is in, and whether anything there would interfere."""
    stated = os.environ.get(HOST_VARIABLE, "")
    return Greeting(
        memory_id=stated or memory_identity(),
        name=stated or socket.gethostname(),
        version=installed_version(),
        pid=os.getpid(),
        nanny_pid=os.getppid() if getattr(dask_worker, "nanny", None) else None,
        notes=_interference(dask_worker),
        file_problem=file_problem(order),
        engine_version=engine_version(),
        worker=_name_of(dask_worker),
    )


async def beat() -> None:
    """Be there."""


async def measure_memory(order: MemoryOrder) -> MemoryCapacity | Failed:
    """Find out how many sessions fit here, in a process of its own."""
    try:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _BOOT,
            "\n".join(sys.path),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_as_the_app_has_it(),
        )
    except OSError as error:
        return Failed(reason=f"no process could be started there: {error.strerror or error}")
    _CHILDREN[order.run_id] = child
    try:
        return await _answer_of(child, order)
    finally:
        _CHILDREN.pop(order.run_id, None)
        await _ended(child)


async def end_run(run_id: str) -> None:
    """End whatever this run has here: it was given up."""
    child = _CHILDREN.get(run_id)
    if child is not None and child.stdin is not None:
        child.stdin.close()
    await close_calls(run_id)


async def self_test(order: CallsOrder) -> Ceiling:
    """Find out how many such calls a second are made from here at all, against an emulator here."""
    assert order.options is not None
    assert order.config is not None
    needed = order.needed_per_second or 0.0
    # not asyncio's own, which would tell anyio that a loop is running in that thread
    return await to_thread.run_sync(ceiling_of, order.options, order.config, needed)


async def open_calls(order: CallsOrder) -> Report | Failed:
    """Open the target here, and be ready to call it."""
    from stresstune.api.probe import OutcomeReader  # noqa: PLC0415 - where calls are made only

    for run_id, agent in list(_AGENTS.items()):
        if agent.has_ended:
            del _AGENTS[run_id]
    agent = Agent(
        opening=partial(_opened, order),
        reader=OutcomeReader(),
        timeout_seconds=order.timeout_seconds,
    )
    report = await asyncio.to_thread(agent.open, OPEN_SECONDS)
    if report.error:
        await asyncio.to_thread(agent.close)
        return Failed(reason=report.error)
    _AGENTS[order.run_id] = agent
    return report


async def exchange(run_id: str, orders: Sequence[Order], wait_seconds: float) -> Report | Failed:
    """Take orders for calls, and tell of those that ended."""
    agent = _AGENTS.get(run_id)
    if agent is None or agent.has_ended:
        return Failed(reason="its part of the run has ended: the worker was started anew, say")
    return await asyncio.to_thread(agent.exchange, orders, wait_seconds)


async def close_calls(run_id: str) -> None:
    """Cut off what is under way, and close the target."""
    agent = _AGENTS.pop(run_id, None)
    if agent is not None:
        await asyncio.to_thread(agent.close)


def _name_of(worker: Any) -> str:  # noqa: ANN401 - a dask worker
    """Return what somebody named this worker; dask itself names it by its address, or a number."""
    name = getattr(worker, "name", "")
    return name if isinstance(name, str) and "://" not in name else ""


def _interference(worker: Any) -> tuple[str, ...]:  # noqa: ANN401 - a dask worker
    """Say which of the engine's settings would end or hold up a run here."""
    notes = []
    lifetime = getattr(worker, "lifetime", None)
    if lifetime:
        notes.append(f"this worker ends by itself (--lifetime {lifetime:g} s): it may be in a run")
    manager = getattr(worker, "memory_manager", None)
    limit = getattr(manager, "memory_limit", None)
    terminate = terminate_ratio()
    if limit and terminate and getattr(worker, "nanny", None):
        used = worker.monitor.get_process_memory()
        if used > 0.8 * terminate * limit:
            notes.append(
                f"the worker itself holds {format_bytes(used)}, and dask's nanny ends it at "
                f"{format_bytes(terminate * limit)} (--memory-limit x terminate): a run here may "
                "be lost. Give the worker a larger --memory-limit, or 0; the sessions are opened "
                "in another process, which the nanny does not look at"
            )
    return tuple(notes)


def _as_the_app_has_it() -> dict[str, str]:
    """Return the environment without what dask's nanny set for its own workers."""
    theirs = nanny_variables()
    return {name: value for name, value in os.environ.items() if name not in theirs}


async def _answer_of(
    child: asyncio.subprocess.Process, order: MemoryOrder
) -> MemoryCapacity | Failed:
    assert child.stdin is not None
    assert child.stdout is not None
    told = pickle.dumps(order)
    with suppress(ConnectionError):  # it ended at once; reading tells
        child.stdin.write(len(told).to_bytes(8, "big") + told)
        await child.stdin.drain()
    try:
        async with asyncio.timeout(order.max_seconds + CHILD_GRACE_SECONDS):
            said = await child.stdout.read()
    except TimeoutError:
        return Failed(reason=f"the probe had not ended after {order.max_seconds:g} s")
    try:
        answer: MemoryCapacity | Failed = pickle.loads(said)  # noqa: S301 - our own child's word
    except (EOFError, pickle.UnpicklingError):
        await child.wait()
        return Failed(reason=f"the probe's process ended with {child.returncode}")
    return answer


async def _ended(child: asyncio.subprocess.Process) -> None:
    """Let it end itself, by the end of its input, and its sessions with it."""
    if child.stdin is not None:
        child.stdin.close()
    try:
        async with asyncio.timeout(END_SECONDS):
            await child.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


@asynccontextmanager
async def _opened(order: CallsOrder) -> AsyncIterator[Any]:
    from stresstune.api.target import check_target, open_target  # noqa: PLC0415 - see open_calls

    with _target_of(order) as target:
        async with open_target(target) as opened:
            await check_target(opened)
            yield opened


def _target_of(order: CallsOrder) -> AbstractContextManager[Any]:
    from stresstune.workflow.targets import self_test_target, target_for  # noqa: PLC0415

    if order.target is not None:
        return nullcontext(order.target() if is_maker(order.target) else order.target)
    assert order.options is not None
    assert order.config is not None
    if order.emulator_url is not None:
        return nullcontext(self_test_target(order.options, order.config, order.emulator_url))
    return target_for(order.options, order.config)


def is_maker(target: object) -> bool:
    """Tell whether this makes a target where it is called: a class, or a partial of one.

    >>> is_maker(dict), is_maker(partial(dict, a=1)), is_maker(partial(print))
    (True, True, False)
    """
    made = target.func if isinstance(target, partial) else target
    return isinstance(made, type)
