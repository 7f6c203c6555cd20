"""Pictures of the terminal for the site, made from real runs.

``python -m docs.extensions.screens`` runs each command on a terminal of 88 columns, in a folder
that holds the repository's workshop.toml, and draws what it shows into ``docs/screens/``.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "screens"
COLUMNS = 88


@dataclass(frozen=True, kw_only=True)
class Screen:
    """One picture: the commands before it, which set the scene, and the one that is shown."""

    name: str
    command: str
    before: tuple[str, ...] = ()


SCREENS = (
    Screen(name="apply", command="stresstune apply --simulate --limit 2GB"),
    Screen(
        name="explain",
        command="stresstune explain MAX_CONCURRENT_SESSIONS",
        before=("stresstune apply --only memory --limit 2GB",),
    ),
    Screen(
        name="check",
        command="stresstune check --limit 1GB",
        before=("stresstune apply --only memory --limit 2GB",),
    ),
    Screen(name="help", command="stresstune check --help"),
)


def main() -> None:
    """Draw every picture anew."""
    FOLDER.mkdir(exist_ok=True)
    for screen in SCREENS:
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(ROOT / "workshop.toml", folder)
            for command in screen.before:
                on_a_terminal(command, folder)
            shown = last_picture(on_a_terminal(screen.command, folder))
        (FOLDER / f"{screen.name}.svg").write_text(draw(screen, shown), encoding="utf-8")
        print(f"{screen.name}.svg: {screen.command}")  # noqa: T201 - a script


def on_a_terminal(command: str, folder: str) -> str:
    """Run a command on a terminal, and return everything that it wrote."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    process = subprocess.Popen(
        command.split(),
        cwd=folder,
        env={"PATH": path, "TERM": "xterm-256color", "HOME": folder, "LANG": "C.UTF-8"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    written = b""
    while part := _read(ours):
        written += part
    os.close(ours)
    process.wait()
    return written.decode(errors="replace")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # EIO: the command has gone
        return b""


def last_picture(written: str) -> str:
    r"""Leave out what was drawn over (bars that come and go), and keep the colours.

    >>> last_picture("bar 1\r\x1b[2Kbar 2\r\x1b[2Kb\x1b[31mred\x1b[0m\r\n")
    'b\x1b[31mred\x1b[0m'
    """
    lines, row = [""], 0
    for piece in re.findall(r"\r\n|\r|\n|\x1b\[[0-9;?]*[A-Za-z]|[^\r\n\x1b]+", written):
        if piece in {"\n", "\r\n"}:
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif piece == "\r":
            continue
        elif piece.startswith("\x1b[") and not piece.endswith("m"):
            count = int(re.sub(r"\D", "", piece) or 1)
            row = max(0, row - count) if piece.endswith("A") else row
            lines[row] = "" if piece.endswith("K") else lines[row]
        else:
            lines[row] += piece
    return "\n".join(lines).strip("\n")


def draw(screen: Screen, shown: str) -> str:
    """Draw text with its colours as a terminal, in a picture that loads nothing."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"\x1b[1m$ {screen.command}\x1b[0m\n{shown}"))
    svg = console.export_svg(title="stresstune", unique_id=screen.name)
    return re.sub(r"@font-face \{.*?\}\n?", "", svg, flags=re.DOTALL) + "\n"


if __name__ == "__main__":
    main()
