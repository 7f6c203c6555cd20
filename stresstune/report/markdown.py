"""A report as Markdown, for a pull request or a chat: the same sheet, every text stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from stresstune.model.report import Dossier
from stresstune.report.charts.chart import Chart
from stresstune.report.compose import compose
from stresstune.report.plain import CODE
from stresstune.report.sheet import Part, Section, Sheet

_SPECIAL = re.compile(r"([\\`*_\[\]#|~])")
"""Round brackets and exclamation marks mean something beside a square bracket only."""
_AT_THE_START = re.compile(r"^(\s*\d*)([-+=.)](?:\s|$))", re.MULTILINE)


def render_markdown(dossier: Dossier) -> str:
    """Render a report as Markdown in GitHub's dialect."""
    return "\n\n".join(part for part in _parts(compose(dossier)) if part) + "\n"


def escape(text: str) -> str:
    r"""Escape a text, so that Markdown shows it as it is; code in backticks stays code.

    >>> print(escape("<b>*x*</b> @all, see `--app`"))
    &lt;b&gt;\*x\*&lt;/b&gt; &#64;all, see `--app`
    """
    pieces = CODE.split(text)
    return "".join(
        f"`{piece}`" if place % 2 else _escape(piece) for place, piece in enumerate(pieces)
    )


def _escape(text: str) -> str:
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    plain = _SPECIAL.sub(r"\\\1", plain).replace("@", "&#64;").replace("://", ":&#47;/")
    return _AT_THE_START.sub(r"\1\\\2", plain)


def _parts(sheet: Sheet) -> Iterator[str]:
    yield f"# {_line(sheet.headline)}"
    yield _line(sheet.subtitle)
    for warning in sheet.warnings:
        yield f"> **{_line(warning)}**"
    tiles = [(tile.label, f"{tile.value}", tile.note) for tile in sheet.tiles]
    yield _table(("", "", ""), tiles, strong=1)
    for section in sheet.sections:
        yield from _section(section)
    yield f"---\n{_line(sheet.footer)}"


def _section(section: Section) -> Iterator[str]:
    yield f"## {_line(section.title)}"
    for part in section.parts:
        yield from _part(part, section.title)


def _part(part: Part, under: str) -> Iterator[str]:
    if part.heading:
        yield f"### {_line(part.heading)}"
    if part.lead:
        yield _line(part.lead)
    if part.items:
        yield "\n".join(f"- {_line(item)}" for item in part.items)
    if part.steps:
        yield "\n".join(f"{place}. {_line(step)}" for place, step in enumerate(part.steps, start=1))
    if part.chart is not None:
        yield from _chart(part.chart, under)
    if part.grid is not None:
        yield _folded(_table(part.grid.header, part.grid.rows), part.grid.fold)
    if part.diff:
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", part.diff)), default=0))
        yield f"{fence}diff\n{part.diff}\n{fence}"


def _chart(chart: Chart, under: str) -> Iterator[str]:
    title = "" if chart.title == under else f"**{_line(chart.title)}.** "
    yield f"{title}{_line(chart.summary)}"
    if chart.rows:
        yield _folded(_table(chart.header, chart.rows), "The numbers")


def _folded(table: str, summary: str) -> str:
    if not summary:
        return table
    return f"<details><summary>{_line(summary)}</summary>\n\n{table}\n\n</details>"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], *, strong: int = -1) -> str:
    lines = [header, ["---"] * len(header)]
    cells = [
        [f"**{_line(cell)}**" if place == strong else _line(cell) for place, cell in enumerate(row)]
        for row in rows
    ]
    named = [[_line(name) for name in header], lines[1], *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in named)


def _line(text: str) -> str:
    """Escape a text that must stay on one line."""
    return escape(" ".join(text.split()))
