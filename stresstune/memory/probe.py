"""How many sessions fit in memory?"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial

import msgspec

from stresstune.errors import UsageError
from stresstune.memory.options import ProbeOptions
from stresstune.memory.request import Request
from stresstune.memory.restarts import check_room, fewest
from stresstune.memory.run import Run
from stresstune.memory.sources import App, Simulated, Source
from stresstune.memory.teller import OnProgress
from stresstune.memory.what_if import Variant, measured_advice, of_environment, variants
from stresstune.model.memory import MemoryCapacity, MemoryMode
from stresstune.model.workload import Progress, Workload
from stresstune.probed import refuse_within_a_probe


def probe_memory(  # noqa: PLR0913 - six names are the contract, the rest is in the options
    workload: Workload | None = None,
    *,
    source: Source | None = None,
    mode: MemoryMode = "predict",
    limit_bytes: int | None = None,
    headroom_ratio: float = 0.2,
    on_progress: OnProgress | None = None,
    options: ProbeOptions | None = None,
) -> MemoryCapacity:
    """Open sessions in a sacrificial child process, and say how many fit in memory.

    ``predict`` opens a few and reckons: N = (limit - baseline - T) / b, where b is what a session
    keeps and T what it needs for a moment beyond that. It stays clear of the limit. ``fill`` opens
    them one after the other, up to the workload's sessions or until the next could be too many.

    Args:
        workload: What a session holds and how many are wanted; by default `Workload()`.
        source: What a session is: `Simulated` (default), `Factory` or `App`.
        mode: ``predict`` or ``fill``.
        limit_bytes: Reckon with a machine that has so much memory, if that is less than what this
            one has; what else runs here is then not counted. In bytes.
        headroom_ratio: Share of the sessions that fit which ``safe_sessions`` leaves unused.
        on_progress: Called after each step, in the calling thread.
        options: Rarely needed; see `ProbeOptions`.

    Returns:
        What was found. A source that fails is an answer too: see ``stopped_by`` and ``error``.

    Raises:
        ValueError: An argument is outside of what is possible.
        UsageError: The factory or the app does not exist or cannot be started; variables are to be
            tried on simulated sessions; or this is called by what a probe has started.
        ProbeUnsafe: ``until="crash"`` where the kernel could kill more than the child.
        MeasurementError: No child process can be started.
        Interrupted: Ctrl-C; ``partial`` holds what was found until then. No child is left.

    >>> from stresstune.model.workload import Workload
    >>> small = Workload(sessions=4, images_per_session=2, image_bytes=1_000_000)
    >>> probe_memory(small, limit_bytes=1_000_000_000).stopped_by
    'target'
    """
    return _measure(
        _request(workload, source, mode, limit_bytes, headroom_ratio, options, on_progress)
    )


async def aprobe_memory(  # noqa: PLR0913 - the same as its twin
    workload: Workload | None = None,
    *,
    source: Source | None = None,
    mode: MemoryMode = "predict",
    limit_bytes: int | None = None,
    headroom_ratio: float = 0.2,
    on_progress: OnProgress | None = None,
    options: ProbeOptions | None = None,
) -> MemoryCapacity:
    """Do what `probe_memory` does, in a thread, under asyncio or trio.

    Cancellation ends the child before it is passed on. ``on_progress`` is called in the event
    loop's thread.

    >>> import anyio
    >>> from stresstune.model.workload import Workload
    >>> small = Workload(sessions=2, images_per_session=1, image_bytes=100_000)
    >>> anyio.run(aprobe_memory, small).stopped_by
    'target'
    """
    from stresstune.load.thread import run_in_thread  # noqa: PLC0415 - anyio only here

    stop = threading.Event()
    request = _request(workload, source, mode, limit_bytes, headroom_ratio, options, None)

    def run(report: OnProgress | None) -> MemoryCapacity:
        # It must stay in this thread: the kernel ends the probe's child with it.
        return _measure(msgspec.structs.replace(request, on_progress=report, stop=stop.is_set))

    return await run_in_thread(run, on_progress, stop=stop.set)


def _request(  # noqa: PLR0913, PLR0917 - as many as the contract names
    workload: Workload | None,
    source: Source | None,
    mode: MemoryMode,
    limit_bytes: int | None,
    headroom_ratio: float,
    options: ProbeOptions | None,
    on_progress: OnProgress | None,
) -> Request:
    refuse_within_a_probe()
    if mode not in ("predict", "fill"):
        raise ValueError(f"mode is {mode!r}: it must be 'predict' or 'fill'")
    if not 0 <= headroom_ratio < 1:
        raise ValueError(f"headroom_ratio is {headroom_ratio}: it must be at least 0 and below 1")
    if limit_bytes is not None and limit_bytes <= 0:
        raise ValueError(f"limit_bytes is {limit_bytes}: it must be above 0 bytes")
    source, options = source or Simulated(), options or ProbeOptions()
    if options.what_if_environment and isinstance(source, Simulated):
        raise UsageError(
            f"simulated sessions read no {', '.join(options.what_if_environment)}: measure your "
            "own app (--app) or function (--factory) with it"
        )
    return Request(
        workload=workload or Workload(),
        source=source,
        mode=mode,
        limit_bytes=limit_bytes,
        headroom_ratio=headroom_ratio,
        options=options,
        on_progress=on_progress,
    )


def _probe(request: Request) -> MemoryCapacity:
    run = Run(request)
    capacity = run.capacity()
    if isinstance(request.source, App) and request.mode == "predict":
        start = partial(_start_again, request, run.rooms_bytes)
        return fewest(capacity, start, within_seconds=request.max_seconds)
    return capacity


def _start_again(request: Request, rooms_bytes: Sequence[int], which: int) -> MemoryCapacity:
    if request.on_progress is not None:
        words = f"starting the app again, since heaps fill by chance: start {which}"
        request.on_progress(Progress(stage="memory", message=words))
    again = Run(msgspec.structs.replace(request, on_progress=None))
    check_room(rooms_bytes, again.rooms_bytes)
    return again.capacity()


def _measure(request: Request) -> MemoryCapacity:
    """Probe, and where it is asked for, probe again in other ways."""
    capacity = _probe(request)
    tried = _variants(request)
    if not tried:
        return capacity
    quiet = msgspec.structs.replace(request, mode="predict", on_progress=None)

    def again(variant: Variant) -> MemoryCapacity:
        if request.on_progress is not None:
            held = float(capacity.held_sessions)
            words = f"measuring what if: {variant.what}"
            request.on_progress(Progress(stage="memory", message=words, done=held))
        return _probe(
            msgspec.structs.replace(
                quiet,
                source=variant.source,
                workload=variant.workload,
                environment=variant.environment,
            )
        )

    return msgspec.structs.replace(capacity, advice=measured_advice(capacity, tried, again))


def _variants(request: Request) -> list[Variant]:
    """List what is to be measured besides: what was asked for by name, then the usual."""
    source, workload, options = request.source, request.workload, request.options
    named = options.what_if_environment
    asked = [of_environment(source, workload, named)] if named else []
    return [*asked, *(variants(source, workload) if options.what_if else ())]
