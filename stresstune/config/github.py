"""A check as GitHub Actions shows it: annotations in the log, and a summary of the step."""

from __future__ import annotations

import os

from stresstune.config.load import line_of
from stresstune.config.path import parse_path
from stresstune.config.text import decode, read_bytes
from stresstune.model.fingerprint import Check

_LEVELS = {"stale": "warning", "simulated": "warning", "never_tuned": "warning"}
_TITLE = "stresstune check"


def annotate(check: Check, path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Return one workflow command for each finding, at the line of the key that it is about.

    Args:
        check: What was found.
        path: The config, relative to the repository.

    Returns:
        Lines such as ``::error file=workshop.toml,line=2,title=…::…``; one notice where all is
        well.

    Raises:
        ConfigError: The config cannot be read.
    """
    text = decode(read_bytes(path), os.fspath(path))
    level = _LEVELS.get(check.status, "error")
    if check.ok:
        return (_command("notice", path, 1, "the values in force fit this machine"),)
    return tuple(
        _command(level, path, _line(finding, check, text), finding) for finding in check.findings
    )


def summary(check: Check) -> str:
    """Return the same as Markdown, for the file that ``GITHUB_STEP_SUMMARY`` names."""
    lines = [f"### {_TITLE}: {check.status}", ""]
    lines += [f"- {_cell(finding)}" for finding in check.findings]
    lines += ["", "| key | in force | would be right |", "| --- | --- | --- |"]
    for key, value in check.values.items():
        right = check.right.get(key, value)
        lines.append(f"| `{_cell(key)}` | {_cell(str(value))} | {_cell(str(right))} |")
    return "\n".join(lines) + "\n"


def _line(finding: str, check: Check, text: str) -> int:
    """Return the line of the first key that a finding names, or else the first line."""
    for key in check.values:
        if key in finding:
            return line_of(parse_path(key), text) or 1
    return 1


def _command(level: str, path: str | os.PathLike[str], line: int, message: str) -> str:
    file = _escape(os.fspath(path)).replace(":", "%3A").replace(",", "%2C")
    return f"::{level} file={file},line={line},title={_TITLE}::{_escape(message)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
