"""Where a command speaks: results to stdout, talk to stderr, colour on a terminal only."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TextIO, cast

import click

from stresstune.cli.exits import NotPrinted
from stresstune.report.table import paragraph

MIN_WIDTH, MAX_WIDTH, WIDTH_OF_A_PIPE = 60, 160, 80

TIER_COLOURS = {
    "good": "green",
    "ok": "green",
    "ready": "green",
    "not ready": "red",
    **dict.fromkeys(("drifted", "interrupted", "unreadable"), "red"),
    **dict.fromkeys(("never_tuned", "stale", "simulated"), "yellow"),
    "concerning": "yellow",
    "inconclusive": "magenta",
    "critical": "red",
}


@dataclass(frozen=True, kw_only=True)
class Shell:
    """One command's way to speak.

    Attributes:
        form: What stdout is: ``text``, ``json`` (one document), or another form for a pipeline;
            text goes nowhere unless it is asked for.
        quiet: No talk on stderr; errors are still said.
        verbose: More talk, and tracebacks.
    """

    form: str = "text"
    quiet: bool = False
    verbose: bool = False

    @property
    def as_json(self) -> bool:
        """Stdout is one JSON document."""
        return self.form == "json"

    @property
    def as_text(self) -> bool:
        """Stdout is for people."""
        return self.form == "text"

    @property
    def width(self) -> int:
        """Columns to lay text out in."""
        return columns() if sys.stdout.isatty() else WIDTH_OF_A_PIPE

    @property
    def may_ask(self) -> bool:
        """Somebody sees a question, which goes to stderr, and can answer it."""
        return self.as_text and sys.stdin.isatty() and sys.stderr.isatty()

    @property
    def shows_progress(self) -> bool:
        """Progress bars are for people who watch."""
        return sys.stderr.isatty() and not self.quiet

    def talk(self, text: str) -> None:
        """Say something that is no result."""
        if not self.quiet:
            said = fitted(text, sys.stderr)
            _say_on_stderr(said, color=wants_colour(sys.stderr.isatty()))

    def show_line(self, text: str) -> None:
        """Print one line of the result: wrapped on a terminal, one line for whoever reads it."""
        self.show(fitted(text, sys.stdout))

    def show(self, text: str) -> None:
        """Print a part of the result for people."""
        if text and self.as_text:
            put(text, color=wants_colour(sys.stdout.isatty()))

    def document(self, plain: Mapping[str, Any]) -> None:
        """Print the result for machines."""
        if self.as_json:
            put(json.dumps(plain, indent=2, ensure_ascii=True))


def forget(stream: TextIO) -> None:
    """Let a stream that nobody takes anything from any more swallow what comes, at its end too."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class _Dropping:
    """Stderr, but what it does not take is dropped: no talk is worth a result.

    Progress is drawn there by threads and libraries that know nothing of a full disk, or of a
    terminal that was closed.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a stream has
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, or drop this and all that follows."""
        try:
            return self._stream.write(text)
        except OSError:
            forget(self._stream)
            return len(text)

    def flush(self) -> None:
        """Flush, or drop what was written and all that follows."""
        try:
            self._stream.flush()
        except OSError:
            forget(self._stream)


@contextmanager
def dropping_talk() -> Iterator[None]:
    """Let nothing inside fail, and the exit code be no other, because stderr takes nothing."""
    before = sys.stderr
    dropping = _Dropping(before)
    sys.stderr = cast("TextIO", dropping)
    try:
        yield
    finally:
        sys.stderr = before
        dropping.flush()  # what is left there would be tried again as the process ends


def _say_on_stderr(text: str, *, color: bool) -> None:
    try:
        click.echo(text, err=True, color=color)
    except OSError:  # click writes past `_Dropping` where the locale is ASCII
        forget(sys.stderr)


def put(text: str, *, color: bool | None = None) -> None:
    """Print a part of the result; on stderr where stdout does not take it, so that it is not lost.

    Raises:
        NotPrinted: Stdout did not take it (a full disk, say).
    """
    try:
        click.echo(text, color=color)
    except BrokenPipeError:  # who reads it has had enough; whoever asks for the exit code has not
        forget(sys.stdout)
    except OSError as error:
        _say_on_stderr(text, color=False)
        raise not_printed(
            "the result", error, ", and stands on stderr; what was written stays"
        ) from error


def not_printed(what: str, error: OSError, more: str = "") -> NotPrinted:
    """Say that stdout did not take something, and what to do about it."""
    from stresstune.config.way_out import way_out  # noqa: PLC0415 - hardly ever needed

    why = error.strerror or error
    next_step = f"Next: {way_out(error)}, or print it elsewhere."
    return NotPrinted(f"{what} could not be printed ({why}){more}. {next_step}")


def fitted(text: str, stream: TextIO) -> str:
    """Wrap what is said to a terminal's columns; in a file or a pipe a line stays a line."""
    if not stream.isatty() or max(map(len, text.splitlines()), default=0) <= columns():
        return text
    lines = (paragraph(line, width=columns(), hanging="  ") for line in text.splitlines())
    return "\n".join(lines)


def columns() -> int:
    """Return how wide the terminal is, as far as a text should be."""
    import shutil  # noqa: PLC0415 - for a terminal only

    return min(max(shutil.get_terminal_size().columns, MIN_WIDTH), MAX_WIDTH)


def wants_colour(is_terminal: bool) -> bool:
    """Tell whether to colour: on a terminal, unless NO_COLOR is set; FORCE_COLOR asks for it.

    Both as on https://no-color.org and https://force-color.org: set and not empty. A terminal that
    calls itself dumb shows the codes instead of the colours.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return is_terminal and os.environ.get("TERM") != "dumb"


def paint_tier(tier: str) -> str:
    """Colour the word of a tier."""
    return click.style(tier, fg=TIER_COLOURS.get(tier), bold=True)


def paint_tiers(table: str) -> str:
    """Colour the tiers in a column of a table."""
    return re.sub(
        r"(?<=  )(good|concerning|critical|inconclusive)(?=  )",
        lambda found: paint_tier(found[0]),
        table,
    )


def paint_verdict(text: str) -> str:
    """Colour what a run or a check came to, in a line that is wrapped already.

    >>> paint_verdict("Tier: odd; memory binds.")
    'Tier: odd; memory binds.'
    """
    words = "|".join(TIER_COLOURS)
    return re.sub(
        rf"(^Tier: |^Check: |; run \d+ was |^Run \d+ was )({words})\b",
        lambda found: found[1] + paint_tier(found[2]),
        text,
        flags=re.MULTILINE,
    )


def paint_diff(diff: str) -> str:
    """Colour the lines of a unified diff."""
    colours = {"+": "green", "-": "red", "@": "cyan"}
    return "\n".join(click.style(line, fg=colours.get(line[:1])) for line in diff.splitlines())


def what_binds(tier: str, binding: str | None) -> str:
    """Say which limit binds, behind the tier of a run.

    >>> what_binds("critical", "memory"), what_binds("good", None)
    ('; memory binds', '; no limit binds')
    >>> what_binds("inconclusive", "app"), what_binds("inconclusive", None)
    ('; the app itself binds', '; what binds is not known')
    """
    if binding:
        return f"; {'the app itself' if binding == 'app' else binding} binds"
    return "; what binds is not known" if tier == "inconclusive" else "; no limit binds"
