"""A report as one page of HTML: nothing is loaded from anywhere, and every text stays text."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape

from stresstune.model.report import Dossier
from stresstune.report.assets import asset
from stresstune.report.charts.chart import Chart
from stresstune.report.charts.draw import draw_svg
from stresstune.report.charts.inks import INKS
from stresstune.report.compose import compose
from stresstune.report.icons import icon
from stresstune.report.plain import CODE
from stresstune.report.sheet import Grid, Part, Section, Sheet, Tile

WIDE, NARROW = (960, 380), (400, 300)
"""Sizes in pixels at which a chart is drawn: for a page, and for a phone or a column."""

COLOURS = {tone: f"var(--{tone})" for tone in INKS}
"""The page's own style gives each tone its colour, by day and by night."""

_UNIT = re.compile(r"(?<=\d) (?=%|(?:s|ms|min|[kMGT]?i?B)\b)")

_OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z-]*)")
"""An option, which a browser would break after a hyphen."""

PAIRED = {"say", "lift"}
"""Sections that stand side by side where both are there."""


REST = {"numbers", "changes", "sure", "gaps", "since"}
"""Sections for whoever wants to know more: they come after the answer, and flow in columns."""


def render_page(dossier: Dossier) -> str:
    """Render a report as one self-contained HTML page.

    Raises:
        UsageError: The extra ``report`` is not installed, and there is a chart to draw.
    """
    return render_sheet(compose(dossier))


def render_sheet(sheet: Sheet) -> str:
    """Render a sheet that was laid out as HTML."""
    names = {section.id for section in sheet.sections}
    paired = names >= PAIRED
    first, rest = (
        "".join(_section(one, paired=paired) for one in sheet.sections if (one.id in REST) is late)
        for late in (False, True)
    )
    script = asset("page.js")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_policy(script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(sheet.headline)} {escape(sheet.title)}</title>
<style>{asset("page.css")}</style>
</head>
<body>
<a class="skip" href="#findings">Skip to what was found</a>
<main>
<header>
<p class="kicker">{escape(sheet.title)}</p>
<h1>{_prose(sheet.headline)}</h1>
<p class="sub">{escape(sheet.subtitle)}</p>
{"".join(f'<p class="warning">{_prose(words)}</p>' for words in sheet.warnings)}
<ul class="tiles">{"".join(_tiles(sheet))}</ul>
</header>
<div class="sections">{first}</div>
<div class="sections rest">{rest}</div>
<footer>{escape(sheet.footer)}</footer>
</main>
<div id="tip" class="tip" role="status" hidden></div>
<script>{script}</script>
</body>
</html>
"""


def _policy(script: str) -> str:
    """Let nothing run but our own script, and load nothing at all."""
    known = b64encode(sha256(script.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{known}'"


def _prose(text: str) -> str:
    """Escape a text; commands are shown as code, and a number keeps its unit on its line."""
    glued = _UNIT.sub("\N{NO-BREAK SPACE}", escape(text))
    return _OPTION.sub(r'<span class="word">\1</span>', CODE.sub(r"<code>\1</code>", glued))


def _tiles(sheet: Sheet) -> Iterator[str]:
    for place, tile in enumerate(sheet.tiles):
        yield _tile(tile, sheet.tier if place == 0 else "")


def _tile(tile: Tile, tier: str) -> str:
    look = f"tile tier {tier}" if tier else "tile"
    return (
        f'<li class="{look}"><span class="label">{escape(tile.label)}</span>'
        f'<span class="value">{icon(tier)}{_prose(tile.value)}</span>'
        f'<span class="note">{_prose(tile.note)}</span></li>'
    )


def _section(section: Section, *, paired: bool) -> str:
    pair = ' class="pair"' if paired and section.id in PAIRED else ""
    kind = "cards" if section.id == "findings" else "plain"
    cards = "".join(f'<div class="card">{_part(part)}</div>' for part in section.parts)
    return (
        f'<section id="{section.id}"{pair} aria-labelledby="h-{section.id}">'
        f'<h2 id="h-{section.id}">{escape(section.title)}</h2>'
        f'<div class="{kind}" style="--count:{len(section.parts)}">{cards}</div></section>'
    )


def _part(part: Part) -> str:
    return "".join(
        [
            _heading(part.heading) if part.heading else "",
            f"<p>{_prose(part.lead)}</p>" if part.lead else "",
            _list("ul", part.items),
            _list("ol", part.steps),
            _figure(part.chart) if part.chart else "",
            _grid(part.grid) if part.grid else "",
            _diff(part.diff) if part.diff else "",
        ]
    )


def _heading(heading: str) -> str:
    """Give a heading; a tier at its end becomes a pill."""
    name, _, tier = heading.rpartition(": ")
    if tier in {"good", "concerning", "critical", "inconclusive"}:
        return f'<h3>{escape(name)} <span class="pill {tier}">{tier}</span></h3>'
    return f"<h3>{escape(heading)}</h3>"


def _list(kind: str, items: tuple[str, ...]) -> str:
    if not items:
        return ""
    return f"<{kind}>" + "".join(f"<li>{_prose(item)}</li>" for item in items) + f"</{kind}>"


def _figure(chart: Chart) -> str:
    named = f'aria-label="{escape(f"{chart.title}. {chart.summary}")}"'
    drawn = _svg(chart, "wide", WIDE) + _svg(chart, "narrow", NARROW)
    caption, fold = f"The numbers of: {chart.title}", "The same as a table"
    rows = Grid(header=chart.header, rows=chart.rows, caption=caption, fold=fold)
    table = _grid(rows)
    return (
        f'<figure id="chart-{chart.id}"><p class="chart-title">{escape(chart.title)}</p>'
        f'<div class="plot" role="img" tabindex="0" {named}>{drawn}</div>'
        f"<figcaption>{escape(chart.summary)}</figcaption>{table if chart.rows else ''}</figure>"
    )


def _svg(chart: Chart, look: str, size: tuple[int, int]) -> str:
    svg = draw_svg(chart, *size, COLOURS)
    return svg.replace('class="marks"', f'class="{look}" aria-hidden="true"', 1)


def _grid(grid: Grid) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in grid.header)
    body = "".join(
        "<tr>" + "".join(f"<td>{_prose(cell)}</td>" for cell in row) + "</tr>" for row in grid.rows
    )
    table = (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(grid.caption)}">'
        f'<table><caption class="hidden">{escape(grid.caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    if not grid.fold:
        return table
    return f"<details><summary>{escape(grid.fold)}</summary>{table}</details>"


def _diff(diff: str) -> str:
    looks = {"+": "add", "-": "del", "@": "at"}
    lines = [
        f'<span class="{looks[line[:1]]}">{escape(line)}</span>'
        if line[:1] in looks
        else escape(line)
        for line in diff.split("\n")
    ]
    text = "\n".join(lines)
    named = 'role="region" tabindex="0" aria-label="The change, line by line"'
    return f'<pre class="diff" {named}>{text}</pre>'
