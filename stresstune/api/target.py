"""What is called: any async callable without arguments, and what a probe does around it.

A target returns on success and raises on failure. Where it holds connections it is an async
context manager too, and where it can ask for free whether it works at all it has ``check``.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Protocol, cast, runtime_checkable

from stresstune.redact import redact


class Target(Protocol):
    """One call to the service that is measured.

    It returns on success and raises on failure. What it returns may carry usage as google-genai's
    responses do (``usage_metadata.prompt_token_count``); what it raises is judged by what it
    carries (``code``, ``status_code``, ``response.status_code``, ``details``).
    """

    def __call__(self) -> Awaitable[object]:
        """Make one call."""
        ...


@runtime_checkable
class Checkable(Protocol):
    """A target that can tell beforehand, outside of every quota, whether it works at all."""

    async def check(self) -> int | None:
        """Return the input tokens of one call, or None where they are unknown.

        Raises:
            TargetUnusable: Every call would fail.
        """
        ...


@asynccontextmanager
async def open_target(target: Target) -> AsyncIterator[Target]:
    """Open a target for the time of a run, and close it at its end.

    A target without ``__aenter__`` is handed back as it is.

    Raises:
        TypeError: It cannot be called, or its calls cannot be awaited.

    Example::

        async with open_target(Gemini()) as target:
            await target()
    """
    if isinstance(target, type) or not callable(target):
        what = getattr(target, "__qualname__", None) or f"a {type(target).__name__}"
        raise TypeError(f"a target is an async callable without arguments, and this is {what}")
    with _refusing_synchronous(target):
        if not hasattr(type(target), "__aenter__"):
            yield target
            return
        async with cast("AbstractAsyncContextManager[object]", target) as opened:
            yield cast("Target", opened) if callable(opened) else target


@contextmanager
def _refusing_synchronous(target: Target) -> Iterator[None]:
    """Say it once, out of whatever tasks have made calls, where a target is no async callable."""
    from stresstune.load.driver import NotAsync  # noqa: PLC0415 - imports anyio

    try:
        yield
    except (NotAsync, BaseExceptionGroup) as error:
        group = BaseExceptionGroup("", [error])
        if group.subgroup(NotAsync) is None:
            raise
        raise TypeError(
            f"a target is an async callable without arguments, and what {describe(target)} returns "
            "cannot be awaited: write it with async def"
        ) from None


async def check_target(target: Target) -> int | None:
    """Ask an open target whether it works at all, if it can tell; costs no quota.

    Returns:
        The input tokens of one call, or None where they are unknown.

    Raises:
        TargetUnusable: Every call would fail (wrong key, unknown model, no connection).
    """
    return await target.check() if isinstance(target, Checkable) else None


def describe(target: Target) -> str:
    """Return a name for a target, without any secret.

    >>> async def edit_image() -> None: ...
    >>> describe(edit_image).endswith("edit_image")
    True
    """
    name = getattr(target, "name", None)
    if isinstance(name, str) and name:
        return redact(name)
    if isinstance(target, functools.partial):
        return describe(target.func)
    name = getattr(target, "__qualname__", None) or type(target).__qualname__
    module = getattr(target, "__module__", None)
    return f"{module}.{name}" if module and module != "__main__" else str(name)


def require_asyncio(who: str) -> None:
    """Refuse to go on where no asyncio loop runs.

    Raises:
        RuntimeError: There is none (trio, or no event loop at all).
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        running = False
    else:
        running = True
    if not running:
        raise RuntimeError(
            f"{who} speaks HTTP through aiohttp, which needs asyncio, and no asyncio loop runs "
            "here; run the probe under asyncio, or give it a target of your own"
        )
