"""Replicas: the API is shared, memory is each host's own.

Decisions that somebody may want to undo:

* **The fleet is judged as one**: memories added up, the API as it is, the wanted sessions those of
  all replicas together. The sum is then shared out.
* **Shared out evenly, as far as memory allows**, since a load balancer spreads newcomers evenly
  unless it is told otherwise. The sum never exceeds what the API carries, so that full hosts do
  not fail each other's calls.
* **A host that is missing keeps its share.** It may be cut off from the one who measures, and serve
  users all the same. So the others do not take its share of the API.
* **Nobody is let in is no tuning**: no host's number goes below 1, also where the API carries fewer
  sessions than there are hosts (a note says so, since fewer replicas would be better), and where a
  host holds fewer: that is a finding of its own, and says to run no replica there.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from stresstune.model.fleet import FleetCapacity, FleetVerdict, HostCapacity, HostSeats
from stresstune.model.memory import MemoryCapacity
from stresstune.model.policy import Policy
from stresstune.model.record import Estimate
from stresstune.model.verdict import Finding, Recommendation, Verdict
from stresstune.model.workload import Workload
from stresstune.policy import memory as memory_rules
from stresstune.policy.judge import judge, worst
from stresstune.policy.recommend import recommend
from stresstune.policy.replicas import replica_counts
from stresstune.policy.shares import Seats, same, shared


def judge_fleet(
    fleet: FleetCapacity,
    workload: Workload = Workload(),
    policy: Policy = Policy(),
    *,
    slow_mode: bool = True,
) -> FleetVerdict:
    """Judge a fleet, and say how many sessions each host lets in.

    Args:
        fleet: What was measured.
        workload: What the replicas are meant to carry together.
        policy: Thresholds.
        slow_mode: The app knows slow mode.

    >>> from stresstune.model.fleet import FleetCapacity
    >>> judge_fleet(FleetCapacity(hosts=(), api=None)).verdict.tier
    'inconclusive'
    """
    known = [host for host in fleet.hosts if _is_known(host, workload)]
    verdict = _with_unknown(
        judge(_evidence(fleet, known), fleet.api, workload, policy), fleet, known
    )
    wanted = recommend(_unbounded(verdict), slow_mode=slow_mode)
    if wanted.max_concurrent_sessions is None or not known:
        seats = tuple(_left_alone(host) for host in fleet.hosts)
        return FleetVerdict(
            verdict=verdict, recommendation=wanted, seats=seats, notes=_told(fleet, ())
        )
    asked = Seats(
        total=wanted.max_concurrent_sessions,
        from_api=_from_api(verdict, slow_mode=slow_mode),
        rooms=[_room(host, policy) for host in known],
        absent=len(fleet.hosts) - len(known) + len(fleet.missing),
        fewest=policy.lower.max_concurrent_sessions or 1,
    )
    shares = shared(asked)
    memories = [(_room(host, policy), host.memory) for host in known if host.memory]
    return FleetVerdict(
        verdict=_with_findings(
            verdict, (*_too_small(known, asked.rooms, shares), *_withheld(asked, shares))
        ),
        recommendation=replace(wanted, max_concurrent_sessions=sum(shares)),
        seats=_seats(fleet, known, asked.rooms, shares),
        same_sessions=same(asked),
        replicas=replica_counts(memories, _unbounded(verdict), pool, slow_mode=slow_mode),
        notes=_told(fleet, _too_many_replicas(verdict, asked)),
    )


def pool(memories: Sequence[MemoryCapacity]) -> MemoryCapacity:
    """Add memories up, for a judgement of the fleet as one.

    Sessions that fit are summed (each host's number is floored before), a session's size is the
    largest that was measured, and every host needs its own moment of more.

    Raises:
        ValueError: There are none.
    """
    if not memories:
        raise ValueError("no memory was measured, so there is nothing to add up")
    if len(memories) == 1:
        return memories[0]
    sizes = [one.bytes_per_session for one in memories if one.bytes_per_session is not None]
    limits = [one.limit_bytes for one in memories if one.limit_bytes is not None]
    return MemoryCapacity(
        mode=memories[0].mode,
        source=memories[0].source,
        held_sessions=sum(one.held_sessions for one in memories),
        sessions_that_fit=sum(one.sessions_that_fit or 0 for one in memories),
        safe_sessions=sum(one.safe_sessions or 0 for one in memories),
        bytes_per_session=_largest(sizes) if len(sizes) == len(memories) else None,
        transient_bytes=sum(one.transient_bytes for one in memories),
        baseline_bytes=sum(one.baseline_bytes for one in memories),
        limit_bytes=sum(limits) if len(limits) == len(memories) else None,
        limit_source=f"{len(memories)} hosts",
        headroom_ratio=memories[0].headroom_ratio,
        stopped_by="target",
        sizes_vary=any(one.sizes_vary for one in memories),
        seconds=max(one.seconds for one in memories),
    )


def for_host(wanted: Recommendation, sessions: int, because: str) -> Recommendation:
    """Return what is recommended to one host: its own number, and the pause of the whole fleet."""
    reasons = tuple(one for one in wanted.reasons if one.knob != "max_concurrent_sessions")
    own = next(one for one in wanted.reasons if one.knob == "max_concurrent_sessions")
    return replace(
        wanted,
        max_concurrent_sessions=sessions,
        reasons=(replace(own, because=because, clamp=""), *reasons),
    )


def _with_unknown(verdict: Verdict, fleet: FleetCapacity, known: Sequence[HostCapacity]) -> Verdict:
    """Add what is not known of some hosts; the others' results count all the same."""
    ids = {host.id for host in known}
    unknown = [_left_alone(host) for host in fleet.hosts if known and host.id not in ids]
    words = [*(f"{one.name}: {one.because}" for one in unknown), *map(str, fleet.missing)]
    findings = [
        Finding(subject="memory", tier="inconclusive", statement=text.rstrip(".")) for text in words
    ]
    return replace(verdict, findings=(*verdict.findings, *findings))


def _too_small(
    known: list[HostCapacity], rooms: list[int], shares: list[int]
) -> tuple[Finding, ...]:
    """Say which hosts hold fewer than the least that is let in."""
    return tuple(
        Finding(
            subject="memory",
            tier="critical" if seats > _fitting(host) else "concerning",
            statement=_because(host, room, seats, sum(shares)).rstrip("."),
        )
        for host, room, seats in zip(known, rooms, shares, strict=True)
        if seats > room
    )


def _withheld(asked: Seats, shares: list[int]) -> tuple[Finding, ...]:
    """Say that not all are let in who could be, where nothing is known of some hosts."""
    total = sum(shares)
    if not asked.absent or total >= asked.total:
        return ()
    said = (
        f"{total} of {asked.total} are let in by the hosts that are known; the share of the others "
        "is kept for them"
    )
    return (Finding(subject="memory", tier="concerning", statement=said),)


def _fitting(host: HostCapacity) -> int:
    return (host.memory.sessions_that_fit if host.memory else None) or 0


def _with_findings(verdict: Verdict, more: tuple[Finding, ...]) -> Verdict:
    tier = worst([verdict.tier, *(one.tier for one in more)])
    return replace(verdict, tier=tier, findings=(*verdict.findings, *more))


def _evidence(fleet: FleetCapacity, known: list[HostCapacity]) -> MemoryCapacity | None:
    if known:
        return pool([host.memory for host in known if host.memory])
    unknown = [host.memory for host in fleet.hosts if host.memory]
    return unknown[0] if unknown else None


def _is_known(host: HostCapacity, workload: Workload) -> bool:
    memory = host.memory
    if memory is None or memory.sessions_that_fit is None:
        return False
    return not memory_rules.doubt(memory, min(workload.sessions, memory.sessions_that_fit))


def _room(host: HostCapacity, policy: Policy) -> int:
    assert host.memory is not None
    safe = memory_rules.safe_sessions(host.memory, host.memory.sessions_that_fit or 0, policy)
    most = policy.upper.max_concurrent_sessions
    return safe if most is None else min(safe, most)


def _unbounded(verdict: Verdict) -> Verdict:
    """Return a verdict whose bounds of the number are gone: they are of one host's number."""
    policy = verdict.policy
    lower = replace(policy.lower, max_concurrent_sessions=None)
    upper = replace(policy.upper, max_concurrent_sessions=None)
    return replace(verdict, policy=replace(policy, min=lower, max=upper))


def _from_api(verdict: Verdict, *, slow_mode: bool) -> int:
    """Return how many the fleet may let in however much memory it has."""
    alone = judge(None, verdict.api, verdict.workload, verdict.policy)
    wanted = recommend(_unbounded(alone), slow_mode=slow_mode).max_concurrent_sessions
    return verdict.workload.sessions if wanted is None else wanted


def _seats(
    fleet: FleetCapacity, known: list[HostCapacity], rooms: list[int], shares: list[int]
) -> tuple[HostSeats, ...]:
    found = {
        host.id: HostSeats(
            id=host.id,
            name=host.name,
            sessions=seats,
            safe_sessions=room,
            because=_because(host, room, seats, sum(shares)),
        )
        for host, room, seats in zip(known, rooms, shares, strict=True)
    }
    return tuple(found.get(host.id) or _left_alone(host) for host in fleet.hosts)


def _because(host: HostCapacity, room: int, seats: int, total: int) -> str:
    held = (
        f"{room} {'session is' if room == 1 else 'sessions are'} safe in the memory of {host.name}"
    )
    if seats > room:
        least = f"{seats} {'is' if seats == 1 else 'are'} the least that a host lets in"
        return f"{held}, and {least}: run no replica there, or give it more memory."
    return f"{held}; its part of {total} in the fleet is {seats}."


def _left_alone(host: HostCapacity) -> HostSeats:
    because = "its memory was not measured"
    if host.memory is not None:
        because = host.memory.error or "how many sessions fit could not be told"
    return HostSeats(id=host.id, name=host.name, sessions=None, because=because)


def _told(fleet: FleetCapacity, more: tuple[str, ...]) -> tuple[str, ...]:
    more = (*more, *_of_hosts(fleet))
    if not fleet.missing:
        return (*fleet.notes, *more)
    names = ", ".join(host.name for host in fleet.missing)
    words = f"nothing is known of {names}: nothing is written there, and its share is kept for it"
    return (*fleet.notes, words, *more)


def _of_hosts(fleet: FleetCapacity) -> tuple[str, ...]:
    """Return what the hosts had to say, each sentence once, with the names of those who did."""
    said: dict[str, list[str]] = {}
    for host in fleet.hosts:
        for note in (*host.notes, *(host.memory.notes if host.memory else ())):
            said.setdefault(note, []).append(host.name)
    return tuple(f"{_names(names)}: {note}" for note, names in said.items())


def _names(names: Sequence[str], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _too_many_replicas(verdict: Verdict, asked: Seats) -> tuple[str, ...]:
    replicas = len(asked.rooms) + asked.absent
    if verdict.api is None or asked.from_api >= replicas:
        return ()
    carried = f"{asked.from_api} {'session' if asked.from_api == 1 else 'sessions'}"
    least = f"the API carries {carried}, and {replicas} replicas let in {replicas} at the least"
    return (f"{least}: run no more than {max(asked.from_api, 1)} of them",)


def _largest(sizes: list[Estimate]) -> Estimate:
    return max(sizes, key=lambda size: max(size, size.high))
