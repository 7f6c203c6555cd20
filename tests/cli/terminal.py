"""A command whose stderr is a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


class Watched:
    """A running command, and what it showed on its terminal until now."""

    def __init__(self, process: subprocess.Popen[str], terminal: int) -> None:
        self.process = process
        self.shown = ""
        self._thread = threading.Thread(target=self._read, args=(terminal,))
        self._thread.start()

    def wait_for(self, text: str, seconds: float = 30.0) -> None:
        """Wait until the text was shown."""
        deadline = time.monotonic() + seconds
        while text not in self.shown and time.monotonic() < deadline:
            time.sleep(0.02)  # a real process, so real time
        assert text in self.shown, self.shown

    def end(self) -> str:
        """Wait for the end, and return what stands on stdout."""
        out, _ = self.process.communicate(timeout=60)
        self._thread.join(timeout=10)
        return out

    def _read(self, terminal: int) -> None:
        while True:
            try:
                part = os.read(terminal, 65536)
            except OSError:  # EIO: nobody holds the other end any more
                return
            if not part:
                return
            self.shown += part.decode(errors="replace")


@contextmanager
def on_a_terminal(
    *arguments: str, cwd: Path, env: Mapping[str, str] | None = None
) -> Iterator[Watched]:
    """Run stresstune with a terminal of 100 columns as its stderr."""
    ours, theirs = pty.openpty()
    os.set_blocking(ours, True)
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "30", **(env or {})}
    process = subprocess.Popen(
        [sys.executable, "-m", "stresstune", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        cwd=cwd,
        env=environment,
    )
    os.close(theirs)
    watched = Watched(process, ours)
    try:
        yield watched
    finally:
        if process.poll() is None:
            process.kill()
        watched.end()
        os.close(ours)
