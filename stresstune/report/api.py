"""What was learned about the API, as text."""

from __future__ import annotations

from stresstune.model.api import ApiCapacity, Limit
from stresstune.model.workload import Workload
from stresstune.report.load import latency_table
from stresstune.report.table import sentences, table
from stresstune.units import format_seconds

OUTCOMES = {
    "measured": "a limit was found",
    "enough": "the wanted sessions fit, with room to spare",
    "inconclusive": "it could not be told",
    "invalid": "not to be believed: the load generator itself was the limit",
}


def render_api(api: ApiCapacity, workload: Workload, *, width: int = 80) -> str:
    """Summarise a probe for limits: each limit, and how many sessions it all carries."""
    parts = [table(_rows(api, workload), width=width)]
    if api.limits:
        header = ["limit", "value", "interval", "provenance"]
        parts.append(table([_limit_row(limit) for limit in api.limits], header=header, width=width))
    evidence = [f"{limit.kind}: {limit.evidence}" for limit in api.limits if limit.evidence]
    if evidence:
        parts.append(sentences(evidence, width=width))
    if api.latency.count:
        parts.append("Response times:\n" + latency_table(api.latency, width=width))
    notes = [*api.notes, *([api.health.reason] if api.health.reason else [])]
    if notes:
        parts.append(sentences(notes, width=width))
    return "\n\n".join(parts)


def _rows(api: ApiCapacity, workload: Workload) -> list[list[str]]:
    rejected = f"{api.requests_sent} calls, {api.rejected} of them met a 429"
    rows = [
        ["Target:", f"{api.target}{' (simulated)' if api.simulated else ''}"],
        ["Outcome:", f"{api.outcome}: {OUTCOMES[api.outcome]}"],
        ["Spent:", f"{rejected}, {format_seconds(api.seconds)}"],
    ]
    if api.outcome in {"measured", "enough"}:
        think, delay = workload.think_seconds, workload.slow_mode_delay_seconds
        fast, slow = api.max_sessions(think), api.max_sessions(think + delay)
        rows.append(
            ["Sessions:", f"{fast} with {think:g} s between calls ({workload.sessions} wanted)"]
        )
        rows.append(["", f"{slow} in slow mode, {delay:g} s more between calls"])
    return rows


def _limit_row(limit: Limit) -> list[str]:
    high = "?" if limit.high is None else f"{limit.high:g}"
    return [
        limit.kind,
        f"{limit.value:g}",
        f"{limit.low:g} to {high}",
        limit.provenance.replace("_", " "),
    ]
