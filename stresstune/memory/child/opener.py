"""Opens sessions and keeps them, inside the sacrificial process: one by one, or by threads."""

from __future__ import annotations

import contextlib
import inspect
import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from stresstune.memory.child.refusals import Refusals, is_refusal

_STATUS = Path("/proc/self/status")
_CLEAR_REFS = Path("/proc/self/clear_refs")


class _Failed:
    """No session, and why; an error that was returned, not raised, is a session like any other."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


class Sessions:
    """The sessions that are held, and the threads that open them."""

    def __init__(
        self, open_session: Callable[[], object], tell: Callable[[str], None] = lambda _: None
    ) -> None:
        """Prepare to open.

        Args:
            open_session: Makes one.
            tell: Given a line for each session that was asked for by `feed`.
        """
        self._open = open_session
        self._tell = tell
        self.held: list[object] = []
        self._jobs: queue.SimpleQueue[Callable[[object], None]] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._threads = 0
        self._marks: list[int] = []
        self._held_back = False

    @property
    def peaks(self) -> str:
        """High-water marks of the latest `add`, between the end of one session and of the next.

        They are relative to what is resident at the end, in bytes, separated by commas; "" where
        sessions were made one after the other, or the system does not tell.
        """
        now = _status().get("VmRSS", 0) if self._marks else 0
        return ",".join(str(mark - now) for mark in self._marks) if now else ""

    def add(self, count: int, threads: int, *, held_back: bool = False) -> str:
        """Open sessions and say what came of it.

        Args:
            count: How many.
            threads: So many at a time.
            held_back: A hard stop is set: a session that it refuses memory has failed, though it
                should have caught the error.
        """
        data_bytes = nothing = 0
        before = len(self.held)
        self._held_back = held_back
        for made in self._by_threads(count, threads) if threads > 1 else self._one_by_one(count):
            if isinstance(made, _Failed):
                return describe(made.error, len(self.held) - before)
            data_bytes += getattr(made, "data_bytes", 0)
            nothing += self._keep(made)
        return f"opened {data_bytes} {nothing} 0 1"

    def feed(self, count: int, threads: int) -> None:
        """Have so many more sessions opened, without waiting for them.

        Each tells ``mark NOTHING`` as it is complete: whether nothing was kept for it.
        """
        for _ in range(count):
            self._jobs.put(self._report)
        # One thread after the other, as they come in an app: others are at work meanwhile.
        self._start(threads)

    def _keep(self, made: object) -> bool:
        nothing = made is None or (bool(self.held) and made is self.held[-1])
        self.held.append(made)
        return nothing

    def _one_by_one(self, count: int) -> Iterator[object]:
        self._marks.clear()
        # In the main thread, as the plain loop of an app would: no second heap of malloc's.
        for _ in range(count):
            yield self._attempt()

    def _by_threads(self, count: int, threads: int) -> Iterator[object]:
        self._start(threads)
        for _ in range(count):
            self._jobs.put(self._done.put)
        self._marks.clear()
        _forget_the_mark()
        for _ in range(count):
            made = self._done.get()
            self._marks.append(_status().get("VmHWM", 0))
            _forget_the_mark()
            yield made

    def _start(self, threads: int) -> None:
        while self._threads < threads:
            threading.Thread(target=self._work, daemon=True).start()
            self._threads += 1

    def _work(self) -> None:
        while True:
            answer = self._jobs.get()
            answer(self._attempt())

    def _report(self, made: object) -> None:
        # Whatever else were done here would let the threads meet in another way than an app's.
        if isinstance(made, _Failed):
            return self._tell(describe(made.error))
        return self._tell(f"mark {int(self._keep(made))}")

    def _attempt(self) -> object:
        me = os.getpid()
        refusals = Refusals()
        try:
            with refusals.watched() if self._held_back else contextlib.nullcontext():
                made = self._open()
            failed = _unfinished(made) or refusals.latest
            return _Failed(failed) if failed else made
        except BaseException as error:  # noqa: BLE001 - whatever it is, the parent must hear of it
            return _Failed(refusals.latest or error)
        finally:
            if os.getpid() != me:  # a fork came back through here; it must not speak for us
                signal.pause()


def _unfinished(made: object) -> TypeError | None:
    """Refuse what has not begun to be a session."""
    if inspect.iscoroutine(made):
        made.close()  # or it complains that it was never awaited
        return TypeError("the function returned a coroutine, which nobody awaits")
    if inspect.isgenerator(made) or inspect.isasyncgen(made):
        return TypeError("the function returned a generator, which nobody runs")
    return None


def _status() -> dict[str, int]:
    """Read what the kernel says of this process, in bytes; empty where it says nothing."""
    found = {}
    with contextlib.suppress(OSError):
        for line in _STATUS.read_text(errors="replace").splitlines():
            name, _, value = line.partition(":")
            if value.endswith(" kB"):
                found[name] = int(value[:-3]) * 1024
    return found


def _forget_the_mark() -> None:
    """Begin a new high-water mark (proc(5), clear_refs)."""
    with contextlib.suppress(OSError):
        _CLEAR_REFS.write_text("5")


def describe(error: BaseException, opened: int = 0, *, word: str = "") -> str:
    """Tell the parent of an error: what kind, after how many sessions, its type and its text."""
    kind = "memory" if is_refusal(error) else "raised"
    text = " ".join(str(error).split())[:500]
    return (
        f"{kind} {opened} {word and word + ' '}{type(error).__name__}{': ' if text else ''}{text}"
    )
