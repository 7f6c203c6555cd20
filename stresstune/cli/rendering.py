"""What a run says at its end: findings, values, diff, and what to do next."""

from __future__ import annotations

from stresstune.cli.outlasting import take_out, unpin
from stresstune.cli.shell import Shell, paint_diff, paint_tiers, paint_verdict, what_binds
from stresstune.config.decide import is_bolder
from stresstune.model.api import ApiCapacity
from stresstune.model.change import Kept
from stresstune.model.memory import MemoryCapacity
from stresstune.model.workload import Workload
from stresstune.report.api import render_api
from stresstune.report.changes import render_kept
from stresstune.report.fleet import render_fleet, render_hosts
from stresstune.report.load import render_load
from stresstune.report.memory import render_memory
from stresstune.report.table import paragraph, sentences
from stresstune.report.verdict import render_findings, render_recommendation
from stresstune.workflow.replicas import without_calls
from stresstune.workflow.result import TuneResult
from stresstune.workflow.results import Measured

OUTCOMES = {
    "written": "Written to {path}; change {backup_id} in its journal.",
    "unchanged": "Nothing to change in {path}: it says the right thing already.",
    "planned": "Nothing was written to {path}.",
    "inconclusive": "Nothing was touched in {path}: it could not be measured what is right.",
    "not_needed": "Nothing was measured for {path}: the check is content.",
    "off": "Switched off.",
}

PROBED = "Nothing was written. Next: `stresstune apply` judges, decides and writes."
"""How a probe ends."""

UNTOLD = "Nothing was written. Next: mend what is said above, and measure again."
"""How one ends that could not tell."""

FLEET_OUTCOMES = {
    "written": "Written on {count} of {hosts} hosts.",
    "unchanged": "Nothing to change on {count} of {hosts} hosts.",
    "planned": "Would change on {count} of {hosts} hosts; nothing was written.",
    "left_alone": "Left alone on {count} of {hosts} hosts, of which nothing is known.",
    "failed": "NOT written on {count} of {hosts} hosts: see above.",
}

FLEET_NEXT = {
    "written": "Next: restart the app on each host. `stresstune rollback` there takes it back.",
    "planned": "Next: `stresstune apply --fleet` measures again, and writes on each host.",
    "failed": "Next: mend what is said above, and run this again.",
    "left_alone": "Next: find out what keeps these hosts, and run this again.",
    "unchanged": "Next: nothing. `stresstune check` on each host says when that changes.",
}
"""By what became of a host's file; the first that is true of any host is said."""

REHEARSED = (
    "A rehearsal: the hosts' copies are thrown away, and {path} is as it was.",
    "Next: `stresstune apply --fleet tcp://SCHEDULER:8786` does it on real hosts.",
)
"""How a rehearsal ends, whatever it wrote."""

NEXT = {
    "unchanged": "Next: nothing. `stresstune check` says when that changes.",
    "not_needed": "Next: nothing. Without --if-needed it is measured anew.",
    "off": "Next: unset STRESSTUNE to switch it on.",
    "written": "Next: restart the app. `stresstune rollback` takes it back.",
    "planned": "Next: `stresstune plan --out plan.json`, then `stresstune apply --plan plan.json`, "
    "writes what was looked at; `stresstune apply` measures again.",
    "inconclusive": "Next: read the findings above, or write half of the wanted sessions with "
    "`stresstune apply --fallback`.",
}


def show_result(shell: Shell, result: TuneResult, *, ready: str = "") -> None:
    """Print a run, as text or as JSON; ``ready`` is the command that writes it as it is, if any."""
    shell.document(result.to_dict())
    if shell.as_json and result.outcome == "inconclusive":
        _say_what_is_missing(shell, result)
    for part in _parts(shell, result):
        if part:
            shell.show(part + "\n")
    for line in last_lines(result, ready):
        shell.show(paint_verdict(paragraph(line, width=shell.width)))


def _say_what_is_missing(shell: Shell, result: TuneResult) -> None:
    """Give a program that ends with an error a reason on stderr, where its log is."""
    for finding in result.findings:
        if finding.tier == "inconclusive":
            shell.talk(f"{finding.subject}: {finding.statement}.")
    shell.talk(OUTCOMES["inconclusive"].format(path=result.path))


def show_measured(shell: Shell, measured: Measured, workload: Workload, *, error: str = "") -> None:
    """Print what was measured before an interruption, or before an error."""
    memory, api = measured.memory, measured.api
    shell.document(
        {
            "schema": 1,
            "outcome": "failed" if error else "interrupted",
            **({"error": error} if error else {}),
            "memory": memory.to_dict() if memory else None,
            "api": {**api.to_dict(), "attempts": []} if api else None,
            **({"fleet": without_calls(measured.fleet).to_dict()} if measured.fleet else {}),
        }
    )
    if measured.fleet:
        shell.show(render_hosts(measured.fleet, width=shell.width) + "\n")
    if memory:
        shell.show(render_memory(memory, sessions=workload.sessions, width=shell.width) + "\n")
    if isinstance(api, ApiCapacity):
        shell.show(render_api(api, workload, width=shell.width) + "\n")
    elif api:
        shell.show(render_load(api, width=shell.width) + "\n")


def _parts(shell: Shell, result: TuneResult) -> list[str]:
    width = shell.width
    findings = render_findings(result.findings, width=width) if result.findings else ""
    parts = [paint_tiers(findings)]
    if result.fleet is not None:
        parts.append(render_fleet(result.fleet, width=width))
    if result.recommendation is not None:
        shown = render_recommendation(result.recommendation, width=width, in_force=result.in_force)
        parts.append(shown)
    if result.memory is not None and (seen := _probe_notes(result.memory)):
        parts.append("Of the memory probe:\n" + sentences(seen, width=width))
    if result.kept:
        parts.append("Left as it is:\n" + render_kept(result.kept, width=width))
    parts.append(paint_diff(result.diff))
    if result.notes:
        parts.append(sentences(result.notes, width=width))
    return parts


def _probe_notes(memory: MemoryCapacity) -> tuple[str, ...]:
    failed = (f"the session source failed: {memory.error}",) if memory.error else ()
    return (*failed, *memory.notes)


def last_lines(result: TuneResult, ready: str) -> list[str]:
    """Say what every run ends with: tier, what binds, what was written, what to do next."""
    lines = tier_lines(result)
    if result.fleet is not None and result.fleet.hosts:
        return [*lines, *_lines_of_hosts(result)]
    outcome = OUTCOMES[result.outcome].format(path=result.path, backup_id=result.backup_id)
    if result.outcome == "unchanged" and not result.is_all_taken:
        why = "; ".join(one.because for one in result.kept) or "it is more careful already"
        outcome = f"Left as it is: {result.path}, because {why}."
    lines.append(outcome)
    if result.simulated:
        lines.append("The API was simulated: measure the real one before the event.")
    lines.append(_next(result, ready))
    return lines


def _next(result: TuneResult, ready: str) -> str:
    """Say what to do: a variable that shadows the file outlasts whatever is written there."""
    if result.shadows and result.outcome in {"written", "unchanged"}:
        mend = take_out({one.variable: one.value for one in result.shadows})
        back = " `stresstune rollback` takes it back." if result.written else ""
        return f"Next: {mend}, and restart the app.{back}"
    if result.outcome == "unchanged" and (pinned := _pinned_too_bold(result)):
        return f"Next: {unpin({one.key: one.recommended for one in pinned})}."
    if ready and result.outcome == "planned":
        return f"Next: `{ready}` writes it."
    return NEXT[result.outcome]


def _pinned_too_bold(result: TuneResult) -> list[Kept]:
    """Return what only a person may change, and should."""
    bold = [
        (value, wanted)
        for knob, value in result.in_force.items()
        if (wanted := getattr(result.recommendation, knob, None)) is not None
        and is_bolder(knob, value, than=wanted)
    ]
    return [
        one for one in result.kept if one.clamp == "pin" and (one.value, one.recommended) in bold
    ]


def tier_lines(result: TuneResult) -> list[str]:
    """Say how it stands and what binds, where that is known."""
    if result.is_unmeasured:
        return ["Not measured: half of the wanted sessions."]
    return [f"Tier: {result.tier}{_binds(result)}."] if result.tier is not None else []


def _binds(result: TuneResult) -> str:
    behind = ", in the run behind the values" if result.outcome == "not_needed" else ""
    return what_binds(str(result.tier), result.binding) + behind


def _lines_of_hosts(result: TuneResult) -> list[str]:
    """Say what became of the files on the hosts of a fleet."""
    assert result.fleet is not None
    hosts = result.fleet.hosts
    counts = {ending: sum(host.outcome == ending for host in hosts) for ending in FLEET_OUTCOMES}
    lines = [
        words.format(count=counts[ending], hosts=len(hosts))
        for ending, words in FLEET_OUTCOMES.items()
        if counts[ending]
    ]
    if result.simulated:
        lines.append("The API was simulated: measure the real one before the event.")
    if result.fleet.rehearsed:
        return [*lines, *(words.format(path=result.path) for words in REHEARSED)]
    best = next(ending for ending in FLEET_NEXT if counts[ending])
    return [*lines, FLEET_NEXT[best]]
