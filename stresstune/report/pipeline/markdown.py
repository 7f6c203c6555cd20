"""A summary as Markdown, for a comment or the summary of a step."""

from __future__ import annotations

from stresstune.report.pipeline.summary import Summary
from stresstune.report.verdict import show_value


def render_markdown(summary: Summary) -> str:
    """Render it.

    >>> print(render_markdown(Summary(command="check", path="workshop.toml", verdict="ok")))
    ### stresstune check: ok
    """
    parts = [f"### {summary.title}"]
    if summary.cases:
        rows = [f"| {_cell(one.name)} | {one.tier} | {_cell(one.words)} |" for one in summary.cases]
        parts.append("\n".join(["| what | tier | finding |", "| --- | --- | --- |", *rows]))
    if summary.changes:
        rows = [
            f"| `{_cell(one.key)}` | {_cell(show_value(one.old))} | {_cell(show_value(one.new))} "
            f"| {_cell(one.because)} |"
            for one in summary.changes
        ]
        head = ["| key | old | new | because |", "| --- | --- | --- | --- |"]
        parts.append("\n".join([*head, *rows]))
    if summary.closing:
        parts.append("\n".join(f"- {_cell(line)}" for line in summary.closing))
    return "\n\n".join(parts)


def _cell(text: str) -> str:
    """Keep a text in its cell: what somebody else wrote is neither markup nor another row."""
    one_line = " ".join(text.split())
    printable = "".join(sign if sign.isprintable() else "?" for sign in one_line)
    plain = printable.replace("&", "&amp;").replace("<", "&lt;")
    return plain.replace("|", "\\|")
