"""What a probe has seen."""

from __future__ import annotations

from dataclasses import dataclass

from stresstune.memory.ends.boundary import Boundary
from stresstune.memory.ends.limits import Survey
from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.reckoning.forecast import Projection
from stresstune.memory.reckoning.unseen import is_empty
from stresstune.model.memory import MemoryMode, StoppedBy
from stresstune.model.workload import Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that a probe has seen; see `MemoryCapacity` and `run.End` for the names.

    Attributes:
        others: What was noted in other processes in which threads went on with the same sessions.
        others_grew_bytes: So much more (or less, below 0) did others hold in the end.
        failed_again: What went wrong in such processes, and in these only.
    """

    mode: MemoryMode
    source: str
    threads: int
    found: Survey
    boundaries: tuple[Boundary, ...]
    ledger: Ledger
    stopped_by: StoppedBy
    error: str
    last_that_fits: int | None
    at_most: int | None
    refused: str
    workload: Workload
    simulated: bool
    headroom_ratio: float
    app_baseline_bytes: int | None
    said: tuple[str, ...] = ()
    others: tuple[Ledger, ...] = ()
    others_grew_bytes: int = 0
    failed_again: tuple[str, ...] = ()

    @property
    def held(self) -> int:
        """Sessions that were held, by each of the processes."""
        return min(each.completed for each in self.ways)

    @property
    def ways(self) -> tuple[Ledger, ...]:
        """What was noted in each process."""
        return (self.ledger, *self.others)

    @property
    def kept_nothing(self) -> bool:
        """Whether it is an error of the source that it kept nothing alive."""
        held, empty_handed = self.ledger.completed, self.ledger.empty_handed
        return self.stopped_by == "error" and is_empty(empty_handed, held)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end that binds, and how many sessions fit below it.

    Attributes:
        boundary: That end.
        projection: How many, and why.
        unseen: What sessions keep is too little to be seen.
        awaited_bytes: So much was kept free for processes of the app that hold no session yet, and
            will load with their first what those that do have loaded.
    """

    boundary: Boundary
    projection: Projection
    unseen: bool = False
    awaited_bytes: int = 0
