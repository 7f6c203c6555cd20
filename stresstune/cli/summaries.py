"""What the commands found, as a summary for pipelines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from stresstune.cli.rendering import last_lines
from stresstune.model.api import ApiCapacity
from stresstune.model.change import Change
from stresstune.model.fingerprint import Check
from stresstune.model.load import LoadResult
from stresstune.model.memory import MemoryCapacity
from stresstune.model.verdict import Finding, Tier
from stresstune.model.workload import Workload
from stresstune.report.pipeline.summary import Case, Gauge, Summary
from stresstune.workflow.preflight import Preflight
from stresstune.workflow.result import TuneResult


def of_result(command: str, result: TuneResult, ready: str = "") -> Summary:
    """Summarise a run of ``apply`` or ``plan``."""
    return Summary(
        command=command,
        path=result.path,
        verdict=result.tier or result.outcome,
        cases=tuple(_cases(result.findings)),
        gauges=(
            *_tiers(result.findings),
            *_of_memory(result.memory),
            *_of_api(result.api),
            *_values(result.in_force.items(), "knob_value", label="knob"),
        ),
        changes=result.changes,
        closing=tuple(map(click.unstyle, last_lines(result, ready))),
    )


def of_preflight(found: Preflight, answer: str) -> Summary:
    """Summarise a short check."""
    return Summary(
        command="preflight",
        path=found.path,
        verdict=answer,
        cases=tuple(_cases(found.findings)),
        gauges=(*_tiers(found.findings), *_of_memory(found.memory), *_of_api(found.api)),
        closing=found.notes,
    )


def of_check(found: Check, path: str, tier: Tier, then: str) -> Summary:
    """Summarise a startup check: a case for each finding and wrong value, and what to do then."""
    said = [
        Case(name=key or "config", tier=tier, words=finding, key=key)
        for finding in found.findings
        for key in [next((key for key in found.values if key in finding), "")]
    ]
    said += [
        Case(
            name=key,
            tier=tier,
            words=f"is {found.values.get(key)}; {right} would be right",
            key=key,
        )
        for key, right in found.right.items()
    ]
    unknown = f" (never measured: {', '.join(found.unmeasured)})" if found.unmeasured else ""
    fits = f"the values in force fit this machine{unknown}"
    well = Case(name="config", tier="good", words=fits)
    shadows = [f"{name} in the environment shadows the file" for name in found.overrides]
    return Summary(
        command="check",
        path=path,
        verdict=found.status,
        cases=tuple(said) if tier != "good" else (well,),
        gauges=(
            Gauge(name="check_ok", about="1 where the config fits this machine.", value=found.ok),
            *_values(found.values.items()),
            *_values(found.right.items(), "right_value", "What would be right here and now."),
        ),
        changes=tuple(
            Change(key=key, old=found.values.get(key), new=right, because="right here and now")
            for key, right in found.right.items()
        ),
        closing=(*shadows, then),
    )


def of_memory(found: MemoryCapacity, path: str, workload: Workload, tier: Tier) -> Summary:
    """Summarise a memory probe.

    Args:
        found: What it found.
        path: The config.
        workload: What is wanted.
        tier: How ``plan`` judges it.
    """
    fit = found.sessions_that_fit
    told = tier != "inconclusive"
    words = f"{fit if fit is not None else 'unknown how many'} sessions fit in memory"
    why = "" if told or not found.error else f"; it failed: {found.error}"
    return Summary(
        command="probe memory",
        path=path,
        verdict="measured" if told else "inconclusive",
        cases=(
            Case(
                name="memory",
                tier=tier,
                words=f"{words} ({found.limit_source}); {workload.sessions} are wanted{why}",
            ),
        ),
        gauges=tuple(_of_memory(found)),
        closing=(*found.notes, *found.advice),
    )


def of_api(found: ApiCapacity | LoadResult, path: str, workload: Workload) -> Summary:
    """Summarise an API probe or a classic test."""
    if isinstance(found, LoadResult):
        case = _of_test(found)
        verdict, closing = str(found.tier), [found.recommendation] if found.recommendation else []
    else:
        case = _of_limits(found, workload)
        verdict, closing = str(found.outcome), list(found.notes)
    return Summary(
        command="probe api",
        path=path,
        verdict=verdict,
        cases=(case,),
        gauges=tuple(_of_api(found)),
        closing=tuple(closing),
    )


def _of_test(found: LoadResult) -> Case:
    words = f"{found.successful} of {found.total} calls answered, {found.rejected} refused"
    return Case(name="api", tier=found.tier, words=words)


def _of_limits(found: ApiCapacity, workload: Workload) -> Case:
    limits = ", ".join(f"{one.kind} {one.value:g} ({one.provenance})" for one in found.limits)
    if found.outcome not in {"measured", "enough"}:
        return Case(name="api", tier="inconclusive", words=limits or "it could not be told")
    carried = found.max_sessions(workload.think_seconds)
    words = f"{limits or 'no limit was met'}; carries {carried} of {workload.sessions} sessions"
    return Case(name="api", tier="good", words=words)


def _cases(findings: Iterable[Finding]) -> Iterator[Case]:
    for one in findings:
        yield Case(name=one.subject, tier=one.tier, words=one.statement)


def _tiers(findings: Iterable[Finding]) -> Iterator[Gauge]:
    for one in findings:
        for tier in ("good", "concerning", "critical", "inconclusive"):
            yield Gauge(
                name="tier",
                about="1 for the tier of a subject, 0 for the others.",
                value=one.tier == tier,
                labels={"subject": one.subject, "tier": tier},
            )


def _of_memory(found: MemoryCapacity | None) -> Iterator[Gauge]:
    if found is None:
        return
    numbers = {
        "sessions_that_fit": ("Sessions that fit in memory.", found.sessions_that_fit),
        "sessions_safe": ("The same less headroom.", found.safe_sessions),
        "session_bytes": ("What one more session keeps.", found.bytes_per_session),
        "memory_limit_bytes": ("The effective memory limit.", found.limit_bytes),
        "memory_baseline_bytes": ("In use before the first session.", found.baseline_bytes),
        "memory_probe_seconds": ("How long the memory probe took.", found.seconds),
    }
    for name, (about, value) in numbers.items():
        if value is not None:
            yield Gauge(name=name, about=about, value=float(value))


def _of_api(found: ApiCapacity | LoadResult | None) -> Iterator[Gauge]:
    if found is None:
        return
    calls = found.requests_sent if isinstance(found, ApiCapacity) else found.total
    yield Gauge(name="api_calls", about="Calls that the probe made.", value=calls)
    about = "Calls of them that met a 429."
    yield Gauge(name="api_calls_refused", about=about, value=found.rejected)
    for share, value in (("0.5", found.latency.p50_seconds), ("0.95", found.latency.p95_seconds)):
        if found.latency.count:
            yield Gauge(
                name="api_response_seconds",
                about="Response times of the calls that were answered, by quantile.",
                value=value,
                labels={"quantile": share},
            )
    for limit in found.limits if isinstance(found, ApiCapacity) else ():
        yield Gauge(
            name="api_limit",
            about="A limit of the API, in the unit of its kind.",
            value=limit.value,
            labels={"kind": limit.kind, "provenance": limit.provenance},
        )


def _values(
    values: Iterable[tuple[str, object]],
    name: str = "value",
    about: str = "What the config says; true and false are 1 and 0.",
    label: str = "key",
) -> Iterator[Gauge]:
    for key, value in values:
        if isinstance(value, bool | int | float):
            yield Gauge(name=name, about=about, value=float(value), labels={label: key})
