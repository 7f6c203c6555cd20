"""Running the probes of a job, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from msgspec.structs import replace

from stresstune.errors import Interrupted
from stresstune.model.api import ApiCapacity
from stresstune.model.memory import MemoryCapacity
from stresstune.model.workload import Progress
from stresstune.workflow.job import Job
from stresstune.workflow.options import Subject
from stresstune.workflow.results import Measured
from stresstune.workflow.targets import target_for

OnProgress = Callable[[Progress], None]


def measure(job: Job, on_progress: OnProgress | None = None) -> Measured:
    """Run the probes.

    Raises:
        MeasurementError: One of them could not be begun.
        Interrupted: Ctrl-C; ``partial`` is the `Measured` of what was found until then.
    """
    if job.known is not None:
        return job.known
    memory: MemoryCapacity | None = None
    with _keeping(lambda: memory):
        if job.measures("memory"):
            memory = _probe_memory(job, on_progress)
        api = _probe_api(job, on_progress) if job.measures("api") else None
    return Measured(memory=memory, api=api)


async def ameasure(job: Job, on_progress: OnProgress | None = None) -> Measured:
    """Do the same as `measure` from asynchronous code."""
    if job.known is not None:
        return job.known
    memory: MemoryCapacity | None = None
    with _keeping(lambda: memory):
        if job.measures("memory"):
            memory = await _aprobe_memory(job, on_progress)
        api = await _aprobe_api(job, on_progress) if job.measures("api") else None
    return Measured(memory=memory, api=api)


@contextmanager
def _keeping(memory: Callable[[], MemoryCapacity | None]) -> Iterator[None]:
    """Let an interruption carry what every probe found, not the last one's part alone."""
    try:
        yield
    except KeyboardInterrupt as error:
        partial = getattr(error, "partial", None)
        found = Measured(
            memory=partial if isinstance(partial, MemoryCapacity) else memory(),
            api=partial if isinstance(partial, ApiCapacity) else None,
        )
        raise Interrupted(found if found != Measured() else None) from None


def _probe_memory(job: Job, on_progress: OnProgress | None) -> MemoryCapacity:
    from stresstune.memory.probe import probe_memory  # noqa: PLC0415 - imports psutil

    _announce("memory", f"opening a few sessions ({job.source.name})", on_progress)
    return probe_memory(
        job.workload,
        source=job.source,
        limit_bytes=job.limit_bytes,
        headroom_ratio=job.config.policy.headroom_ratio,
        on_progress=on_progress,
    )


async def _aprobe_memory(job: Job, on_progress: OnProgress | None) -> MemoryCapacity:
    from stresstune.memory.probe import aprobe_memory  # noqa: PLC0415 - imports psutil

    _announce("memory", f"opening a few sessions ({job.source.name})", on_progress)
    return await aprobe_memory(
        job.workload,
        source=job.source,
        limit_bytes=job.limit_bytes,
        headroom_ratio=job.config.policy.headroom_ratio,
        on_progress=on_progress,
    )


def _probe_api(job: Job, on_progress: OnProgress | None) -> ApiCapacity:
    from stresstune.api.probe import probe_api  # noqa: PLC0415 - imports anyio

    _announce("api", f"the probe may spend {job.spending}", on_progress)
    with target_for(job.options, job.config) as target:
        found = probe_api(target, job.workload, budget=job.budget, on_progress=on_progress)
    return _marked(job, found)


async def _aprobe_api(job: Job, on_progress: OnProgress | None) -> ApiCapacity:
    from stresstune.api.probe import aprobe_api  # noqa: PLC0415 - imports anyio

    _announce("api", f"the probe may spend {job.spending}", on_progress)
    with target_for(job.options, job.config) as target:
        found = await aprobe_api(target, job.workload, budget=job.budget, on_progress=on_progress)
    return _marked(job, found)


def _announce(stage: Subject, words: str, on_progress: OnProgress | None) -> None:
    """Say what is about to be done, before it is."""
    if on_progress is not None:
        on_progress(Progress(stage=stage, message=words))


def _marked(job: Job, found: ApiCapacity) -> ApiCapacity:
    return replace(found, simulated=found.simulated or job.options.simulate is not None)
