"""One probe of a job each, announced before it begins, with its twin for asynchronous code."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from stresstune.api.meaning import meanings
from stresstune.config.slow_mode import has_slow_mode
from stresstune.model.memory import MemoryMode
from stresstune.policy import judge, recommend
from stresstune.policy.classic import most_calls
from stresstune.workflow.announce import (
    OnProgress,
    announce,
    announce_opening,
    announce_sessions,
    announce_spending,
)
from stresstune.workflow.daily import notes_on
from stresstune.workflow.loadtest import LoadTest
from stresstune.workflow.loops import is_asyncio, under_asyncio
from stresstune.workflow.selftest import Ceiling, is_wanted, self_test
from stresstune.workflow.targets import model_of, target_for

if TYPE_CHECKING:
    from stresstune.api.probe import ApiRun
    from stresstune.memory.options import ProbeOptions
    from stresstune.model.api import ApiCapacity
    from stresstune.model.load import LoadResult
    from stresstune.model.memory import MemoryCapacity
    from stresstune.workflow.job import Job

SELF_TEST = "self-test: making calls to an emulator for a second"


@dataclass(frozen=True, kw_only=True)
class Watched:
    """An app that runs already.

    Attributes:
        pid: Its first process.
        sessions_from: URL or command that prints how many sessions it holds.
        seconds: For how long it is watched; None until it ends, or Ctrl-C.
    """

    pid: int
    sessions_from: str
    seconds: float | None = None


def probe_memory(
    job: Job,
    on_progress: OnProgress | None,
    mode: MemoryMode = "predict",
    options: ProbeOptions | None = None,
) -> MemoryCapacity:
    """Find out how many sessions fit in memory."""
    from stresstune.memory import probe  # noqa: PLC0415 - imports psutil

    announce_sessions(job, on_progress)
    return probe.probe_memory(
        job.workload,
        source=job.source,
        mode=mode,
        limit_bytes=job.limit_bytes,
        headroom_ratio=job.config.policy.headroom_ratio,
        on_progress=on_progress,
        options=options,
    )


def watch_memory(job: Job, on_progress: OnProgress | None, watched: Watched) -> MemoryCapacity:
    """Find out how many sessions fit in the memory of an app that runs already."""
    from stresstune.memory import watch  # noqa: PLC0415 - imports psutil

    words = f"watching process {watched.pid}, as its sessions come"
    announce("memory", f"{words}; Ctrl-C ends it with what was found", on_progress)
    return watch.watch_process(
        watched.pid,
        watch.session_counter(watched.sessions_from),
        workload=job.workload,
        options=watch.WatchOptions(
            seconds=watched.seconds,
            limit_bytes=job.limit_bytes,
            headroom_ratio=job.config.policy.headroom_ratio,
        ),
        on_progress=on_progress,
    )


async def aprobe_memory(
    job: Job, on_progress: OnProgress | None, mode: MemoryMode = "predict"
) -> MemoryCapacity:
    """Do the same as `probe_memory`."""
    from stresstune.memory import probe  # noqa: PLC0415 - imports psutil

    announce_sessions(job, on_progress)
    return await probe.aprobe_memory(
        job.workload,
        source=job.source,
        mode=mode,
        limit_bytes=job.limit_bytes,
        headroom_ratio=job.config.policy.headroom_ratio,
        on_progress=on_progress,
    )


def check_api(job: Job, on_progress: OnProgress | None) -> None:
    """Find out for free whether key and model are right, before the slower probe of memory.

    Raises:
        TargetUnusable: Every call would fail.
    """
    import anyio  # noqa: PLC0415 - only where something is measured

    if _is_gemini(job):
        anyio.run(acheck_api, job, on_progress)


async def acheck_api(job: Job, on_progress: OnProgress | None) -> None:
    """Do the same as `check_api`."""
    if not _is_gemini(job):
        return
    if _needs_another_loop(job):
        await under_asyncio(partial(acheck_api, job), on_progress)
        return
    announce_opening(job, on_progress)
    from stresstune.api.gemini import Gemini  # noqa: PLC0415 - imports google-genai

    with target_for(job.options, job.config) as target:
        if isinstance(target, Gemini):
            async with target:
                await target.check()


def _is_gemini(job: Job) -> bool:
    return job.options.simulate is None and bool(model_of(job.options, job.config))


def probe_api(job: Job, on_progress: OnProgress | None) -> ApiCapacity:
    """Find out which limit of the API binds."""
    from stresstune.api import probe  # noqa: PLC0415 - imports anyio

    announce_spending(job, job.budget, on_progress)
    ceiling = _tested(job, None, on_progress)
    announce_opening(job, on_progress)
    with target_for(job.options, job.config) as target:
        found = probe.run_probe(_run_of(job, on_progress, ceiling), target)
    return _marked(job, found, ceiling)


async def aprobe_api(job: Job, on_progress: OnProgress | None) -> ApiCapacity:
    """Do the same as `probe_api`."""
    if _needs_another_loop(job):
        return await under_asyncio(partial(aprobe_api, job), on_progress)
    from stresstune.api import probe  # noqa: PLC0415 - imports anyio

    announce_spending(job, job.budget, on_progress)
    ceiling = await _atested(job, None, on_progress)
    announce_opening(job, on_progress)
    with target_for(job.options, job.config) as target:
        found = await probe.probe_with(_run_of(job, on_progress, ceiling), target)
    return _marked(job, found, ceiling)


def _run_of(job: Job, on_progress: OnProgress | None, ceiling: Ceiling | None) -> ApiRun:
    from stresstune.api.probe import ApiRun  # noqa: PLC0415 - imports anyio

    run = ApiRun(job.workload, job.budget, on_progress)
    run.simulated = job.options.simulate is not None
    if ceiling is not None:
        run.most_per_second = ceiling.most_per_second
    return run


def run_test(job: Job, test: LoadTest, on_progress: OnProgress | None) -> LoadResult:
    """Run a classic test, and read it for the sessions that this workload wants."""
    from stresstune.api import classic  # noqa: PLC0415 - imports anyio

    announce_spending(job, test.requests, on_progress)
    _tested(job, test, on_progress)
    announce_opening(job, on_progress)
    with target_for(job.options, job.config) as target:
        match test.kind:
            case "burst":
                found = classic.burst(target, test.concurrent, on_progress=on_progress)
            case "sustained":
                rate, seconds = test.rate_per_second, test.seconds
                found = classic.sustained(target, rate, seconds, on_progress=on_progress)
            case "ramp":
                found = classic.ramp(target, stop=test.stop, on_progress=on_progress)
    return _read(job, found)


async def arun_test(job: Job, test: LoadTest, on_progress: OnProgress | None) -> LoadResult:
    """Do the same as `run_test`."""
    if _needs_another_loop(job):
        return await under_asyncio(partial(arun_test, job, test), on_progress)
    from stresstune.api import classic  # noqa: PLC0415 - imports anyio

    announce_spending(job, test.requests, on_progress)
    await _atested(job, test, on_progress)
    announce_opening(job, on_progress)
    with target_for(job.options, job.config) as target:
        match test.kind:
            case "burst":
                found = await classic.aburst(target, test.concurrent, on_progress=on_progress)
            case "sustained":
                rate, seconds = test.rate_per_second, test.seconds
                found = await classic.asustained(target, rate, seconds, on_progress=on_progress)
            case "ramp":
                found = await classic.aramp(target, stop=test.stop, on_progress=on_progress)
    return _read(job, found)


def _needs_another_loop(job: Job) -> bool:
    """Tell whether the calls need asyncio (through aiohttp), and something else runs here."""
    target = job.options.target
    return (target is None or getattr(target, "needs_asyncio", False)) and not is_asyncio()


def _read(job: Job, found: LoadResult) -> LoadResult:
    """Read a classic test for the wanted sessions: by itself it knows of the classic 30 only."""
    asked = max(1, min(job.workload.sessions, most_calls(found)))
    workload = replace(job.workload, sessions=asked)
    verdict = judge(api=found, workload=workload, policy=job.config.policy)
    wanted = recommend(verdict, slow_mode=_knows_slow_mode(job))
    words = f"For {asked} sessions: {verdict.findings[0].statement}."
    if asked < job.workload.sessions:
        words += f" {job.workload.sessions} are wanted, and of so many it tells nothing."
    elif wanted.max_concurrent_sessions is not None:
        words += f" Let in {wanted.max_concurrent_sessions}"
        words += ", in slow mode." if wanted.slow_mode_default else "."
    if verdict.tier == "good":
        words += " A test this short does not prove a quota: run `stresstune probe api`."
    for_the_day = meanings(quota for attempt in found.attempts for quota in attempt.quotas)
    words = " ".join([words, *for_the_day])
    return replace(
        found,
        tier=verdict.tier,
        recommendation=words,
        simulated=job.options.simulate is not None,
    )


def _knows_slow_mode(job: Job) -> bool:
    """Tell whether the app can be slowed down; where there is no app, it is the shipped one."""
    return not Path(job.path).exists() or has_slow_mode(job.config)


def _tested(job: Job, test: LoadTest | None, on_progress: OnProgress | None) -> Ceiling | None:
    """Find out what this machine can do at all, and warn where that may be too little."""
    if not is_wanted(job):
        return None
    announce("api", SELF_TEST, on_progress)
    ceiling = self_test(job, test)
    announce("api", ceiling.words, on_progress)
    return ceiling


async def _atested(
    job: Job, test: LoadTest | None, on_progress: OnProgress | None
) -> Ceiling | None:
    from anyio.to_thread import run_sync  # noqa: PLC0415 - for asynchronous programs only

    if not is_wanted(job):
        return None
    announce("api", SELF_TEST, on_progress)
    ceiling = await run_sync(self_test, job, test)
    announce("api", ceiling.words, on_progress)
    return ceiling


def _marked(job: Job, found: ApiCapacity, ceiling: Ceiling | None) -> ApiCapacity:
    tested = (ceiling.words,) if ceiling is not None else ()
    return replace(
        found,
        notes=(*found.notes, *notes_on(found, job.daily), *tested),
    )
