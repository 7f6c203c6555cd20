"""The same sessions once more, in other processes: how each fills its heaps is chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from stresstune.memory.child.reply import Outcome, Patience
from stresstune.memory.ends.boundary import Watch
from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.freely import FreeRun, failure
from stresstune.memory.request import Request
from stresstune.memory.start import sessions_process

MOST_PROCESSES = 6
"""Few may be alike by chance: where one in two has a fuller heap, three are one time in four."""

LEAST_PROCESSES = 3

_ALL_SECONDS = 20.0
"""A further process is started where all will probably be done within this."""


def is_wanted(ways: int, seconds: float) -> bool:
    """Whether one more process would tell more, and soon enough.

    Args:
        ways: Processes that were seen so far; at least one.
        seconds: What all of these took.

    >>> is_wanted(1, 3.0), is_wanted(1, 11.0), is_wanted(2, 11.0), is_wanted(6, 3.0)
    (True, False, True, False)
    """
    return ways < MOST_PROCESSES and seconds * (ways + 1) / ways <= _ALL_SECONDS


@dataclass(frozen=True, slots=True)
class Again:
    """How to go the same way in another process.

    Attributes:
        request: What is probed.
        watch: Looks at the memory meanwhile.
        ledger: Makes an empty ledger.
        most: How many sessions are opened at most, by the process number.
        tell: Says that one more begins: which, and of how many at most.
        told: Called after each reading of it, with what is known.
        is_known: Whether these, with the first, say enough.
    """

    request: Request
    watch: Watch
    ledger: Callable[[], Ledger]
    most: Callable[[int], int]
    tell: Callable[[int, int], None]
    is_known: Callable[[Sequence[Ledger]], bool]
    told: Callable[[Ledger], None]

    def others(self, first: Ledger, patience: Patience) -> tuple[tuple[Ledger, ...], bool]:
        """Give what was noted in further processes, and whether it was asked to stop."""
        ways = [first]
        outcome: Outcome | None = None
        while outcome in (None, "guard") and self._is_one_wanted(ways):
            ledger = self.ledger()
            self.tell(len(ways) + 1, MOST_PROCESSES)
            outcome = self._go(ledger, patience)
            if ledger.followed and outcome in (None, "guard"):
                ways.append(ledger)
        return tuple(ways[1:]), outcome == "stopped"

    def _is_one_wanted(self, ways: Sequence[Ledger]) -> bool:
        if not is_wanted(len(ways), ways[0].seconds):
            return False
        return len(ways) < LEAST_PROCESSES or not self.is_known(ways[1:])

    def _go(self, ledger: Ledger, patience: Patience) -> Outcome | None:
        """Let the threads of a process go on; None where there were enough sessions."""
        with sessions_process(self.request, self.watch) as child:
            began = child.wait(patience)
            if began.outcome != "ready":
                ledger.failed = failure(began, 0)
                # Its guard may still have seen what the one before held.
                return began.outcome if began.outcome == "stopped" else "died"
            if not ledger.take(child.pid, 0, exact=True):
                return "died"
            told = partial(self.told, ledger)
            run = FreeRun(child, ledger, self.request.threads, self.most, told, self.watch.passing)
            reply = run.go(patience)
            return reply.outcome if reply else None
