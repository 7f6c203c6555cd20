"""From a dossier to the sheet that every form of the report shows."""

from __future__ import annotations

from collections.abc import Iterator

from stresstune.model.api import ApiCapacity
from stresstune.model.change import Evidence
from stresstune.model.load import Attempt, LoadResult
from stresstune.model.report import Dossier
from stresstune.model.verdict import Verdict
from stresstune.report.answer import (
    delay_in_force,
    headline,
    held_safely,
    let_in,
    measured_api,
    tiles,
)
from stresstune.report.certainty import certainty, doubts, unmeasured
from stresstune.report.charts.calls import calls_chart
from stresstune.report.charts.chart import Chart
from stresstune.report.charts.latency import latency_chart
from stresstune.report.charts.memory import memory_chart
from stresstune.report.charts.pace import Chosen, pace_chart
from stresstune.report.comparison import compare
from stresstune.report.hosts import hosts_of, replicas_of
from stresstune.report.plain import capital, day
from stresstune.report.reckoning import reckonings
from stresstune.report.sheet import Grid, Part, Section, Sheet
from stresstune.units import format_seconds

SIMULATED = (
    "The API was simulated: an emulator stood in for it. This is practice, not proof. "
    "Measure the real API before the event."
)


UNKNOWN = {
    True: "What the API carries could not be told: all of this rests on memory alone.",
    False: "What memory holds could not be told: all of this rests on the API alone.",
}
"""By whether it is the API that is not known."""


def compose(dossier: Dossier) -> Sheet:
    """Lay a report out; pure, so that the same dossier always gives the same sheet."""
    run = dossier.run
    evidence = run.evidence
    return Sheet(
        title="What this app can carry",
        subtitle=f"{_where(dossier)}, run {run.id}, measured {day(run.at)}",
        tier=evidence.verdict.tier,
        headline=headline(dossier),
        tiles=tiles(dossier),
        warnings=tuple(_warnings(evidence)),
        sections=tuple(section for section in _sections(dossier) if section.parts),
        footer=_footer(dossier),
    )


def _warnings(evidence: Evidence) -> Iterator[str]:
    """Say what must be known before the headline is believed."""
    if evidence.simulated:
        yield SIMULATED
    if evidence.verdict.tier == "inconclusive":
        return  # the headline says so
    for finding in evidence.verdict.findings:
        if finding.tier == "inconclusive":
            yield UNKNOWN[finding.subject == "api"]


def _where(dossier: Dossier) -> str:
    fleet = dossier.run.evidence.fleet
    if fleet is None or not fleet.hosts:
        return dossier.path
    return f"{dossier.path} on {len(fleet.hosts)} host{'s' if len(fleet.hosts) != 1 else ''}"


def charts_of(sheet: Sheet) -> tuple[Chart, ...]:
    """Return every picture of a sheet, in order."""
    parts = (part for section in sheet.sections for part in section.parts)
    return tuple(part.chart for part in parts if part.chart is not None)


def _sections(dossier: Dossier) -> Iterator[Section]:
    evidence = dossier.run.evidence
    wanted = evidence.recommendation
    yield _section("pace", "How many people, at which pace", Part(chart=_pace(dossier)))
    if evidence.fleet is not None:
        yield _section("hosts", "What each host holds", *hosts_of(evidence.fleet))
        yield _section("replicas", "How many hosts it would take", *replicas_of(evidence.fleet))
    yield _section("say", "What to tell the room", Part(items=wanted.announce))
    yield _section(
        "lift", "What would lift the limit", Part(items=tuple(map(_sentence, wanted.lift)))
    )
    yield _section("findings", "What was found", *_findings(evidence.verdict))
    yield _section("numbers", "How each number came about", *reckonings(dossier))
    yield _section("changes", "What was changed in the config", *_changes(dossier))
    yield _section(
        "sure",
        "How sure this is",
        Part(grid=_or_none(certainty(evidence))),
        Part(items=doubts(evidence)),
    )
    yield _section("gaps", "What was not measured", Part(items=unmeasured(dossier)))
    if dossier.earlier is not None:
        yield _section("since", "What changed since then", compare(dossier.run, dossier.earlier))


def _section(name: str, title: str, *parts: Part) -> Section:
    return Section(id=name, title=title, parts=tuple(part for part in parts if part.is_filled))


def _or_none(grid: Grid) -> Grid | None:
    return grid if grid.rows else None


def _pace(dossier: Dossier) -> Chart | None:
    verdict = dossier.run.evidence.verdict
    sessions = let_in(dossier)
    chosen = None
    if sessions is not None and verdict.tier != "inconclusive":
        chosen = Chosen(sessions=sessions, delay_seconds=delay_in_force(dossier))
    return pace_chart(
        verdict.workload,
        ceiling=held_safely(dossier),
        api=measured_api(verdict),
        chosen=chosen,
    )


def _findings(verdict: Verdict) -> Iterator[Part]:
    for finding in verdict.findings:
        name = "Memory" if finding.subject == "memory" else "The API"
        yield Part(
            heading=f"{name}: {finding.tier}",
            lead=f"{capital(finding.statement.rstrip('.'))}.",
            chart=_chart_of(verdict, finding.subject),
        )
        if finding.subject == "api":
            yield Part(heading="Response times", lead=_in_time(verdict), chart=_latency(verdict))


def _chart_of(verdict: Verdict, subject: str) -> Chart | None:
    if subject == "memory" and verdict.memory is not None:
        return memory_chart(verdict.memory, verdict.workload.sessions)
    limits = verdict.api.limits if isinstance(verdict.api, ApiCapacity) else ()
    return calls_chart(_attempts(verdict), limits)


def _latency(verdict: Verdict) -> Chart | None:
    api = verdict.api
    capacity = isinstance(api, ApiCapacity)
    return latency_chart(
        _attempts(verdict),
        api.limits if isinstance(api, ApiCapacity) else (),
        objective_seconds=verdict.workload.latency_objective_seconds,
        alone_seconds=api.latency.average_seconds if api is not None and capacity else 0.0,
    )


def _in_time(verdict: Verdict) -> str:
    latency = verdict.api.latency if verdict.api is not None else None
    if latency is None or not latency.count:
        return ""
    half, most = format_seconds(latency.p50_seconds), format_seconds(latency.p95_seconds)
    objective = format_seconds(verdict.workload.latency_objective_seconds)
    return f"Half of the answers came within {half}, 95 % within {most}; {objective} are allowed."


def _attempts(verdict: Verdict) -> tuple[Attempt, ...]:
    api: ApiCapacity | LoadResult | None = verdict.api
    return () if api is None else api.attempts


def _changes(dossier: Dossier) -> Iterator[Part]:
    entry = dossier.entry
    if dossier.run.evidence.is_of_a_fleet:
        return  # each host's own file is told of with the host
    if entry is None:
        nothing = dossier.run.evidence.verdict.tier == "inconclusive"
        why = "nothing could be told" if nothing else "the config said the right thing already"
        yield Part(lead=f"Nothing: {why}.")
        return
    if entry.state != "done":
        lead = f"The change was not completed ({entry.state}). {entry.note}".strip()
    elif not entry.in_force:
        lead = f"Change {entry.id} was made, and has been taken back since."
    else:
        lead = f"Change {entry.id}. `stresstune rollback --to {entry.id}` takes it back."
    yield Part(lead=lead, diff=dossier.diff)


def _sentence(words: str) -> str:
    return f"{capital(words.rstrip('.'))}."


def _footer(dossier: Dossier) -> str:
    version = dossier.run.evidence.fingerprint.version
    by = f"stresstune {version}" if version else "stresstune"
    return f"Made by {by} from the journal of {dossier.path}, run {dossier.run.id}."
