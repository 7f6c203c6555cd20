"""From an argument list to an exit code."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from itertools import pairwise
from pathlib import Path
from types import FrameType

import click

from stresstune.cli import exits
from stresstune.cli.app import app
from stresstune.cli.shell import Shell, dropping_talk, fitted, forget, not_printed, wants_colour

PROGRAM = "stresstune"
COMPLETION_VARIABLE = "_STRESSTUNE_COMPLETE"
"""Set by the completion script; the name is click's rule."""

INTERRUPTED = (
    "Interrupted: nothing is left running, and nothing more was written. Next: run it again."
)


def main(
    argv: Sequence[str] | None = None, *, on_ready: Callable[[], object] = lambda: None
) -> int:
    """Run one command and return its exit code; nothing is raised, and the process goes on.

    Args:
        argv: Arguments without the program's name; those of this process by default.
        on_ready: Called once an interrupt would be taken care of.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    _be_printable()
    with dropping_talk():
        return _ended(arguments, on_ready)


def _ended(arguments: list[str], on_ready: Callable[[], object]) -> int:
    """Run one command, say what went wrong, and return its exit code."""
    termination = _Termination()
    try:
        with _like_ctrl_c(termination):
            on_ready()
            code = _run(arguments)
            _flush()
    except BrokenPipeError:  # of click's own help
        forget(sys.stdout)
        return exits.DONE
    except (Exception, KeyboardInterrupt) as caught:  # noqa: BLE001 - becomes an exit code
        error = termination.explained(caught)
        _forget_ctrl_c()
        _report(error, verbose="-v" in arguments or "--verbose" in arguments)
        if isinstance(error, exits.NotPrinted):
            forget(sys.stdout)
        elif wants_json(arguments) and not isinstance(error, exits.SHOWN):
            _document(error)
        return exits.code_of(error)
    return code


def _flush() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        forget(sys.stdout)


def _run(arguments: list[str]) -> int:
    """Run a command; not by click's own main, which turns Ctrl-C into an error of its own."""
    if COMPLETION_VARIABLE in os.environ:  # a shell asks what may come next
        return int(app.main(arguments, PROGRAM, standalone_mode=False) or exits.DONE)
    try:
        with app.make_context(PROGRAM, list(arguments)) as context:
            code = app.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    except BrokenPipeError:
        raise
    except OSError as error:
        if {"-h", "--help"}.isdisjoint(arguments):
            raise
        raise not_printed("the help", error) from error  # click prints it by itself
    return code if isinstance(code, int) else exits.DONE


def _report(error: BaseException, *, verbose: bool) -> None:
    """Say what went wrong in one line; a traceback only where it was asked for."""
    if verbose and not isinstance(error, click.ClickException):
        sys.excepthook(type(error), error, error.__traceback__)
    if isinstance(error, KeyboardInterrupt | click.Abort):
        _say(INTERRUPTED)
    elif exits.is_expected(error):
        _say(f"Error: {_words(error)}")
    else:
        detail = f"{type(error).__name__}: {_words(error)}"
        hint = "" if verbose else " Run it again with --verbose for the traceback."
        _say(f"Internal error: {detail}.{hint}")


def _document(error: BaseException) -> None:
    """Whoever asked for a document gets one, whatever happens."""
    shell = Shell(form="json")
    code = exits.code_of(error)
    try:
        shell.document({"schema": 1, "outcome": "error", "exit_code": code, "error": _words(error)})
    except exits.NotPrinted:
        forget(sys.stdout)


def wants_json(arguments: Sequence[str]) -> bool:
    """Tell whether a document was asked for, before anything has been parsed.

    >>> wants_json(["check", "--format", "json"]), wants_json(["check", "--format", "junit"])
    (True, False)
    """
    return not {"--json", "--format=json"}.isdisjoint(arguments) or any(
        pair == ("--format", "json") for pair in pairwise(arguments)
    )


def _words(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return "interrupted"
    if isinstance(error, click.NoSuchOption) and error.possibilities:
        del error.possibilities[1:]  # the nearest stays; click would sort them by name
    return _one_line(
        error.format_message() if isinstance(error, click.ClickException) else str(error)
    )


def _say(text: str) -> None:
    with suppress(OSError, ValueError):
        click.secho(
            fitted(text, sys.stderr), fg="red", err=True, color=wants_colour(sys.stderr.isatty())
        )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _be_printable() -> None:
    """Let a stream that lacks a character show a question mark, and one that is closed swallow."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started the command
            nowhere = Path(os.devnull).open("w")  # noqa: SIM115 - as long as the process lives
            setattr(sys, name, nowhere)
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _forget_ctrl_c() -> None:
    """Keep CPython from ending the process by SIGINT in the end, although Ctrl-C was caught.

    It does so where Ctrl-C left an ``exec`` of text once, as a module has that makes a dataclass
    while it is imported; the next such ``exec`` makes it forget (run_eval_code_obj in pythonrun.c).
    """
    exec("")  # noqa: S102 - see above


_ENDINGS = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
"""An order to end, and a terminal that was closed (Windows has none of that)."""


class _Termination:
    """Whether SIGTERM or SIGHUP came, which end a command as Ctrl-C does."""

    def __init__(self) -> None:
        self._came = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self._came = True
        handler = signal.getsignal(signal.SIGINT)
        if not callable(handler):
            raise KeyboardInterrupt
        handler(number, frame)

    def explained(self, error: BaseException) -> BaseException:
        """Return what really ended the command: not what a cancelled call failed with."""
        is_other = self._came and not isinstance(error, KeyboardInterrupt)
        return KeyboardInterrupt() if is_other else error


@contextmanager
def _like_ctrl_c(termination: _Termination) -> Iterator[None]:
    """Let them end a command with what was measured, and nothing left behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _ENDINGS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:  # nohup's command goes on without its terminal
            signal.signal(number, termination)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
