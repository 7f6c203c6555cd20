"""A summary as GitHub Actions shows it: annotations in the log, at the line of a key."""

from __future__ import annotations

from collections.abc import Mapping

from stresstune.report.pipeline.summary import Case, Summary

_LEVELS = {"good": "notice", "concerning": "warning", "inconclusive": "warning"}


def render_github(summary: Summary, lines: Mapping[str, int]) -> str:
    """Return one workflow command for each case.

    Args:
        summary: What was found.
        lines: The line of each key that a case may be about; others stand at the first line.

    >>> case = Case(name="memory", tier="critical", words="9 of 30 fit")
    >>> found = Summary(command="check", path="a.toml", verdict="drifted", cases=(case,))
    >>> render_github(found, {})
    '::error file=a.toml,line=1,title=stresstune check::memory: 9 of 30 fit'
    """
    return "\n".join(_command(case, summary, lines.get(case.key, 1)) for case in summary.cases)


def _command(case: Case, summary: Summary, line: int) -> str:
    level = _LEVELS.get(case.tier, "error")
    where = f"file={_property(summary.path)},line={line},title=stresstune {summary.command}"
    return f"::{level} {where}::{_escape(f'{case.name}: {case.words}')}"


def _property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
