"""Running the probes of a job, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from stresstune.errors import Interrupted
from stresstune.model.memory import MemoryCapacity
from stresstune.workflow import probes
from stresstune.workflow.announce import OnProgress
from stresstune.workflow.job import Job
from stresstune.workflow.loops import refuse_inside_of_a_loop
from stresstune.workflow.results import Measured, as_measured


def measure(job: Job, on_progress: OnProgress | None = None) -> Measured:
    """Run the probes.

    Raises:
        MeasurementError: One of them could not be begun.
        UsageError: The API is to be probed, and an event loop runs in this thread.
        Interrupted: Ctrl-C; ``partial`` is the `Measured` of what was found until then.
    """
    if job.known is not None:
        return job.known
    if job.measures("api"):
        refuse_inside_of_a_loop()
    if job.options.fleet is not None:
        from stresstune.workflow.fleet.job import measure_fleet  # noqa: PLC0415 - for a fleet only

        return measure_fleet(job, on_progress)
    memory: MemoryCapacity | None = None
    with keeping(lambda: memory):
        if job.measures("memory"):
            if job.measures("api"):
                probes.check_api(job, on_progress)
            memory = probes.probe_memory(job, on_progress)
        api = probes.probe_api(job, on_progress) if job.measures("api") else None
    return Measured(memory=memory, api=api)


async def ameasure(job: Job, on_progress: OnProgress | None = None) -> Measured:
    """Do the same as `measure` from asynchronous code."""
    if job.known is not None:
        return job.known
    if job.options.fleet is not None:
        from stresstune.workflow.fleet.job import ameasure_fleet  # noqa: PLC0415 - likewise

        return await ameasure_fleet(job, on_progress)
    memory: MemoryCapacity | None = None
    with keeping(lambda: memory):
        if job.measures("memory"):
            if job.measures("api"):
                await probes.acheck_api(job, on_progress)
            memory = await probes.aprobe_memory(job, on_progress)
        api = await probes.aprobe_api(job, on_progress) if job.measures("api") else None
    return Measured(memory=memory, api=api)


@contextmanager
def keeping(memory: Callable[[], MemoryCapacity | None]) -> Iterator[None]:
    """Let an interruption carry what every probe found, not the last one's part alone.

    So does any error of the second probe: what the first one found is not lost.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        partial = as_measured(getattr(error, "partial", None)) or Measured()
        found = Measured(memory=partial.memory or memory(), api=partial.api)
        raise Interrupted(found if found != Measured() else None) from None
    except BaseException as error:
        if (held := memory()) is not None:
            error.partial = Measured(memory=held)  # type: ignore[attr-defined]
        raise
