"""The judgement and what follows from it, as text."""

from __future__ import annotations

from collections.abc import Mapping

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


def render_recommendation(
    recommendation: Recommendation,
    *,
    width: int = 80,
    in_force: Mapping[Knob, object] | None = None,
) -> str:
    """List the values with their reasons, what to announce, and what would lift the limit.

    Args:
        recommendation: What was recommended.
        width: Columns of the terminal.
        in_force: What the config says of each knob in the end, where that is known: it is what the
            table shows, and what was recommended instead is told beside it.
    """
    parts = []
    rows = [
        _row(recommendation, knob, value, (in_force or {}).get(knob, value))
        for knob in KNOBS
        if (value := getattr(recommendation, knob)) is not None
    ]
    if rows:
        parts.append(table(rows, header=["knob", "value", "because"], width=width))
    if recommendation.announce:
        parts.append("Tell the room:\n" + sentences(recommendation.announce, width=width))
    if recommendation.lift:
        parts.append("What would lift the limit:\n" + sentences(recommendation.lift, width=width))
    return "\n\n".join(parts)


def _row(recommendation: Recommendation, knob: Knob, value: object, final: object) -> list[str]:
    reason = recommendation.reason_for(knob)
    if final != value:
        reason = f"It is left at this; {show_value(value)} was found. {reason}".rstrip()
    return [KNOBS[knob], show_value(final), reason]


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
