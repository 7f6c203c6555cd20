"""A report as one picture: the answer and its charts, to be sent to somebody."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from html import escape

from stresstune.model.report import Dossier
from stresstune.report.assets import asset
from stresstune.report.charts.chart import Chart
from stresstune.report.charts.draw import draw_svg, rasterise
from stresstune.report.charts.spec import FONT
from stresstune.report.compose import charts_of, compose
from stresstune.report.sheet import Sheet, Tile
from stresstune.report.xml import spelled

WIDTH, EDGE, GAP = 1200, 40, 20
"""Of the picture, in units; a PNG has two pixels for each."""

TIER_INKS = {
    "good": "good",
    "concerning": "warn",
    "critical": "bad",
    "inconclusive": "unsure",
}


def render_png(dossier: Dossier) -> bytes:
    """Render a report as a PNG picture.

    Raises:
        UsageError: The extra ``report`` is not installed.
    """
    return rasterise(render_poster(compose(dossier)))


def render_poster(sheet: Sheet) -> str:
    """Lay a sheet out as one SVG document, in the colours of the day.

    Raises:
        UsageError: The extra ``report`` is not installed.
    """
    return _Poster(sheet).document()


def day_colours() -> dict[str, str]:
    """Return the colours that the page has by day.

    >>> day_colours()["paper"]
    '#ffffff'
    """
    by_day = asset("page.css").split("@media", 1)[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", by_day))


class _Poster:
    """One poster, laid out from the top."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._ink = day_colours()
        self._at = 0

    def document(self) -> str:
        """Give the whole SVG document."""
        body = "".join(self._parts())
        height = self._at + EDGE
        return spelled(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" font-family="{escape(FONT)}">'
            f'<rect width="{WIDTH}" height="{height}" fill="{self._ink["page"]}"/>{body}</svg>'
        )

    def _parts(self) -> Iterator[str]:
        sheet = self._sheet
        self._at = EDGE
        yield self._lines(sheet.title, 17, "muted", 100)
        yield self._lines(sheet.headline, 34, "ink", 58, weight=700)
        yield self._lines(sheet.subtitle, 17, "muted", 110)
        for warning in sheet.warnings:
            yield self._lines(warning, 17, "warn", 120, weight=600)
        self._at += GAP
        yield self._tiles()
        yield from self._charts(charts_of(sheet))
        yield self._lines(sheet.footer, 15, "muted", 120)

    def _lines(self, text: str, size: int, tone: str, columns: int, *, weight: int = 400) -> str:
        drawn = []
        for line in textwrap.wrap(text, columns):
            self._at += round(size * 1.3)
            drawn.append(self._text(line, (EDGE, self._at), size, tone, weight=weight))
        self._at += 4
        return "".join(drawn)

    def _text(
        self, text: str, at: tuple[float, float], size: int, tone: str, *, weight: int = 400
    ) -> str:
        return (
            f'<text x="{at[0]}" y="{at[1]}" font-size="{size}" font-weight="{weight}" '
            f'fill="{self._ink[tone]}">{escape(text)}</text>'
        )

    def _tiles(self) -> str:
        tiles = self._sheet.tiles
        width = (WIDTH - 2 * EDGE - GAP * (len(tiles) - 1)) / len(tiles)
        drawn = [
            self._tile(tile, EDGE + place * (width + GAP), width, first=place == 0)
            for place, tile in enumerate(tiles)
        ]
        self._at += 150 + GAP
        return "".join(drawn)

    def _tile(self, tile: Tile, left: float, width: float, *, first: bool) -> str:
        tone = TIER_INKS[self._sheet.tier] if first else "ink"
        soft = self._ink[f"{tone}-soft"] if first else self._ink["paper"]
        edge = self._ink[tone] if first else self._ink["grid"]
        parts = [self._text(tile.label, (left + 18, self._at + 30), 15, "muted")]
        top = self._at + 60
        for line in textwrap.wrap(tile.value, 27)[:2]:
            parts.append(self._text(line, (left + 18, top), 23, tone, weight=700))
            top += 28
        for line in textwrap.wrap(tile.note, 42)[: 3 if top < self._at + 100 else 2]:
            parts.append(self._text(line, (left + 18, top), 15, "ink"))
            top += 20
        box = f'<rect x="{left}" y="{self._at}" width="{width}" height="150" rx="12" '
        return f'{box}fill="{soft}" stroke="{edge}"/>{"".join(parts)}'

    def _charts(self, charts: tuple[Chart, ...]) -> Iterator[str]:
        across = WIDTH - 2 * EDGE
        for chart in charts:
            if chart.id == "pace":
                yield self._chart(chart, (EDGE, across), (across - 32, 380))
                self._at += 460 + GAP
        others = [chart for chart in charts if chart.id != "pace"]
        if others:
            width = (across - GAP * (len(others) - 1)) / len(others)
            for place, chart in enumerate(others):
                box = (EDGE + place * (width + GAP), width)
                yield self._chart(chart, box, (int(width) - 32, 300))
            self._at += 380 + GAP

    def _chart(self, chart: Chart, box: tuple[float, float], size: tuple[int, int]) -> str:
        left, width = box
        svg = draw_svg(chart, *size, self._ink)
        placed = svg.replace("<svg ", f'<svg x="{left + 16}" y="{self._at + 52}" ', 1)
        columns = int(width / 9)
        title = textwrap.shorten(chart.title, columns, placeholder="...")
        return (
            f'<rect x="{left}" y="{self._at}" width="{width}" height="{size[1] + 70}" rx="12" '
            f'fill="{self._ink["paper"]}" stroke="{self._ink["grid"]}"/>'
            f"{self._text(title, (left + 18, self._at + 32), 17, 'ink', weight=700)}{placed}"
        )
