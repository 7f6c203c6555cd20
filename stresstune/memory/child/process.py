"""The parent's hold on the sacrificial process: start it, ask it, watch it, end it."""

from __future__ import annotations

import contextlib
import math
import os
import queue
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Literal, Self

from stresstune.errors import MeasurementError
from stresstune.memory.child import gone, leftovers, trackers
from stresstune.memory.child.reply import Patience, Reply, parse
from stresstune.memory.child.sentry import Sentry
from stresstune.memory.child.stall import Stall
from stresstune.memory.child.tail import Tail
from stresstune.memory.ends.boundary import Watch
from stresstune.memory.readings import sample
from stresstune.probed import MARK

_BOOT = (
    "import sys; sys.path[:] = sys.argv[1].split('\\n'); "
    "from stresstune.memory.child.{} import main; main(sys.argv[2:])"
)
"""Not ``-m``: the child must find its modules where the caller finds them."""

_NOT_INHERITED = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")
"""Where the caller is measured by coverage.py, what that holds would be counted with the sessions;
and it writes its file as a process ends, which is when this one is killed."""

_REST_SECONDS = 1.0
_GRACE_SECONDS = 2.0
_TIDY_SECONDS = 1.0
"""Longer than the client gives an app to end by itself, so that it is the client who ends it."""

_STARTS_WITHIN_SECONDS = 0.2
"""By then a process that was being started can be told by its environment."""

_LATE = "the time for the probe is used up"
_SLOW_LOOK_SECONDS = 0.1
"""Whether the child has ended, or is to be, need not be asked as often as what is left; and where
much is left, what is left need not be asked more often than this."""


class SacrificialProcess:
    """A child process that may be lost at any moment, and is gone after the ``with`` block."""

    def __init__(
        self,
        program: Literal["inside", "client"],
        words: list[str],
        watch: Watch,
        environment: Mapping[str, str],
    ) -> None:
        """Prepare a process; entering the ``with`` block starts it.

        Args:
            program: Which of this room's two programs.
            words: What it is told on its command line.
            watch: Looks at the memory while an answer is awaited.
            environment: Variables that are added to the caller's.
        """
        self._program = program
        self._environment = environment
        self._words = words
        self._watch = watch
        self._token = secrets.token_hex(8)
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._tail = Tail()
        self._sentry = Sentry(self._stand_guard)
        self._is_struck = False
        self._deadline = math.inf
        self._followers: list[threading.Thread] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._is_over = False

    @property
    def pid(self) -> int:
        """The child's process number."""
        return self._running.pid

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the process is used inside its with block"
        return self._process

    def __enter__(self) -> Self:
        if not sys.executable:
            raise MeasurementError("sys.executable is empty, so no child process can be started")
        command = [
            sys.executable,
            "-c",
            _BOOT.format(self._program),
            "\n".join(sys.path),
            str(os.getpid()),
            *self._words,
        ]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._all_variables(),
                bufsize=0,
                process_group=None if sys.platform == "win32" else 0,
            )
        except OSError as error:
            raise MeasurementError(
                f"the sessions' process could not be started: {error}; "
                f"is {sys.executable} a Python interpreter?"
            ) from error
        except BaseException:  # Ctrl-C while it started: nobody holds it, but it carries our mark
            leftovers.end_marked(self._token, look_seconds=_STARTS_WITHIN_SECONDS)
            raise
        try:
            self._follow(self._process.stdout, self._take_lines)
            self._follow(self._process.stderr, self._tail.take)
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def _all_variables(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in os.environ if name not in _NOT_INHERITED}
        return {**inherited, **self._environment, MARK: leftovers.mark(self._token)}

    def _follow(self, stream: IO[bytes] | None, take: Callable[[IO[bytes]], None]) -> None:
        assert stream is not None
        self._followers.append(threading.Thread(target=take, args=(stream,), daemon=True))
        self._followers[-1].start()

    def _take_lines(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError), os.fdopen(os.dup(stream.fileno())) as lines:
            for line in lines:
                self._lines.put(line.rstrip("\n"))

    def is_whole(self) -> bool:
        """Whether the guard lets it live yet: what is read while it ends misses what has gone."""
        return not self._is_struck

    def open(
        self, count: int, threads: int, patience: Patience, *, held_back: bool = False
    ) -> Reply:
        """Have sessions opened; say whether a hard stop holds the process back meanwhile."""
        self._ask(f"{'try' if held_back else 'open'} {count} {threads}")
        return self.wait(patience)

    def feed(self, count: int, threads: int) -> None:
        """Have sessions opened without waiting for them: each answers by a mark of its own."""
        self._sentry.post()
        self._ask(f"feed {count} {threads}")

    def ask_for_heaps(self) -> None:
        """Have it tell ``heaps BYTES`` without waiting: how much is in the allocator's heaps."""
        self._ask("heaps")

    def _ask(self, line: str) -> None:
        with contextlib.suppress(OSError):  # it has ended; waiting for the answer will tell how
            os.write(self._running.stdin.fileno(), f"{line}\n".encode())  # type: ignore[union-attr]

    def wait(self, patience: Patience) -> Reply:
        """Wait for the next answer, and watch the memory meanwhile.

        The child is ended by the guard, by the deadline, and when it is stuck.
        """
        stall = Stall(self.pid, patience.stall_seconds)
        self._deadline = patience.deadline
        asked = -math.inf
        while True:
            room = self._watch.room_above_guard(self.pid)
            now = time.monotonic()
            if room <= 0 or self._is_struck:
                self.end(at_once=True)
                late = self._is_struck and now >= self._deadline + _GRACE_SECONDS
                return Reply("time", _LATE) if late else Reply("guard", _behind(room))
            self._watch.passing.look(self.pid)
            due = min(self._watch.due, self._watch.passing.due)
            pause = min(_SLOW_LOOK_SECONDS, max(0.0, due - now))
            with contextlib.suppress(queue.Empty):
                return parse(self._lines.get(timeout=pause))
            if now - asked >= _SLOW_LOOK_SECONDS:
                asked = now
                if ended := self._ended(patience, stall):
                    return ended

    def _stand_guard(self) -> float:
        """End the child, and it alone, where the guard is reached; say when to look again.

        And where its time is up, and who waits for it is held up by it.
        """
        late_at = self._deadline + _GRACE_SECONDS
        near = self._watch.room_above_guard(self.pid) <= 0
        if (near or time.monotonic() >= late_at) and not self._is_struck:
            self._is_struck = True
            gone.tell([self.pid], leftovers.KILL)
        return math.inf if self._is_struck else min(self._watch.due, late_at)

    def _ended(self, patience: Patience, stall: Stall) -> Reply | None:
        """Tell why there will be no answer any more, if that is so."""
        if self._running.poll() is not None and not self._is_struck:
            return self._last_words()
        if patience.stop():
            self.end()
            return Reply("stopped")
        if late := self._late(patience, stall):
            self.end()
        return late

    def _late(self, patience: Patience, stall: Stall) -> Reply | None:
        if time.monotonic() >= patience.deadline:
            return Reply("time", _LATE)
        if stall.reached:
            who = "the app" if self._program == "client" else "the sessions' process"
            return Reply("stuck", f"{who} did nothing for {patience.stall_seconds:g} s")
        return None

    def _last_words(self) -> Reply:
        with contextlib.suppress(queue.Empty):  # it may have answered just before it ended
            return parse(self._lines.get(timeout=0.05))
        code = self._running.returncode
        said = next(iter(self._tail.lines(1, wait_seconds=0)), "")
        how = f"signal {-code}" if code < 0 else f"exit status {code}"
        return Reply(
            "died", f"the sessions' process ended with {how}" + (f": {said}" if said else "")
        )

    def rest(self) -> Iterator[Reply]:
        """Give the answers that came before it was ended, and were not waited for."""
        self._followers[0].join(timeout=_REST_SECONDS)
        with contextlib.suppress(queue.Empty):
            while True:
                yield parse(self._lines.get_nowait())

    def last_lines(self, count: int) -> tuple[str, ...]:
        """Give the last lines on standard error, of this process or of whom it started."""
        return self._tail.lines(count)

    @property
    def ended_by_kill_signal(self) -> bool:
        """Whether SIGKILL ended it; the kernel's kill counter says whose it was."""
        return self._running.returncode == -leftovers.KILL

    def end(self, *, at_once: bool = False) -> None:
        """End the child and all that came from it; harmless when it has ended already.

        Args:
            at_once: There is no room for an app that puts its things in order first.
        """
        if self._process is None or self._is_over:
            return
        self._sentry.relieve()
        family = sample.descendants(self._process.pid)
        if self._program == "client" and not at_once:
            self._let_tidy_up()
        if at_once:
            self._kill()
        left = trackers.end_all_but_trackers(family, leftovers.KILL)
        # Otherwise it goes last: were we killed meanwhile, it would end the others in our place.
        self._kill()
        trackers.wait_for(left)
        self._process.wait()
        leftovers.end_marked(self._token)
        gone.wait_until_gone(family, gone.GIVEN_BACK_SECONDS)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        self._is_over = True

    def _kill(self) -> None:
        with contextlib.suppress(OSError):
            self._running.kill()

    def _let_tidy_up(self) -> None:
        """Close the client's input, upon which it asks the app to end; not for long."""
        deadline = time.monotonic() + _TIDY_SECONDS
        with contextlib.suppress(OSError):
            self._running.stdin.close()  # type: ignore[union-attr]
        while self._running.poll() is None and time.monotonic() < deadline:
            if self._watch.room_above_guard(self.pid) <= 0:
                return
            time.sleep(gone.LOOK_SECONDS)


def _behind(room_bytes: int) -> str:
    return f"the guard was {-min(0, room_bytes)} bytes behind"
