"""``python -m stresstune``, also installed as ``stresstune``."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path

HELD = (signal.SIGINT, signal.SIGTERM)


def run() -> None:
    """Run the command line and end the process with its exit code.

    People's modules lie where they are, and a console script does not look there by itself. It
    looks there last, so that no file of theirs stands in for a library.
    """
    here = str(Path.cwd())
    if not {"", here} & set(sys.path):
        sys.path.append(here)
    let_go = _hold_interrupts()
    from stresstune.cli.main import main  # noqa: PLC0415 - nobody takes an interrupt meanwhile

    sys.exit(main(on_ready=let_go))


def _hold_interrupts() -> Callable[[], object]:
    """Keep Ctrl-C and SIGTERM waiting, and return what lets them through.

    Importing the command line takes a part of a second: an interrupt in it would end the process
    with a traceback, or with no word at all.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        return lambda: None
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HELD)
    return lambda: signal.pthread_sigmask(signal.SIG_SETMASK, before)


if __name__ == "__main__":
    run()
