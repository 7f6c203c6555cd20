"""The sacrificial process: opens sessions and keeps them, until it is ended.

It imports as little as it can, since its own memory stands in for the app's. Commands come in as
lines on standard input (``open COUNT THREADS``; ``try COUNT THREADS``, the same below a hard stop;
``feed COUNT THREADS``, which each session answers on its own; ``heaps``), answers go out on what
was standard output; the sessions' own prints go nowhere, so that they cannot be mistaken for
answers.

It is the first in line for the kernel's OOM killer, and it ends with its parent: by a signal from
the kernel, and by a thread that waits for the end of its input (see `tie`).
"""

from __future__ import annotations

import ctypes
import importlib
import inspect
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from stresstune.memory.child import tie
from stresstune.memory.child.opener import Sessions, describe

_SCORE = Path("/proc/self/oom_score_adj")
_WATCHER_STACK_BYTES = 256 * 1024
_LEAST_OF_A_PROCESS_BYTES = 512 * 1024
"""An interpreter that has started has taken more than this from its allocator."""


class UnusableError(Exception):
    """The session source cannot be loaded or started at all."""


def main(arguments: list[str]) -> None:
    """Run until standard input ends.

    Args:
        arguments: The parent's process number, then the words of `sources.child_words`.
    """
    oom_score = volunteer()
    commands, answers = take_over_pipes()
    parent = int(arguments[0])
    outlive_nobody(parent)
    tied = tie.Tie(parent, at_once=True)
    tied.heed_starts()
    lines = listen(commands, tied, at_the_end=tie.leave_nobody)
    try:
        sessions = Sessions(loader(arguments[1:]), partial(say, answers))
    except UnusableError as error:
        return say(answers, f"unusable {error}")
    except BaseException as error:  # noqa: BLE001 - the user's module may raise anything
        return say(answers, describe(error))
    say(answers, f"ready {oom_score}")
    while True:
        how, *numbers = lines.get().split()
        if how == "heaps":
            say(answers, f"heaps {heaps_bytes()}")
            continue
        count, threads = (int(number) for number in numbers)
        if how == "feed":
            sessions.feed(count, threads)
            continue
        answer = sessions.add(count, threads, held_back=how == "try")
        more = f" {free_bytes()} {sessions.peaks}" if answer.startswith("opened") else ""
        say(answers, answer + more)


class _Mallinfo(ctypes.Structure):
    """What glibc says of its heaps (mallinfo(3)), in bytes."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            "arena", "ordblks", "smblks", "hblks", "hblkhd",
            "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost",
        )
    )  # fmt: skip


def free_bytes() -> int:
    """Ask the allocator what it has free, in all heaps; 0 where it does not tell (glibc 2.33)."""
    return int(_mallinfo().fordblks)


def heaps_bytes() -> int:
    """Ask the allocator how large its heaps are; -1 where it does not tell.

    What it has mapped for one piece alone is in no heap, nor is what the interpreter's own
    allocator has mapped for objects of up to 512 bytes.
    """
    told = _mallinfo()
    # Where another allocator serves this process, glibc's has next to nothing.
    return int(told.arena) if told.arena + told.hblkhd >= _LEAST_OF_A_PROCESS_BYTES else -1


def _mallinfo() -> _Mallinfo:
    try:
        ask = tie.libc.mallinfo2  # type: ignore[union-attr]
    except AttributeError:
        return _Mallinfo()
    ask.restype = _Mallinfo
    told: _Mallinfo = ask()
    return told


def volunteer() -> int:
    """Become the kernel's first choice (raising the score needs no right); return the score."""
    try:
        _SCORE.write_text("1000")
        return int(_SCORE.read_text())
    except (OSError, ValueError):
        return 0


def take_over_pipes() -> tuple[int, int]:
    """Move the two pipes out of the way of the sessions, which get the null device."""
    commands, answers = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    return commands, answers


def outlive_nobody(parent: int) -> None:
    """Arrange that this process ends with its parent, and that nobody outlives this process.

    Args:
        parent: The parent's process number.
    """
    for each in (signal.SIGINT, getattr(signal, "SIGPIPE", None)):
        if each is not None:
            signal.signal(each, signal.SIG_IGN)
    if sys.platform == "linux":
        # Who is forked off below must end with us, and comes to us when its own parent ends.
        os.register_at_fork(after_in_child=tie.end_with_our_parent)
        tie.take_in_orphans()
    if hasattr(os, "getppid") and os.getppid() != parent:
        os._exit(0)  # it ended before we could ask to be told


def listen(
    commands: int, tied: tie.Tie, *, at_the_end: Callable[[], None]
) -> queue.SimpleQueue[str]:
    """Read commands in a thread of their own, and end this process when there are no more.

    Args:
        commands: The pipe that they come from.
        tied: To the parent; the thread looks after it.
        at_the_end: What is done before, when the parent is gone.
    """
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def watch() -> None:
        try:
            for line in tie.lines_from(commands, tied.holds, tied.called):
                lines.put(line)
            at_the_end()
        finally:  # there may be no memory left
            os._exit(0)

    before = threading.stack_size(_WATCHER_STACK_BYTES)
    threading.Thread(target=watch, daemon=True).start()
    threading.stack_size(before)
    return lines


def loader(words: list[str]) -> Callable[[], object]:
    """Return what opens one session, as the words of `sources.child_words` say."""
    if words[0] == "simulated":
        from stresstune.memory.child.sessions import simulated  # noqa: PLC0415 - only where it is used

        return simulated(words[1], int(words[2]), int(words[3]))
    return load(words[1])


def load(target: str, *, coroutine: bool = False) -> Callable[..., Any]:
    """Import ``module:function``.

    Raises:
        UnusableError: It does not exist, or is not of the wanted kind.
    """
    module_name, _, path = target.partition(":")
    try:
        found: object = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and (module_name + ".").startswith(error.name + "."):
            raise UnusableError(_no_module(error.name, target)) from error
        raise
    for name in path.split("."):
        if not hasattr(found, name):
            raise UnusableError(f"module {module_name!r} has no {path!r}")
        found = getattr(found, name)
    if not callable(found):
        raise UnusableError(f"{target!r} is {found!r:.60}, not a function")
    if coroutine and not inspect.iscoroutinefunction(found):
        raise UnusableError(f"{target!r} is not an async function")
    if not coroutine and inspect.iscoroutinefunction(found):
        raise UnusableError(f"{target!r} is not a plain function: call asyncio.run() in one")
    return found


def _no_module(name: str, target: str) -> str:
    """Say that a module is not there, where it was looked for, and what to do."""
    module, _, function = target.partition(":")
    if module.endswith(".py") and name == module:
        return f"there is no module {name!r}: leave out .py, as in {module[:-3]}:{function}"
    folder = str(Path.cwd())
    here = f"in {folder}, nor elsewhere " if {"", folder} & set(sys.path) else ""
    return (
        f"there is no module {name!r} {here}where Python looks: start from the folder that it lies "
        "in, or name that folder in PYTHONPATH"
    )


def say(answers: int, line: str) -> None:
    """Answer the parent with one line; where it is gone, wait to be ended by who listens."""
    try:
        os.write(answers, line.encode(errors="replace") + b"\n")
    except BrokenPipeError:  # were it to end here, whom sessions have started would be left
        threading.Event().wait()
