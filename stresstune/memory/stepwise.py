"""Sessions opened step by step, each read before the next, up to the end of memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from stresstune.memory.child.family import Family
from stresstune.memory.child.process import SacrificialProcess
from stresstune.memory.child.reply import Patience, Reply
from stresstune.memory.child.workers import Workers
from stresstune.memory.ending import End, Endings
from stresstune.memory.ends import guard
from stresstune.memory.ends.arm import HardStop
from stresstune.memory.ends.boundary import Watch
from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.next_step import NextStep
from stresstune.memory.readings import sample
from stresstune.memory.readings.heap import Heap
from stresstune.memory.request import Request
from stresstune.memory.sources import App
from stresstune.model.memory import StoppedBy


@dataclass(slots=True, kw_only=True)
class Stepwise:
    """How sessions are opened step by step in a process.

    Attributes:
        request: What is probed.
        child: Opens them; it is ready, and what it holds without any session is in the ledger.
        watch: Looks at the memory meanwhile.
        ledger: Where what is seen is noted.
        endings: Says what it means that no more come.
        next_step: Chooses how many come next.
        ask: Called before each step, with how many it opens.
        told: Called after each reading.
    """

    request: Request
    child: SacrificialProcess
    watch: Watch
    ledger: Ledger
    endings: Endings
    next_step: NextStep
    ask: Callable[[int], None]
    told: Callable[[], None]
    _workers: Workers = field(init=False, default_factory=Workers)
    _stop: HardStop = field(init=False)
    _family: Family = field(init=False)

    def __post_init__(self) -> None:
        self._stop = HardStop(self.child.pid)
        self._family = Family(self.child.pid)

    @property
    def _predicts(self) -> bool:
        return self.request.mode == "predict"

    @property
    def _is_app(self) -> bool:
        return isinstance(self.request.source, App)

    def go(self, patience: Patience) -> End:
        """Open sessions until something ends it."""
        if self._is_app:
            self._workers.lost(self.child.pid)  # a first look: nobody can be missed yet
        end: End | None = None
        while end is None:
            count, reason = self._choose()
            end = End(reason) if count == 0 else self._step(count, patience)
        return end

    def _choose(self) -> tuple[int, StoppedBy]:
        """Choose how many come next, and prepare for too many; 0 with the reason if none do."""
        left_bytes = self.watch.room_above_guard(self.child.pid, exact=True)
        count, reason = self.next_step.choose(left_bytes, self.child.pid)
        if count == 0:
            armed = reason == "guard" and self._arm()
            if reason == "target" or not (armed or self._predicts):
                return 0, reason
            # Where it cannot be armed, the guard ends it, and what was seen before counts.
            return self.request.threads, reason
        if self._predicts and self.next_step.is_close:
            # The guard would end all; the kernel's refusal only says that this one is too many.
            self._arm()
        return count, reason

    def _step(self, count: int, patience: Patience) -> End | None:
        """Open so many; None where more may come."""
        if self._predicts:
            self.ask(count)
        self.ledger.start_step(self.child.pid)
        self.watch.passing.begin(self.child.pid)
        armed = self._stop.is_armed
        reply = self.child.open(count, self.request.threads, patience, held_back=armed)
        if reply.outcome == "opened":
            return self._opened(count, reply)
        if self._may_be_a_false_alarm(reply):
            opened = int(reply.words.partition(" ")[0])
            self.ledger.alarmed_at = self.ledger.held + opened + 1
            return End("guard")
        return self.endings.after(reply, count, self.child, armed=armed)

    def _opened(self, count: int, reply: Reply) -> End | None:
        if lost := self._lost():
            return lost
        together = min(count, self.request.threads)
        self.ledger.note_passing(self.watch.passing.most_bytes(), together)
        self.ledger.note_visits(*self._workers.visits)
        self._record(count, reply)
        return End("guard") if self.ledger.swapped else None

    def _lost(self) -> End | None:
        """Whether the sessions seem to have been opened, and some are lost all the same."""
        if self.endings.kernel_killed():
            return self.endings.after_a_kill(ours=self._family.has_lost_one())
        self._family.look()
        lost = self._workers.lost(self.child.pid) if self._is_app else ""
        return End("error", lost) if lost else None

    def _record(self, count: int, reply: Reply) -> None:
        data_bytes, nothing, slowest, together, *words = reply.words.split()
        self.ledger.data_bytes += int(data_bytes)
        self.ledger.empty_handed += int(nothing)
        self.ledger.note_slowest(count, float(slowest), self.request.workload)
        if count > 1:
            self.ledger.note_together(float(together))
        # An exact reading walks all pages; where the process fills up, it would double the time.
        heap = Heap.said(words, left_bytes=self._stop.left_bytes)
        pid, exact, is_whole = self.child.pid, self._predicts, self.child.is_whole
        if self.ledger.take(pid, count, exact=exact, heap=heap, is_whole=is_whole):
            self.told()

    def _arm(self) -> bool:
        """Prepare for steps that may be too many; False where that is not safe."""
        may_arm = self._predicts and not self.ledger.unarmed
        if not (may_arm and self.ledger.alone and self.ledger.held):
            return False
        self.watch.armed = self._stop.arm(self.watch.room_bytes(self.child.pid))
        if not self.watch.armed:
            self._stop.lift()  # what was set for less is no end
        return self.watch.armed

    def _may_be_a_false_alarm(self, reply: Reply) -> bool:
        """Whether the hard stop may have refused address space that would not have been used.

        Or a large piece that would: whoever wanted it has failed, and may not ask again soon.
        """
        if reply.outcome != "memory" or not self._stop.is_armed:
            return False
        reading = sample.read_tree(self.child.pid, exact=False)
        transient = reading.transient_bytes if reading else 0
        room_bytes = self.watch.room_bytes(self.child.pid)
        return room_bytes - transient > 2 * guard.MAX_MARGIN_BYTES
