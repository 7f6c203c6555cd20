"""A fleet's judgement, and the part of it that concerns one host."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from stresstune.config.slow_mode import has_slow_mode, reckoned_with
from stresstune.errors import UsageError
from stresstune.model.api import ApiCapacity
from stresstune.model.change import Evidence
from stresstune.model.fleet import (
    FleetCapacity,
    FleetFound,
    FleetVerdict,
    HostResult,
    HostSeats,
)
from stresstune.model.verdict import Recommendation, Verdict
from stresstune.policy.fleet import for_host, judge_fleet
from stresstune.workflow.job import Job
from stresstune.workflow.result import Outcome, TuneResult


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A fleet that was judged.

    Attributes:
        fleet: What was measured.
        judged: What it means.
    """

    fleet: FleetCapacity
    judged: FleetVerdict

    @property
    def told(self) -> FleetFound:
        """What a run's result says of it."""
        return FleetFound(
            seats=self.judged.seats,
            same_sessions=self.judged.same_sessions,
            replicas=self.judged.replicas,
            missing=self.fleet.missing,
            capacity=without_calls(self.fleet),
        )


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one host does.

    Attributes:
        verdict: The fleet's judgement with this host's own memory, for its journal.
        wanted: What its file should say.
        notes: What a person must know.
    """

    verdict: Verdict
    wanted: Recommendation
    notes: tuple[str, ...] = ()


def judge_replicas(job: Job, fleet: FleetCapacity) -> Judged:
    """Judge what was measured of many hosts."""
    slow_mode = has_slow_mode(job.config)
    judged = judge_fleet(fleet, job.workload, reckoned_with(job.config), slow_mode=slow_mode)
    return Judged(fleet=fleet, judged=judged)


def part_of(job: Job, found: Judged) -> Part:
    """Return what this machine's file should say: one host's number, or one that is safe for all.

    Raises:
        UsageError: A host was named that is not there, or whose memory is not known.
    """
    if job.options.host is not None:
        return part_of_host(found, _named(found, job.options.host))
    same = found.judged.same_sessions
    if same is None:
        return Part(verdict=found.judged.verdict, wanted=found.judged.recommendation)
    smallest = _smallest(found)
    because = (
        f"{same} is safe on each of {len(found.judged.seats)} hosts ({smallest.name} is the "
        f"smallest, with {smallest.safe_sessions}), and for the API they share."
    )
    if same > (smallest.safe_sessions or 0):
        because = smallest.because
    note = "this file gets one number that is safe on every host; --host NAME gives one host's own"
    part = _part(found, smallest.id, same, because)
    return Part(verdict=part.verdict, wanted=part.wanted, notes=(note,))


def part_of_host(found: Judged, seats: HostSeats, *, same: bool = False) -> Part:
    """Return what one host's file should say, whose memory is known.

    Args:
        found: The fleet.
        seats: The host's part of it.
        same: All hosts get one number, the largest that is safe on each of them.
    """
    number = found.judged.same_sessions if same else seats.sessions
    assert number is not None, "a host whose memory is not known has no part"
    because, smallest = seats.because, _smallest(found)
    if same and number > (smallest.safe_sessions or 0):
        because = smallest.because
    elif same:
        because = f"{number} is safe on each host of the fleet, and for the API they share."
    return _part(found, seats.id, number, because)


def _smallest(found: Judged) -> HostSeats:
    """Return the host that holds the fewest, of those whose memory is known."""
    return min(
        (seats for seats in found.judged.seats if seats.safe_sessions is not None),
        key=lambda seats: seats.safe_sessions or 0,
    )


def people_in(found: FleetFound, in_file: int) -> int:
    """Return how many the whole fleet lets in, where one file says so many."""
    measured = [seats.sessions for seats in found.seats if seats.sessions is not None]
    return sum(min(in_file, most) for most in measured) if measured else in_file


def evidence_of(job: Job, verdict: Verdict, wanted: Recommendation, found: Judged) -> Evidence:
    """Return what a journal remembers of it."""
    return Evidence(
        verdict=verdict,
        recommendation=wanted,
        fingerprint=job.fingerprint(verdict.memory),
        simulated=job.options.simulate is not None or found.fleet.simulated,
        fleet=found.told,
    )


def with_hosts(result: TuneResult, hosts: tuple[HostResult, ...]) -> TuneResult:
    """Return the result of a run over a fleet: what became of each host's file."""
    endings = {host.outcome for host in hosts}
    outcome: Outcome = "inconclusive"
    for ending in ("unchanged", "planned", "written"):
        outcome = ending if ending in endings else outcome
    assert result.fleet is not None
    return replace(
        result,
        outcome=outcome,
        written="written" in endings,
        changes=tuple(change for host in hosts for change in host.changes),
        kept=tuple(kept for host in hosts for kept in host.kept),
        diff=_diffs(hosts),
        fleet=replace(result.fleet, hosts=hosts),
    )


def _diffs(hosts: tuple[HostResult, ...]) -> str:
    """Show each diff once, with the names of the hosts that it is for."""
    names: dict[str, list[str]] = {}
    for host in hosts:
        if host.diff:
            names.setdefault(host.diff, []).append(host.name)
    return "\n".join(f"# {', '.join(there)}\n{diff}" for diff, there in names.items())


def _part(found: Judged, host_id: str, number: int, because: str) -> Part:
    memory = next(host.memory for host in found.fleet.hosts if host.id == host_id)
    return Part(
        verdict=replace(found.judged.verdict, memory=memory),
        wanted=for_host(found.judged.recommendation, number, because),
    )


def _named(found: Judged, name: str) -> HostSeats:
    for seats in found.judged.seats:
        if seats.name == name and seats.sessions is not None:
            return seats
    known = ", ".join(seats.name for seats in found.judged.seats if seats.sessions is not None)
    raise UsageError(f"there is no host {name!r} whose memory was measured: there are {known}")


def without_calls(fleet: FleetCapacity) -> FleetCapacity:
    """Return a fleet without the single calls of its probe."""
    if isinstance(fleet.api, ApiCapacity):
        return replace(fleet, api=replace(fleet.api, attempts=()))
    return fleet if fleet.api is None else replace(fleet, api=replace(fleet.api, attempts=()))
