"""Why a probe ended, and what that says about the number."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from stresstune.errors import UsageError
from stresstune.memory.child.process import SacrificialProcess
from stresstune.memory.child.reply import Reply
from stresstune.memory.ends import guard
from stresstune.memory.ends.boundary import Boundary
from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.reckoning.fit import Fit
from stresstune.memory.reckoning.pattern import before_next_doubling, leaps_grow
from stresstune.memory.reckoning.play import more_after_refusal
from stresstune.memory.reckoning.steps import Step
from stresstune.memory.reckoning.tide import fit_of
from stresstune.memory.request import Request
from stresstune.memory.sources import App, Simulated
from stresstune.model.memory import StoppedBy

_REGULAR_RATIO = 0.02
_LAST_LINES = 8

_CAUTION = 1.25
_UNTOLD_BYTES = 8 * 2**20
"""Equal sessions are ended by no more than this: what was refused sooner was of another kind (a
model that the tenth loads), and address space that is not touched is refused too."""


class End(NamedTuple):
    """Why a probe ended.

    Attributes:
        stopped_by: In one word.
        error: The source's last words, if it failed.
        found: The last session that fits, where the very end was reached.
        at_most: No more than this many fit, as the guard has seen; None if it saw nothing.
        among: The one that was too many is one of so many that came next; 0 where it was no more
            than what others need.
        mark_bytes: Then, what was held when it was ended.
        refused: How the app refused a session, in the words of `stresstune.model.load.Outcome`;
            "ended" where it is no more.
        said: The last lines of an app that is no more.
    """

    stopped_by: StoppedBy
    error: str = ""
    found: int | None = None
    at_most: int | None = None
    among: int = 0
    mark_bytes: int = 0
    refused: str = ""
    said: tuple[str, ...] = ()


_ANOTHERS_KILL = (
    "meanwhile the kernel killed another process in its control group for lack of memory, and none "
    "of those that held the sessions: probe again when nobody else takes memory there"
)

_LONG_SECONDS = 5.0
_SLOWER_RATIO = 5.0
"""What takes so much longer than every step before it hangs."""


@dataclass(frozen=True, slots=True)
class Endings:
    """What it means for a probe that no more sessions come.

    Attributes:
        request: What is probed.
        ledger: What was measured.
        boundaries: The ends of memory.
        kernel_killed: Whether the kernel has killed since the probe began.
    """

    request: Request
    ledger: Ledger
    boundaries: Sequence[Boundary]
    kernel_killed: Callable[[], bool]

    def at_start(self, reply: Reply, child: SacrificialProcess) -> End:
        """Say why it ended before any session; see `after`."""
        return self._with_last_words(self.after(reply, 0, child), child)

    def after(
        self, reply: Reply, count: int, child: SacrificialProcess, *, armed: bool = False
    ) -> End:
        """Say why the probe ended, and what the source's last words were.

        Args:
            reply: What came instead of more sessions.
            count: Sessions that the step was to open.
            child: Opened them.
            armed: A hard stop was set.

        Raises:
            UsageError: The source cannot be used.
        """
        held, text = self.ledger.completed, reply.words
        attempt = Attempt(
            self.ledger.steps(),
            count,
            self.request.threads,
            self.boundaries,
            self.ledger.standing_by_bytes,
        )
        match reply.outcome:
            case "unusable":
                raise UsageError(f"{self.request.source.name}: {text}")
            case "memory":
                opened, _, said = text.partition(" ")
                found = held + int(opened) if self.ledger.samples else None
                end = at_the_hard_stop(attempt) if armed else End("memory_error", said, found)
            case "guard":
                end = at_the_guard(attempt, armed=armed)
            case "time":
                end = self._late(text)
            case "stuck":
                end = End("time", text, refused="timed_out" if self.ledger.samples else "")
            case "stopped":
                end = End("interrupted")
            case "died" if child.ended_by_kill_signal and self.kernel_killed():
                end = End("killed", "", held)
            case "died" if armed:  # not everybody takes a refusal well
                end = at_the_hard_stop(attempt)
            case "raised":
                end = self._failed(text)
                end = self._with_last_words(end, child) if end.refused == "ended" else end
            case _:
                end = End("error", text + self._by_whom(reply, child))
        return end

    def after_a_kill(self, *, ours: bool) -> End:
        """Say what it means that the kernel has killed while sessions seemed to be opened.

        Args:
            ours: One of those that hold them is gone (of the app's, say, and was replaced);
                otherwise what it left is no room of theirs.
        """
        return End("killed", "", self.ledger.held) if ours else End("error", _ANOTHERS_KILL)

    def _late(self, text: str) -> End:
        """Tell time that was used up by many sessions from time in which one was not made."""
        taken = [each.seconds for each in self.ledger.samples]
        since = self.ledger.seconds - (taken[-1] if taken else 0.0)
        slowest = max((after - before for before, after in pairwise(taken)), default=0.0)
        if self.ledger.heights_bytes:
            return End("time", text)
        if len(taken) > 1 and since <= max(_LONG_SECONDS, _SLOWER_RATIO * slowest):
            return End("time", text)
        late = f"session {self.ledger.completed + 1} was not made within {since:.0f} s"
        return End("time", f"{late}; {text}", refused="timed_out" if taken else "")

    def _with_last_words(self, end: End, child: SacrificialProcess) -> End:
        said = child.last_lines(_LAST_LINES) if isinstance(self.request.source, App) else ()
        return end._replace(error=": ".join([end.error, *said[-1:]]), said=said)

    def _by_whom(self, reply: Reply, child: SacrificialProcess) -> str:
        """Say who ended the sessions' process: SIGKILL apart, who was at work in it."""
        source = self.request.source
        at_work = reply.outcome == "died" and bool(self.ledger.samples)
        if not at_work or child.ended_by_kill_signal or isinstance(source, Simulated):
            return ""
        who = "coroutine" if isinstance(source, App) else "function"
        return f"; the {who} ended it, or something that it calls"

    @property
    def _is_app_ready(self) -> bool:
        return isinstance(self.request.source, App) and bool(self.ledger.samples)

    def _failed(self, text: str) -> End:
        """Say that a session failed; with an app the rest of its step may be open."""
        opened, _, said = text.partition(" ")
        if not self._is_app_ready:
            return End("error", said)
        self.ledger.unmeasured = int(opened)
        word, _, said = said.partition(" ")
        if word == "killed":
            if self.kernel_killed():
                return End("killed", "", self.ledger.completed)
            word = "ended"
        return End("error", said, refused=word)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A step that was ended before it was complete.

    Attributes:
        steps: What was measured before.
        count: Sessions that it was to open.
        threads: How many at a time.
        boundaries: The ends of memory.
        standing_by_bytes: See `Ledger`.
    """

    steps: Sequence[Step]
    count: int
    threads: int
    boundaries: Sequence[Boundary]
    standing_by_bytes: int = 0

    @property
    def nearest(self) -> Boundary:
        """The end with the least room."""
        return min(self.boundaries, key=lambda each: each.room_bytes)

    def end(self, short_bytes: int) -> End:
        """Say what it means that it was ended so far short of the limit, but for who stands by."""
        short_bytes += self.nearest.brought_nearer_by(self.standing_by_bytes)
        return self._bounded(short_bytes) if len(self.steps) > 1 else End("guard")

    def _bounded(self, short_bytes: int) -> End:
        """Bound the number: with one step more, this side of the limit was left."""
        seen = fit_of(self.steps, threads=self.threads)
        left = self.nearest.room_bytes - seen.last.memory_bytes
        if self._is_as_usual(seen, left - short_bytes):
            # Then what was seen of all knows better than where one step ended.
            leaps = leaps_grow(seen.increments)
            return End("guard", at_most=before_next_doubling(seen.increments) if leaps else None)
        held = self.steps[-1].held
        more = more_after_refusal(seen, left, short_bytes)
        if more is not None:
            return End("guard", at_most=held + more)
        most = held if self.count > self.threads else held + self._beyond(seen, left, short_bytes)
        mark_bytes = self.nearest.room_bytes - short_bytes
        return End("guard", at_most=most, among=self.count, mark_bytes=mark_bytes)

    def _beyond(self, seen: Fit, left_bytes: float, short_bytes: float) -> int:
        """Tell how many of a step that was too much fit all the same, as likely as not."""
        # What did not fit is rather a large one: a place is met in proportion to its size. Where
        # none of those seen would have passed the mark, it was larger than what was left to there.
        met_bytes = max(
            seen.size_bytes + seen.spread_bytes**2 / seen.size_bytes,
            (left_bytes - short_bytes) / self.count,
        )
        # On average the step went half a session beyond the mark.
        beyond = max(0.0, short_bytes / met_bytes - 0.5)
        # Which of several it was that did not fit is not known: half of them before it, at best.
        return (self.count - 1) // 2 + int(beyond)

    def _is_as_usual(self, seen: Fit, refused_bytes: float) -> bool:
        """Whether no more was refused than each of them needs, or than was to come now."""
        occasion = seen.occasion
        if occasion and occasion.held < occasion.next_at <= occasion.held + self.count:
            return refused_bytes <= occasion.wanted_bytes
        regular = seen.spread_bytes < _REGULAR_RATIO * seen.mean_bytes
        if regular and seen.peaks.are_even(seen.size_bytes):
            usual = self.count * seen.largest_bytes + seen.transient_bytes
        elif leaps_grow(seen.increments):  # between two of them all are of one size
            usual = self.count * statistics.median(each.bytes_each for each in seen.increments)
        else:
            return False
        return refused_bytes <= _CAUTION * usual + _UNTOLD_BYTES


def at_the_guard(attempt: Attempt, *, armed: bool) -> End:
    """Say what it means that the guard ended a step.

    Args:
        attempt: That step.
        armed: A hard stop was set, so that the guard stood nearer to the limit.
    """
    limit_bytes = attempt.nearest.ceiling.limit_bytes
    margin = guard.ARMED_MARGIN_BYTES if armed else guard.margin_bytes(limit_bytes)
    # Far off, what the heap has free is room as well; where the kernel refused, it was of no use.
    free = attempt.steps[-1].free_bytes if attempt.steps and not armed else 0
    return attempt.end(margin + free)


def at_the_hard_stop(attempt: Attempt) -> End:
    """Say what it means that the kernel refused memory for a step."""
    return attempt.end(guard.HARD_STOP_BYTES)
