"""How the sessions' process ends with its parent, and leaves nobody behind.

The kernel ends it at once when its parent ends (``PR_SET_PDEATHSIG``), whatever holds the
interpreter then. But nobody would be left to end programs that sessions have started: who is forked
off asks the kernel for the same, whoever was executed has asked for nothing. So while there is any
child, and from just before one is started, this process is told by the end of its input alone, and
ends them all before itself.

It is part of what stands in for the app's memory, so it needs no more than the interpreter has.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator

TRACKER = "multiprocessing.resource_tracker"
"""Whoever has this on its command line removes what others left, and then ends by itself."""

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LOOK_EVERY_MILLISECONDS = 50
_PAUSE_SECONDS = 0.005
_ALL_SECONDS = 2.0
_LOOKS_WITHOUT_ANYBODY = 2
_PIECE_BYTES = 65536
_STARTS = frozenset(
    ("subprocess.Popen", "os.posix_spawn", "os.fork", "os.forkpty", "os.system", "os.spawn")
)
"""What the interpreter calls the start of a process (its table of audit events)."""

_STARTERS = frozenset(("multiprocessing.popen_spawn_posix", "multiprocessing.popen_forkserver"))
"""What is imported before the first process that says nothing else of its start; its tracker stays
a child from then on."""

_STARTS_WITHIN_SECONDS = 1.0
"""By then a process that is being started can be seen."""

libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def prctl(option: int, value: int) -> None:
    """Ask the kernel for something that concerns this thread or its process (prctl(2))."""
    assert libc is not None
    libc.prctl(option, value, 0, 0, 0)


def end_with_our_parent() -> None:
    """Have the kernel end this process when the thread that started it ends (prctl(2))."""
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def take_in_orphans() -> None:
    """Become the parent of each descendant whose own parent ends."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


class Tie:
    """What ties this process to its parent; for one thread alone, since the kernel keeps it so."""

    def __init__(self, parent: int, *, at_once: bool) -> None:
        """Tie nothing yet.

        Args:
            parent: The parent's process number.
            at_once: The kernel ends this process while it has no children; otherwise it is always
                to be told by the end of its input.
        """
        self._parent = parent
        self._at_once = at_once and sys.platform == "linux"
        self._is_tied = False
        self._is_untied = threading.Event()
        self._start_seconds = -math.inf
        self._changes = threading.RLock()
        self._owner = os.getpid()
        self._calls: int | None = None
        self.called: int | None = None
        """A pipe in which something comes when `holds` is to be asked at once."""

    def heed_starts(self) -> None:
        """From now on let nobody start a process before this one is untied."""
        if self._at_once:
            self.called, self._calls = os.pipe()
            sys.addaudithook(self.before)

    def holds(self) -> bool:
        """Whether the parent is still there; and say to the kernel what there is to say."""
        with self._changes:
            is_starting = time.monotonic() < self._start_seconds + _STARTS_WITHIN_SECONDS
            wanted = self._at_once and not is_starting and not _has_children()
            if wanted != self._is_tied:
                prctl(_PR_SET_PDEATHSIG, signal.SIGKILL if wanted else 0)
                self._is_tied = wanted
        if not wanted:
            self._is_untied.set()
        return os.getppid() == self._parent

    def before(self, event: str, arguments: tuple[object, ...]) -> None:
        """Wait until this process is untied where the event is the start of another one.

        Args:
            event: Of the interpreter's audit events.
            arguments: What it comes with.
        """
        if not _is_start(event, arguments) or os.getpid() != self._owner:
            return  # who was forked off has no thread that would hear of it
        with self._changes:
            self._start_seconds = time.monotonic()
            if not self._is_tied:
                return
            self._is_untied.clear()
        assert self._calls is not None
        with contextlib.suppress(OSError):  # sessions may close what they have not opened
            os.write(self._calls, b"!")
            self._is_untied.wait(_STARTS_WITHIN_SECONDS)


def _is_start(event: str, arguments: tuple[object, ...]) -> bool:
    return event in _STARTS or (event == "import" and arguments[0] in _STARTERS)


def _has_children() -> bool:
    """Whether there are children of any thread, those too that nobody has waited for."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def lines_from(
    descriptor: int, go_on: Callable[[], bool], called: int | None = None
) -> Iterator[str]:
    """Give the lines that come, until there are no more or it is not to go on.

    Args:
        descriptor: A pipe.
        go_on: Asked before each line and, on Linux, some times a second.
        called: Another pipe; it is asked at once where something comes in this one.
    """
    rest = b""
    while go_on():
        if not _has_something(descriptor, called):
            continue
        piece = os.read(descriptor, _PIECE_BYTES)
        if not piece:
            return
        *lines, rest = (rest + piece).split(b"\n")
        yield from (line.decode() for line in lines)


def _has_something(descriptor: int, called: int | None) -> bool:
    """Wait a little for a line, the end or a call; elsewhere than on Linux, for the first two."""
    if sys.platform != "linux":
        return True
    waiting = select.poll()
    for each in (descriptor, called):
        if each is not None:
            waiting.register(each, select.POLLIN)
    ready = {each for each, _ in waiting.poll(_LOOK_EVERY_MILLISECONDS)}
    if called in ready:
        os.read(called, _PIECE_BYTES)
    return descriptor in ready


def leave_nobody() -> None:
    """End all descendants, again and again until there are none, but not for long.

    Trackers of shared memory see our end, do their work and end. Elsewhere than on Linux nobody is
    found.
    """
    if sys.platform != "linux":
        return
    sys.addaudithook(_wait_for_the_end)
    deadline = time.monotonic() + _ALL_SECONDS
    looks = 0
    while looks < _LOOKS_WITHOUT_ANYBODY and time.monotonic() < deadline:
        left = [pid for pid in _descendants("self") if not _is_tracker(pid)]
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        _take_note_of_the_dead()
        looks = 0 if left else looks + 1
        time.sleep(_PAUSE_SECONDS)


def _wait_for_the_end(event: str, arguments: tuple[object, ...]) -> None:
    """Keep sessions that are being made from starting one more while the others are ended."""
    if _is_start(event, arguments):
        time.sleep(_ALL_SECONDS)


def _descendants(pid: int | str) -> Iterator[int]:
    """Give all descendants, parents before children, so that nobody is started again."""
    for child in _children(pid):
        yield child
        yield from _descendants(child)


def _children(pid: int | str) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - pathlib is memory
            found += map(int, _read(f"/proc/{pid}/task/{task}/children").split())
    return found


def _is_tracker(pid: int) -> bool:
    return TRACKER.encode() in _read(f"/proc/{pid}/cmdline")


def _read(path: str) -> bytes:
    with contextlib.suppress(OSError), open(path, "rb") as file:  # noqa: PTH123
        return file.read()
    return b""


def _take_note_of_the_dead() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
