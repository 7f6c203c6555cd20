"""Sees memory that was refused to a session, though the session caught the error and went on.

A report that is left out where there is no memory for it is not left out where the kernel kills
instead: what a hard stop refused would have been used.
"""

from __future__ import annotations

import contextlib
import errno
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from _typeshed import TraceFunction


def is_refusal(error: object) -> bool:
    """Whether an error says that there was no memory.

    >>> is_refusal(MemoryError()), is_refusal(OSError(errno.ENOENT, "no such file"))
    (True, False)
    """
    return isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM


class Refusals:
    """What a session was refused, in the thread that makes it and those that it starts.

    Watching makes a call of a function cost eight times what it did, so it is for the few sessions
    before a hard stop. Where somebody else traces the session, nothing is seen.

    Attributes:
        latest: An error that stands for the one that was raised; None where there was none.
    """

    def __init__(self) -> None:
        self.latest: MemoryError | None = None

    @contextlib.contextmanager
    def watched(self) -> Iterator[Self]:
        """Watch until the end of the block."""
        if sys.gettrace() is not None:
            yield self
            return
        threading.settrace(self._trace)
        sys.settrace(self._trace)
        try:
            yield self
        finally:
            sys.settrace(None)
            threading.settrace(None)

    def _trace(self, frame: FrameType, event: str, argument: object) -> TraceFunction:
        frame.f_trace_lines = False
        if event == "exception" and isinstance(argument, tuple) and is_refusal(argument[1]):
            # The one that was raised would hold on to all that it passed.
            self.latest = MemoryError(str(argument[1]))
        return self._trace
