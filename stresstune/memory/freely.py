"""Threads that make sessions without a stop, as an app's do, until memory or time ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from stresstune.memory.child.process import SacrificialProcess
from stresstune.memory.child.reply import Patience, Reply
from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.readings import sample
from stresstune.memory.readings.passing import Passing
from stresstune.memory.request import Request
from stresstune.memory.sources import Factory

_SECONDS = 20.0
_ROWS_AHEAD = 2
"""Jobs that wait for each thread, so that none ever waits for a job."""

_HEAPS_AGAIN = 1.2
"""How much is in heaps is asked again when so many times the sessions are complete."""

_READING_SHARE = 0.05
"""Reading what is held must not hold the sessions up."""


def is_possible(request: Request) -> bool:
    """Whether there are threads that go on by themselves, and a system that keeps their marks."""
    if request.mode != "predict" or request.threads == 1:
        return False
    followed = sys.platform == "linux" and os.access("/proc/self/clear_refs", os.W_OK)
    return followed and isinstance(request.source, Factory)


def failure(reply: Reply, completed: int) -> str:
    """Say what went wrong in a process, after so many sessions; "" where nothing did.

    >>> failure(Reply("raised", "2 ValueError: no camera"), 2)
    'ValueError: no camera'
    """
    match reply.outcome:
        case "raised" | "memory":
            return reply.words.partition(" ")[2]
        case "died" | "stuck" | "unusable":
            return reply.words
        case "guard" if completed == 0:
            return "the first session came too near to the limit"
    return ""


@dataclass(frozen=True, slots=True)
class FreeRun:
    """How sessions are opened freely.

    Attributes:
        child: Opens them.
        ledger: Where what is seen is noted.
        threads: Sessions made at a time.
        most: How many are opened at most, by the child's process number; asked as they come.
        told: Called after each reading.
        passing: Sees programs that sessions run: what these need is in no mark of the child's.
    """

    child: SacrificialProcess
    ledger: Ledger
    threads: int
    most: Callable[[int], int]
    told: Callable[[], None]
    passing: Passing

    def go(self, patience: Patience) -> Reply | None:
        """Open sessions until something ends it; None where there were enough, or not all is seen.

        Then the threads are idle, and the child lives.
        """
        until = time.monotonic() + _SECONDS
        fed = self._feed(0, (1 + _ROWS_AHEAD) * self.threads)
        due = 0.0
        heaps = _Heaps(self.child, self.ledger)
        self.passing.begin(self.child.pid)
        while self.ledger.completed < fed or heaps.are_awaited:
            reply = self.child.wait(patience)
            self.ledger.apart = self.ledger.apart or self.passing.has_seen_any
            if reply.outcome == "heaps":
                heaps.note(reply)
                continue
            if reply.outcome != "mark":
                self.ledger.guarded = reply.outcome == "guard"
                self._note_rest()
                self.ledger.failed = failure(reply, self.ledger.completed)
                return reply
            self._note(reply)
            heaps.ask_now_and_then()
            now = time.monotonic()
            if now >= due:
                self._read(exact=False)
                due = time.monotonic() + (time.monotonic() - now) / _READING_SHARE
                if self.ledger.swapped:
                    self.ledger.guarded = True
                    return Reply("guard")
            if now < until and not self.ledger.apart:
                fed = self._feed(fed, self.ledger.completed + _ROWS_AHEAD * self.threads)
        if self.ledger.unmeasured:
            self._read(exact=True)
        return None

    def _feed(self, fed: int, wanted: int) -> int:
        wanted = min(wanted, max(self.most(self.child.pid), self.threads))
        if wanted > fed:
            self.child.feed(wanted - fed, self.threads)
        return max(fed, wanted)

    def _note(self, mark: Reply) -> None:
        # Read from here: reading it in the threads would hold them up.
        height = sample.take_peak(self.child.pid)
        self.ledger.note_height(height, nothing=int(mark.words))

    def _note_rest(self) -> None:
        for reply in self.child.rest():
            if reply.outcome == "mark":
                self._note(reply)

    def _read(self, *, exact: bool) -> None:
        opened, is_whole = self.ledger.unmeasured, self.child.is_whole
        if self.ledger.take(self.child.pid, opened, exact=exact, is_whole=is_whole):
            self.ledger.unmeasured = 0
            self.told()


class _Heaps:
    """Asks now and then how much is in the allocator's heaps."""

    def __init__(self, child: SacrificialProcess, ledger: Ledger) -> None:
        self._child, self._ledger = child, ledger
        self._next_at = 1.0
        self.are_awaited = False

    def ask_now_and_then(self) -> None:
        completed = self._ledger.completed
        if not self.are_awaited and completed >= self._next_at:
            self._next_at = _HEAPS_AGAIN * completed
            self.are_awaited = True
            self._child.ask_for_heaps()

    def note(self, told: Reply) -> None:
        self.are_awaited = False
        self._ledger.note_heaps(int(told.words))
