"""The pages of the site, and the blocks of code in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    page.relative_to(DOCS).as_posix()
    for page in DOCS.rglob("*.md")
    if not {"made", "parts"} & set(page.relative_to(DOCS).parts)
)

_FENCE = re.compile(r"^(`{3,}|:{3,})([^\n]*)\n(.*?)^\1\s*$", re.DOTALL | re.MULTILINE)
_INCLUDED = re.compile(r"^```\{include\} \.\./parts/(\S+)\n```$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block: what it is written in, what it says, and where."""

    language: str
    text: str
    line: int


def read(page: str) -> str:
    """Return the text of a page."""
    return (DOCS / page).read_text(encoding="utf-8")


def blocks(page: str) -> list[Block]:
    """Return the blocks of code of a page; directives of the site's generator are none."""
    text = _INCLUDED.sub(lambda found: (DOCS / "parts" / found[1]).read_text("utf-8"), read(page))
    return [
        Block(language=info.strip(), text=body, line=text[: found.start()].count("\n") + 1)
        for found in _FENCE.finditer(text)
        for _, info, body in [found.groups()]
        if not info.strip().startswith("{")
    ]


@dataclass(frozen=True, kw_only=True)
class Call:
    """One line after a ``$``, and what the page says that it prints."""

    command: str
    shown: str


def calls(block: Block) -> list[Call]:
    """Return what is typed in a console block, and what is said to come of it."""
    found: list[list[str]] = []
    for line in block.text.splitlines():
        is_new = line.startswith("$ ")
        goes_on = bool(found) and len(found[-1]) == 1 and found[-1][0].endswith("\\")
        if is_new:
            found.append([line[2:]])
        elif goes_on:
            found[-1][0] = f"{found[-1][0]}\n{line}"
        else:
            found[-1].append(line)
    return [Call(command=typed, shown="\n".join(shown)) for typed, *shown in found]
