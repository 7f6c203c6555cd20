"""The judgement and what follows from it, as text."""

from __future__ import annotations

from stresstune.model.policy import Knob
from stresstune.model.verdict import Finding, Recommendation
from stresstune.report.table import sentences, table

KNOBS: dict[Knob, str] = {
    "max_concurrent_sessions": "sessions at the same time",
    "slow_mode_default": "start in slow mode",
    "slow_mode_delay_seconds": "slow-mode pause (s)",
}


def render_findings(findings: tuple[Finding, ...], *, width: int = 80) -> str:
    """Lay the findings out in a table."""
    if not findings:
        return "Nothing was measured."
    rows = [[finding.subject, finding.tier, finding.statement] for finding in findings]
    return table(rows, header=["what", "tier", "finding"], width=width)


def render_recommendation(recommendation: Recommendation, *, width: int = 80) -> str:
    """List the values with their reasons, what to announce, and what would lift the limit."""
    parts = []
    rows = [
        [name, show_value(value), recommendation.reason_for(knob)]
        for knob, name in KNOBS.items()
        if (value := getattr(recommendation, knob)) is not None
    ]
    if rows:
        parts.append(table(rows, header=["knob", "value", "because"], width=width))
    if recommendation.announce:
        parts.append("Tell the room:\n" + sentences(recommendation.announce, width=width))
    if recommendation.lift:
        parts.append("What would lift the limit:\n" + sentences(recommendation.lift, width=width))
    return "\n\n".join(parts)


def show_value(value: object) -> str:
    """Print a value as it stands in TOML.

    >>> show_value(True), show_value(3.0), show_value("a"), show_value(None)
    ('true', '3.0', '"a"', '(not there)')
    """
    if value is None:
        return "(not there)"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
