"""The journal's changes as text."""

from __future__ import annotations

from collections.abc import Sequence

from stresstune.model.change import Change
from stresstune.model.journal import HistoryEntry
from stresstune.report.table import table
from stresstune.report.verdict import show_value


def render_history(entries: Sequence[HistoryEntry], *, width: int = 80) -> str:
    """List changes of a config, the oldest first, each with the run that it rests on.

    Both have numbers of their own: ``rollback --to`` takes a change's, ``report --run`` a run's.
    """
    if not entries:
        return "Nothing was changed yet."
    header = ["change", "when (UTC)", "what", "run", "tier", "changes"]
    return table([_row(entry) for entry in entries], header=header, width=width)


def _row(entry: HistoryEntry) -> list[str]:
    kind = entry.kind if entry.state == "done" else f"{entry.kind} ({entry.state})"
    parts = [_words(change) for change in entry.changes]
    is_taken_back = entry.kind == "apply" and entry.state == "done" and not entry.in_force
    parts += ["(taken back)"] if is_taken_back else []
    parts += [f"({entry.note})"] if entry.note else []
    practice = "(simulated) " if entry.simulated else ""
    when, run = entry.at[:16].replace("T", " "), "" if entry.run_id is None else str(entry.run_id)
    return [str(entry.id), when, kind, run, entry.tier or "", practice + "; ".join(parts)]


def _words(change: Change) -> str:
    return f"{change.key} {show_value(change.old)} -> {show_value(change.new)}"
