"""Tables of plain text."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

GAP = "  "
MIN_LAST_WIDTH = 20


def table(
    rows: Sequence[Sequence[str]], *, header: Sequence[str] = (), width: int = 80, indent: int = 0
) -> str:
    """Lay rows out in columns; the last column is wrapped to the width.

    Args:
        rows: Cells; every row has as many as the first.
        header: Names of the columns, or none.
        width: Columns of the terminal.
        indent: Spaces before each line.

    >>> print(table([["memory", "good"], ["api", "critical"]], header=["what", "tier"]))
    what    tier
    ------  --------
    memory  good
    api     critical
    """
    lines = [list(header), *map(list, rows)] if header else list(map(list, rows))
    if not lines:
        return ""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    used = indent + sum(widths[:-1]) + len(GAP) * (len(widths) - 1)
    widths[-1] = min(widths[-1], max(width - used, MIN_LAST_WIDTH))
    if header:
        lines.insert(1, ["-" * column for column in widths])
    return "\n".join(" " * indent + text for line in lines for text in _wrapped(line, widths))


def sentences(lines: Sequence[str], *, width: int = 80, bullet: str = "- ") -> str:
    """Lay sentences out as a list, each wrapped to the width.

    >>> print(sentences(["Work in pairs: 15 pairs."]))
    - Work in pairs: 15 pairs.
    """
    inner = max(width, MIN_LAST_WIDTH) - len(bullet)
    hanging = "\n" + " " * len(bullet)
    return "\n".join(bullet + hanging.join(_wrap(line, inner)) for line in lines)


def paragraph(text: str, *, width: int = 80, hanging: str = "") -> str:
    """Wrap a text to the width; a command in backticks stays whole.

    Args:
        text: What is said.
        width: Columns of the terminal.
        hanging: What every line but the first begins with.

    >>> print(paragraph("Next: `stresstune apply` writes it.", width=25))
    Next: `stresstune apply`
    writes it.
    """
    glued = re.sub(r"`[^`]*`", lambda found: found[0].replace(" ", "\N{NO-BREAK SPACE}"), text)
    return "\n".join(_wrap(glued, width, hanging))


def _wrapped(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    last = _wrap(line[-1], widths[-1])
    texts = []
    for number, part in enumerate(last):
        cells = [*line[:-1], part] if number == 0 else [""] * (len(line) - 1) + [part]
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        texts.append(GAP.join(padded).rstrip())
    return texts


def _wrap(text: str, width: int, hanging: str = "") -> list[str]:
    """Wrap a text, and keep a number and its unit together."""
    glued = re.sub(r"(?<=\d) (?=%|(?:s|ms|[kMGT]?i?B)\b)", "\N{NO-BREAK SPACE}", text)
    lines = textwrap.wrap(
        glued,
        max(width, 1),
        subsequent_indent=hanging,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines] or [""]
