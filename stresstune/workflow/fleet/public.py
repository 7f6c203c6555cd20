"""``probe_fleet``: what many hosts hold that share one API quota."""

from __future__ import annotations

from functools import partial
from typing import Any

from stresstune.api.target import describe
from stresstune.errors import Interrupted
from stresstune.load.running import run_here
from stresstune.memory.sources import Simulated, Source
from stresstune.model.fleet import FleetCapacity
from stresstune.model.workload import Budget, Workload
from stresstune.workflow.fleet.asked import Asked, OnProgress
from stresstune.workflow.fleet.measure import FleetRun
from stresstune.workflow.fleet.on_host import is_maker
from stresstune.workflow.fleet.order import CallsOrder, check_sendable
from stresstune.workflow.loops import is_asyncio, under_asyncio


def probe_fleet(  # noqa: PLR0913 - those of probe_memory and of probe_api
    client: object,
    workload: Workload | None = None,
    *,
    target: Any = None,  # noqa: ANN401 - a target, or a class of one
    budget: Budget | None = None,
    source: Source | None = None,
    limit_bytes: int | None = None,
    headroom_ratio: float = 0.2,
    on_progress: OnProgress | None = None,
) -> FleetCapacity:
    """Find out what many hosts hold: memory on each of them, and the API once for all.

    Args:
        client: A ``distributed.Client``, a cluster, or the address of a scheduler
            (``tcp://HOST:8786``) or its file; every host runs a ``dask worker`` with the same
            version of stresstune.
        workload: What the replicas are meant to carry together.
        target: What is called, or None to leave the API out. It is sent to the hosts, so it must
            be picklable; ``Gemini`` is given as the class (or ``partial(Gemini, "model")``), so
            that each host makes its own, with the key of its own environment.
        budget: What the probe of the API may spend in all, however many hosts make calls.
        source: What a session is, as in `probe_memory`.
        limit_bytes: Memory to reckon with on each host, if that is less than what there is.
        headroom_ratio: Share of the sessions that fit which is left unused.
        on_progress: Told what is being asked and what is known so far.

    Returns:
        What each host holds and what the API carries. A host that dies, hangs or is cut off is in
        ``missing``, with the reason; the others' results count.

    Raises:
        UsageError: dask.distributed is not installed, or this is no fleet.
        MeasurementError: No scheduler answers, or no worker is there.
        Locked: Another run is measuring this fleet.
        TargetUnusable: No host can make calls that are answered.
        Interrupted: Ctrl-C; its ``partial`` is what was known until then.
        RuntimeError: An event loop is running here; use `aprobe_fleet`.

    >>> probe_fleet("nowhere")
    Traceback (most recent call last):
        ...
    stresstune.errors.UsageError: nowhere is no fleet: give tcp://HOST:8786, ...
    """
    run = FleetRun(
        _asked(workload, target, budget, source, limit_bytes, headroom_ratio), on_progress
    )
    try:
        return run_here(run.run, client, twin="aprobe_fleet")
    except KeyboardInterrupt:
        raise Interrupted(None if run.is_empty else run.capacity()) from None


async def aprobe_fleet(  # noqa: PLR0913 - the same as its twin
    client: object,
    workload: Workload | None = None,
    *,
    target: Any = None,  # noqa: ANN401 - likewise
    budget: Budget | None = None,
    source: Source | None = None,
    limit_bytes: int | None = None,
    headroom_ratio: float = 0.2,
    on_progress: OnProgress | None = None,
) -> FleetCapacity:
    """Do the same as `probe_fleet` from asynchronous code.

    Under trio it runs in a thread, since dask needs asyncio.

    >>> import anyio
    >>> anyio.run(aprobe_fleet, "nowhere")
    Traceback (most recent call last):
        ...
    stresstune.errors.UsageError: nowhere is no fleet: give tcp://HOST:8786, ...
    """
    asked = _asked(workload, target, budget, source, limit_bytes, headroom_ratio)

    async def probe(report: OnProgress | None) -> FleetCapacity:
        return await FleetRun(asked, report).run(client)

    return await (probe(on_progress) if is_asyncio() else under_asyncio(probe, on_progress))


def _asked(
    workload: Workload | None,
    target: Any,  # noqa: ANN401 - see above
    budget: Budget | None,
    source: Source | None,
    limit_bytes: int | None,
    headroom_ratio: float,
) -> Asked:
    check_sendable(target)
    return Asked(
        workload=workload or Workload(),
        budget=budget or Budget(),
        calls=None if target is None else CallsOrder(target=target),
        source=source or Simulated(),
        limit_bytes=limit_bytes,
        headroom_ratio=headroom_ratio,
        name=_name(target),
        simulated=bool(getattr(target, "simulated", False)),
    )


def _name(target: Any) -> str:  # noqa: ANN401 - see above
    if target is None:
        return ""
    made = target.func if isinstance(target, partial) else target
    return str(getattr(made, "__name__", made)) if is_maker(target) else describe(target)
