"""Who is told that a lock is waited for.

A context variable, since between who knows and who is told lie a dozen functions that have nothing
to do with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_LISTENER: ContextVar[Callable[[str], None] | None] = ContextVar("listener", default=None)


@contextmanager
def heard_by(listener: Callable[[str], None]) -> Iterator[None]:
    """Tell somebody, within a block, what is waited for.

    >>> with heard_by(print):
    ...     tell("somebody else is writing")
    somebody else is writing
    """
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def tell(words: str) -> None:
    """Say what is waited for; nobody may be listening."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(words)
