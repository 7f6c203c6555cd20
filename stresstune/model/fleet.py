"""What was learned about many hosts that share one API quota."""

from __future__ import annotations

from typing import Literal

from stresstune.model.api import ApiCapacity
from stresstune.model.edit import Change, Kept
from stresstune.model.histogram import Histogram
from stresstune.model.load import LoadResult
from stresstune.model.memory import MemoryCapacity
from stresstune.model.record import Record
from stresstune.model.verdict import Recommendation, Verdict


class HostCapacity(Record, frozen=True, kw_only=True):
    """What one host holds, and what it did for the probe of the API.

    Attributes:
        id: Tells two memories apart: the same for all workers that share one.
        name: The host's name, for people.
        memory: What was measured there, or None where only the API was.
        workers: The engine's addresses there.
        calls: Calls to the API that were made from there.
        lateness: By how many seconds these started later than they were ordered to.
        clock_error_seconds: What its clock may be off ours, after the comparison.
        notes: What a reader must know, of the engine's own settings there for one.

    >>> HostCapacity(id="a1", name="app-1").calls
    0
    """

    id: str
    name: str
    memory: MemoryCapacity | None = None
    workers: tuple[str, ...] = ()
    calls: int = 0
    lateness: Histogram = Histogram()
    clock_error_seconds: float = 0.0
    notes: tuple[str, ...] = ()


class MissingHost(Record, frozen=True, kw_only=True):
    """A host of which nothing is known, so that nothing is written there.

    Attributes:
        name: The host's name, or the engine's address where that is all that is known.
        reason: Why it is missing.
        id: As in `HostCapacity`, or "" where it was never told.

    >>> str(MissingHost(name="app-2", reason="it does not answer"))
    'app-2: it does not answer'
    """

    name: str
    reason: str
    id: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


class FleetCapacity(Record, frozen=True, kw_only=True, tag_field="record", tag="fleet_capacity"):
    """What many hosts hold that share one API quota.

    Attributes:
        hosts: Those that answered, one for each memory.
        api: What the API carries for all of them together, or None where it was not measured.
        missing: Those that did not, or not to the end.
        notes: What a reader must know to trust or distrust the numbers.
        seconds: How long it took.

    >>> fleet = FleetCapacity(hosts=(HostCapacity(id="a1", name="app-1"),), api=None)
    >>> [host.name for host in fleet.hosts]
    ['app-1']
    """

    hosts: tuple[HostCapacity, ...]
    api: ApiCapacity | LoadResult | None
    missing: tuple[MissingHost, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def simulated(self) -> bool:
        """Whether the API was the emulator."""
        return self.api is not None and self.api.simulated


class HostSeats(Record, frozen=True, kw_only=True):
    """How many sessions one host lets in.

    Attributes:
        id: The host.
        name: Likewise, for people.
        sessions: How many, or None where its memory could not be told: it is left alone.
        safe_sessions: What its memory holds safely, or None.
        because: Why.

    >>> HostSeats(id="a1", name="app-1", sessions=12, safe_sessions=19).sessions
    12
    """

    id: str
    name: str
    sessions: int | None
    safe_sessions: int | None = None
    because: str = ""


class ReplicaCount(Record, frozen=True, kw_only=True):
    """What so many replicas would carry.

    Attributes:
        replicas: How many.
        memory_sessions: What their memories hold safely together.
        api_sessions: What the API carries for all of them, in slow mode where that is on; None
            where it is unknown.
        sessions: How many are let in altogether.
        slow_mode_delay_seconds: Slow mode's pause, or None where it is not needed.
        binding: Which limit is met first, at full pace; None where all wanted sessions fit.
        carries_all: All wanted sessions are let in.
        measured: As many hosts were really measured; beyond them, further ones like the smallest
            are reckoned with.

    >>> ReplicaCount(replicas=2, memory_sessions=38, api_sessions=12, sessions=12,
    ...              binding="requests_per_minute", carries_all=False).binding
    'requests_per_minute'
    """

    replicas: int
    memory_sessions: int
    api_sessions: int | None
    sessions: int
    slow_mode_delay_seconds: float | None = None
    binding: str | None = None
    carries_all: bool = False
    measured: bool = True


class FleetVerdict(Record, frozen=True, kw_only=True):
    """What the evidence of a fleet means, and what each host should do.

    Attributes:
        verdict: The judgement of the fleet as one: memories added up, the API shared.
        recommendation: What follows for the fleet as a whole; its number is the sum.
        seats: The number for each host of an uneven fleet.
        same_sessions: One number that is safe on every host, or None where nothing is known.
        replicas: What other numbers of replicas would carry.
        notes: What a reader must know.

    >>> from stresstune import judge, recommend
    >>> alone = judge()
    >>> FleetVerdict(verdict=alone, recommendation=recommend(alone), seats=()).same_sessions is None
    True
    """

    verdict: Verdict
    recommendation: Recommendation
    seats: tuple[HostSeats, ...]
    same_sessions: int | None = None
    replicas: tuple[ReplicaCount, ...] = ()
    notes: tuple[str, ...] = ()


HostEnding = Literal["written", "unchanged", "planned", "left_alone", "failed"]
"""What became of one host's file.

``left_alone``: nothing is known of the host, or nothing about its memory; ``failed``: it could not
be written there.
"""


class HostResult(Record, frozen=True, kw_only=True):
    """What became of one host's config.

    Attributes:
        name: The host.
        outcome: What became of its file.
        id: As in `HostCapacity`.
        sessions: The number that is meant for it, or None.
        path: Its file, as it is named there.
        changes: The keys that change there.
        kept: Recommended values that are not written there, and why.
        diff: The same as a unified diff, for people.
        backup_id: Number in that host's journal under which the old bytes are, or None.
        error: Why it failed or was left alone, or "".

    >>> HostResult(name="app-2", outcome="left_alone", error="it does not answer").sessions
    """

    name: str
    outcome: HostEnding
    id: str = ""
    sessions: int | None = None
    path: str = ""
    changes: tuple[Change, ...] = ()
    kept: tuple[Kept, ...] = ()
    diff: str = ""
    backup_id: int | None = None
    error: str = ""


class FleetFound(Record, frozen=True, kw_only=True):
    """What a run over a fleet adds to a run over one machine.

    Attributes:
        seats: How many sessions each host lets in.
        same_sessions: One number that is safe on every host, or None.
        replicas: What other numbers of replicas would carry.
        missing: Hosts of which nothing is known.
        hosts: What became of each host's file; empty where only this machine's was planned.
        capacity: What was measured, with single calls left out.
        rehearsed: The hosts were played on this machine, and their files are thrown away.

    >>> FleetFound(seats=(), same_sessions=9).same_sessions
    9
    """

    seats: tuple[HostSeats, ...]
    same_sessions: int | None = None
    replicas: tuple[ReplicaCount, ...] = ()
    missing: tuple[MissingHost, ...] = ()
    hosts: tuple[HostResult, ...] = ()
    capacity: FleetCapacity | None = None
    rehearsed: bool = False
