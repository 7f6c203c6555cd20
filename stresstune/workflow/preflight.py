"""The short check before the event: a few real sessions, a few real calls, ready or not."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace

from stresstune.config.settings import settings_of
from stresstune.errors import UsageError
from stresstune.model.api import ApiCapacity
from stresstune.model.change import Origin
from stresstune.model.load import LoadResult, QuotaStatement
from stresstune.model.memory import MemoryCapacity
from stresstune.model.record import Record
from stresstune.model.verdict import Finding, Tier
from stresstune.policy import judge, recommend
from stresstune.policy.classic import most_calls
from stresstune.policy.judge import worst
from stresstune.workflow import probes
from stresstune.workflow.job import Job, new_job
from stresstune.workflow.loadtest import LoadTest
from stresstune.workflow.loops import refuse_inside_of_a_loop
from stresstune.workflow.measure import keeping
from stresstune.workflow.options import TuneOptions
from stresstune.workflow.past import past_runs
from stresstune.workflow.results import Measured

if TYPE_CHECKING:
    from typing import Unpack

    from stresstune.workflow.announce import OnProgress
    from stresstune.workflow.options import TuneKeywords

SESSIONS = 5
"""Sessions that are opened and held."""

BURST = 10
"""Calls that are made at once; no more than the app lets users in."""

CAVEAT = (
    "a burst proves no quota: it lasts seconds, and a quota counts a minute or a day. "
    "`stresstune apply` measures the quota itself"
)


class Preflight(Record, frozen=True, kw_only=True, tag_field="record", tag="preflight"):
    """Is it ready?

    Attributes:
        path: The config.
        ready: Nothing that was seen speaks against it: memory holds as many sessions as the app
            lets in, no call of the burst failed, and the last applied run did not find that the API
            carries fewer. That is less than a proof, see ``notes``. None where it could not be
            told.
        sessions: Sessions that the app lets in, environment overrides applied.
        tier: The judgement for so many.
        findings: The same for each subject.
        memory: What was measured of memory, or None.
        api: What became of the burst, or None.
        simulated: The API was the emulator.
        notes: What this short a look does not tell, and what is known beyond it.

    >>> found = Preflight(path="workshop.toml", ready=None, sessions=30, tier="inconclusive")
    >>> "ready" if found.ready else "not proved to be"
    'not proved to be'
    """

    path: str
    ready: bool | None
    sessions: int
    tier: Tier
    findings: tuple[Finding, ...] = ()
    memory: MemoryCapacity | None = None
    api: LoadResult | None = None
    simulated: bool = False
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain values, without the single calls."""
        plain = super().to_dict()
        if plain["api"] is not None:
            plain["api"] = {**plain["api"], "attempts": []}
        return plain


def preflight(
    path: str | os.PathLike[str] = "workshop.toml",
    *,
    on_progress: OnProgress | None = None,
    **options: Unpack[TuneKeywords],
) -> Preflight:
    """Open five sessions, make up to ten calls at once, and say whether anything speaks against it.

    It is judged for the sessions that the app lets in now, not for those that are wanted; no more
    calls are made than that. Nothing is written.

    Args:
        path: The config.
        on_progress: Called with what is being done.
        **options: Those of `stresstune.workflow.options.TuneOptions` that say what is measured.

    Raises:
        UsageError: The config or the options ask for something that cannot be, or there is no key.
        MeasurementError: A probe could not be begun.
        Interrupted: Ctrl-C; its ``partial`` is what was measured until then.

    >>> async def edit(): ...  # your call to the API
    >>> found = preflight("workshop.toml", target=edit, only="api")
    >>> found.sessions, found.api.total  # and .ready, unless this machine was too busy to tell
    (30, 10)
    """
    job = new_job(path, _asked(**options))
    return answer(job, hold(job, on_progress))


async def apreflight(
    path: str | os.PathLike[str] = "workshop.toml",
    *,
    on_progress: OnProgress | None = None,
    **options: Unpack[TuneKeywords],
) -> Preflight:
    """Do the same as `preflight` from asynchronous code.

    >>> import anyio
    >>> from functools import partial
    >>> async def edit(): ...  # your call to the API
    >>> anyio.run(partial(apreflight, "workshop.toml", target=edit, only="api")).api.total
    10
    """
    job = new_job(path, _asked(**options))
    memory: MemoryCapacity | None = None
    with keeping(lambda: memory):
        if job.measures("memory"):
            if job.measures("api"):
                await probes.acheck_api(job, on_progress)
            memory = await probes.aprobe_memory(_of_five(job), on_progress, "fill")
        api = None
        if job.measures("api"):
            api = await probes.arun_test(job, _burst(job), on_progress)
    return answer(job, Measured(memory=memory, api=api))


def _asked(**options: Unpack[TuneKeywords]) -> TuneOptions:
    asked = TuneOptions(**options)
    others = {"results": asked.results, "fallback": asked.fallback, "fleet": asked.fleet}
    for name, given in others.items():
        if given:
            raise UsageError(f"preflight measures here and now: it does not go with {name}")
    return asked


def hold(job: Job, on_progress: OnProgress | None) -> Measured:
    """Hold the sessions, then make the burst."""
    if job.measures("api"):
        refuse_inside_of_a_loop()
    memory: MemoryCapacity | None = None
    with keeping(lambda: memory):
        if job.measures("memory"):
            if job.measures("api"):
                probes.check_api(job, on_progress)
            memory = probes.probe_memory(_of_five(job), on_progress, "fill")
        api = probes.run_test(job, _burst(job), on_progress) if job.measures("api") else None
    return Measured(memory=memory, api=api)


def answer(job: Job, measured: Measured) -> Preflight:
    """Judge what was measured for the sessions that the app lets in."""
    sessions = _let_in(job)
    of_memory = judge(
        memory=measured.memory,
        workload=replace(job.workload, sessions=sessions),
        policy=job.config.policy,
    )
    findings = (*of_memory.findings, *_findings_of(measured.api, job, sessions))
    before = _known_before(job) if measured.api is not None else None
    short = before is not None and before.sessions < sessions
    if nobody := _lets_nobody_in(job):
        findings = (*findings, nobody)
    held = recommend(of_memory).max_concurrent_sessions
    is_held = measured.memory is None or (held or 0) >= sessions
    ready = False if nobody else _is_ready(findings, is_held=is_held)
    return Preflight(
        path=job.path,
        ready=False if short and ready else ready,
        sessions=sessions,
        tier=worst(finding.tier for finding in findings),
        findings=findings,
        memory=measured.memory,
        api=measured.api if isinstance(measured.api, LoadResult) else None,
        simulated=job.options.simulate is not None,
        notes=_notes(measured, before, sessions),
    )


class _Known(NamedTuple):
    """What the last applied run found about the API.

    Attributes:
        run: Which one that was.
        sessions: How many it carries as the app is set now.
        quota: The smallest quota that the service stated, in words, or "".
        calls: The same as a number, or None.
    """

    run: str
    sessions: int
    quota: str
    calls: int | None


def _known_before(job: Job) -> _Known | None:
    simulated = job.options.simulate is not None
    for past in past_runs(job.config, job.options.state_dir):
        api = past.evidence.verdict.api
        if not isinstance(api, ApiCapacity) or api.outcome != "measured":
            continue
        if job.options.target is not None or past.evidence.simulated != simulated:
            continue
        stated = [one for one in api.quotas if one.quota == "requests" and one.value]
        least = min(stated, key=lambda one: one.value or 0, default=None)
        return _Known(
            run=str(past.evidence.carried.get("api") or Origin(run_id=past.id, at=past.at)),
            sessions=api.max_sessions(_pause_seconds(job)),
            quota=_quota_words(least) if least else "",
            calls=least.value if least else None,
        )
    return None


def _quota_words(stated: QuotaStatement) -> str:
    window = f" in {stated.window_seconds:g} s" if stated.window_seconds else ""
    return f"{stated.value or 0:,} requests{window}"


def _pause_seconds(job: Job) -> float:
    settings = settings_of(job.config, os.environ)
    slow = settings.slow_mode_delay_seconds if settings.slow_mode_default else 0.0
    return job.workload.think_seconds + slow


def _notes(measured: Measured, before: _Known | None, sessions: int) -> tuple[str, ...]:
    burst = measured.api
    if not isinstance(burst, LoadResult):
        return ()
    notes = [CAVEAT]
    if before is not None and before.calls is not None and burst.total >= before.calls:
        notes.append(
            f"{before.run} was told a quota of {before.quota}: {burst.total} calls are all that "
            "it allows, so nothing is left of it now"
        )
    if before is not None and before.sessions < sessions:
        notes.append(
            f"{before.run} found that the API carries {before.sessions} of the {sessions} that "
            "are let in"
        )
    return tuple(notes)


def _findings_of(
    burst: ApiCapacity | LoadResult | None, job: Job, sessions: int
) -> tuple[Finding, ...]:
    """Judge a burst for no more people than it had calls: more were not asked of it."""
    if not isinstance(burst, LoadResult):
        return ()
    few = replace(job.workload, sessions=max(1, min(sessions, most_calls(burst))))
    return judge(api=burst, workload=few, policy=job.config.policy).findings


def _is_ready(findings: tuple[Finding, ...], *, is_held: bool) -> bool | None:
    tiers = {finding.subject: finding.tier for finding in findings}
    if not tiers or "inconclusive" in tiers.values():
        return None
    return is_held and tiers.get("api", "good") == "good"


def _let_in(job: Job) -> int:
    return max(1, settings_of(job.config, os.environ).max_concurrent_sessions)


def _lets_nobody_in(job: Job) -> Finding | None:
    if settings_of(job.config, os.environ).max_concurrent_sessions > 0:
        return None
    said = "the app lets nobody in: its number of sessions is 0"
    return Finding(subject="memory", tier="critical", statement=said, sessions=0)


def _of_five(job: Job) -> Job:
    few = replace(job.workload, sessions=SESSIONS)
    return dataclasses.replace(job, config=replace(job.config, workload=few))


def _burst(job: Job) -> LoadTest:
    return LoadTest(kind="burst", concurrent=min(BURST, _let_in(job)))
