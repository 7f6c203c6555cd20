"""The same sessions once more, in other processes: how each fills its heaps is chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stresstune.memory.boundary import Watch
from stresstune.memory.freely import FreeRun
from stresstune.memory.ledger import Ledger
from stresstune.memory.process import Outcome, Patience
from stresstune.memory.request import Request
from stresstune.memory.start import sessions_process

MOST_PROCESSES = 3

_ALL_SECONDS = 15.0
"""A further process is started where all will probably be done within this."""

_ALIKE_RATIO = 0.02
_ALIKE_SESSIONS = 1.0


def is_wanted(ways: Sequence[Ledger], seconds: float) -> bool:
    """Whether one more process would tell more, and soon enough.

    Args:
        ways: What was noted in each so far; at least one.
        seconds: What all of these took.
    """
    if len(ways) >= MOST_PROCESSES or seconds * (len(ways) + 1) / len(ways) > _ALL_SECONDS:
        return False
    return len(ways) == 1 or not _are_alike(*ways)


def _are_alike(one: Ledger, other: Ledger) -> bool:
    """Whether as many sessions went as high in both."""
    tops = [max(each.heights_bytes, default=0) for each in (one, other)]
    if not all(tops):
        return False
    expected = one.completed * tops[1] / tops[0]
    return abs(other.completed - expected) <= max(_ALIKE_SESSIONS, _ALIKE_RATIO * expected)


@dataclass(frozen=True, slots=True)
class Again:
    """How to go the same way in another process.

    Attributes:
        request: What is probed.
        watch: Looks at the memory meanwhile.
        ledger: Makes an empty ledger.
        most: How many sessions are opened at most, by the process number.
    """

    request: Request
    watch: Watch
    ledger: Callable[[], Ledger]
    most: Callable[[int], int]

    def others(self, first: Ledger, patience: Patience) -> tuple[tuple[Ledger, ...], bool]:
        """Give what was noted in further processes, and whether it was asked to stop."""
        ways = [first]
        outcome: Outcome | None = None
        while outcome in (None, "guard") and is_wanted(ways, first.seconds):
            ledger = self.ledger()
            outcome = self._go(ledger, patience)
            if ledger.followed and outcome in (None, "guard"):
                ways.append(ledger)
        return tuple(ways[1:]), outcome == "stopped"

    def _go(self, ledger: Ledger, patience: Patience) -> Outcome | None:
        """Let the threads of a process go on; None where there were enough sessions."""
        with sessions_process(self.request, self.watch) as child:
            began = child.wait(patience)
            if began.outcome != "ready":
                # Its guard may still have seen what the one before held.
                return began.outcome if began.outcome == "stopped" else "died"
            if not ledger.take(child.pid, 0, exact=True):
                return "died"
            run = FreeRun(child, ledger, self.request.threads, self.most, lambda: None)
            reply = run.go(patience)
            return reply.outcome if reply else None
