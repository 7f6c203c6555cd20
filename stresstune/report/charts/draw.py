"""Drawing a chart: the only importer of vl-convert, which runs Vega-Lite without a browser."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape, unescape
from types import ModuleType

from stresstune.errors import UsageError
from stresstune.report.charts.chart import Chart
from stresstune.report.charts.inks import INKS
from stresstune.report.charts.spec import spec_of

MISSING = (
    "charts need the extra `report`: pip install 'stresstune[report]'. "
    "Without it a report can be written as Markdown: --out report.md"
)

_MARK = re.compile(r'<(path|line) aria-label="([^"]*)" ([^>]*?)/>')
_ROLES = re.compile(r' (?:role|aria-roledescription|aria-label|aria-hidden)="[^"]*"')
_WORDS = re.compile(r'(<g class="mark-text role-mark[^"]*"[^>]*>)(.*?)(</g>)', re.DOTALL)
_IDS = re.compile(r'(id="|url\(#)(clip|gradient)')


def draw_svg(chart: Chart, width: int, height: int, colours: Mapping[str, str]) -> str:
    """Draw a chart as an SVG element for a page.

    Every mark that says something carries it as its title and as ``data-says``.

    Args:
        chart: What is drawn.
        width: In pixels.
        height: In pixels.
        colours: What each tone looks like: any CSS colour, ``var(--main)`` too.

    Raises:
        UsageError: The extra is not installed.
    """
    svg: str = _library().vegalite_to_svg(spec_of(chart, width, height))
    svg = _MARK.sub(_told, svg)
    svg = _ROLES.sub("", svg)
    svg = _WORDS.sub(_haloed, svg)
    svg = _IDS.sub(rf"\g<1>{chart.id}-{width}-\g<2>", svg)
    return _coloured(svg, colours)


def rasterise(svg: str, scale: float = 2.0) -> bytes:
    """Turn an SVG document into a PNG picture, with so many pixels a unit.

    Raises:
        UsageError: The extra is not installed.
    """
    png: bytes = _library().svg_to_png(svg, scale=scale)
    return png


def _library() -> ModuleType:
    try:
        import vl_convert  # noqa: PLC0415 - an extra, and slow to load
    except ImportError:
        raise UsageError(MISSING) from None
    return vl_convert


def _told(found: re.Match[str]) -> str:
    tag, words, rest = found.groups()
    if not words:
        return f"<{tag} {rest}/>"
    plain = escape(unescape(words))
    return f'<{tag} data-says="{plain}" {rest}><title>{plain}</title></{tag}>'


def _haloed(found: re.Match[str]) -> str:
    """Give words a rim of paper, so that they can be read across a line."""
    halo = f'<text paint-order="stroke" stroke="{INKS["paper"]}" stroke-width="4" '
    words = found[2].replace("<text ", halo + 'stroke-linejoin="round" ')
    return found[1] + words + found[3]


def _coloured(svg: str, colours: Mapping[str, str]) -> str:
    for tone, ink in INKS.items():
        svg = svg.replace(ink, colours[tone])
    return svg
