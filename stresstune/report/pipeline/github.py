"""A summary as GitHub Actions shows it: annotations in the log, at the line of a key."""

from __future__ import annotations

from collections.abc import Mapping

from stresstune.model.change import Change
from stresstune.report.pipeline.summary import Case, Summary
from stresstune.report.verdict import show_value

_LEVELS = {"good": "notice", "concerning": "warning", "inconclusive": "warning"}


def render_github(summary: Summary, lines: Mapping[str, int]) -> str:
    """Return one workflow command for each case, and for each change that no case speaks of.

    Args:
        summary: What was found.
        lines: The line of each key that a case may be about; others stand at the first line.

    >>> case = Case(name="memory", tier="critical", words="9 of 30 fit")
    >>> found = Summary(command="check", path="a.toml", verdict="drifted", cases=(case,))
    >>> render_github(found, {})
    '::error file=a.toml,line=1,title=stresstune check::memory: 9 of 30 fit'
    """
    spoken_of = {case.key for case in summary.cases}
    changes = [
        Case(name=one.key, tier="good", words=_change(one), key=one.key)
        for one in summary.changes
        if one.key not in spoken_of
    ]
    return "\n".join(_command(case, summary, lines) for case in (*summary.cases, *changes))


def _command(case: Case, summary: Summary, lines: Mapping[str, int]) -> str:
    level, line = _LEVELS.get(case.tier, "error"), lines.get(case.key, 1)
    where = f"file={_property(summary.path)},line={line},title=stresstune {summary.command}"
    return f"::{level} {where}::{_escape(f'{case.name}: {case.words}')}"


def _change(change: Change) -> str:
    return f"{show_value(change.old)} -> {show_value(change.new)}. {change.because}"


def _property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
