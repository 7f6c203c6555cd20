"""Looks at the guard from a thread of its own, while the one that reads may be held up.

The kernel lets a reader of a process's high-water mark wait until that process has got the pages
that it asked for; at full speed that is longer than the guard can wait (measured: 64 MB by one
``MADV_POPULATE_WRITE`` of each of four threads went through a guard 32 MiB before the limit).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Sentry:
    """A thread that looks when it is due, until it is relieved."""

    def __init__(self, look: Callable[[], float]) -> None:
        """Prepare to look.

        Args:
            look: Looks, does what is to be done, and returns when to look again, on the clock of
                `time.monotonic`.
        """
        self._look = look
        self._relieved = threading.Event()
        self._thread: threading.Thread | None = None

    def post(self) -> None:
        """Begin to look, unless that was done before."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._stand, daemon=True)
            self._thread.start()

    def relieve(self) -> None:
        """Look no more; when this returns, the last look is over."""
        self._relieved.set()
        if self._thread is not None:
            self._thread.join()

    def _stand(self) -> None:
        due = 0.0
        while not self._relieved.wait(max(0.0, min(due - time.monotonic(), threading.TIMEOUT_MAX))):
            due = self._look()
