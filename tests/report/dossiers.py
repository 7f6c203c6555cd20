"""Dossiers of every kind of run, with known numbers, for the tests of the report."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from stresstune.model.api import ApiCapacity, Limit
from stresstune.model.change import Change, Evidence
from stresstune.model.fingerprint import Fingerprint
from stresstune.model.fleet import (
    FleetCapacity,
    FleetFound,
    HostCapacity,
    HostResult,
    HostSeats,
    MissingHost,
    ReplicaCount,
)
from stresstune.model.journal import HistoryEntry, Run
from stresstune.model.load import Attempt, GeneratorHealth, Latency, LoadResult, LoadStep
from stresstune.model.memory import MemoryCapacity, MemorySample
from stresstune.model.policy import Policy
from stresstune.model.record import Estimate
from stresstune.model.report import Dossier
from stresstune.model.workload import Workload
from stresstune.policy import judge, recommend
from tests.policy.evidence import memory_of, memory_that_fits

MB = 10**6
LATENCY = Latency(
    count=150,
    average_seconds=1.5,
    min_seconds=0.8,
    max_seconds=2.9,
    p50_seconds=1.4,
    p95_seconds=2.4,
    p99_seconds=2.7,
)
RPM_150 = Limit(
    kind="requests_per_minute",
    value=150,
    low=150,
    high=150,
    provenance="stated",
    window_seconds=60,
    evidence="a 429 named GenerateRequestsPerMinute with 150",
)
HOSTILE = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>\"'&](javascript:1)|`"


def memory(limit_bytes: int | None = 2000 * MB, **changes: object) -> MemoryCapacity:
    """Four sessions of 78 MB each above 50 MB, under such a limit."""
    each, base = 78 * MB, 50 * MB
    fit = None if limit_bytes is None else (limit_bytes - base) // each
    fields = {
        "held_sessions": 4,
        "sessions_that_fit": fit,
        "safe_sessions": None if fit is None else int(fit * 0.8),
        "bytes_per_session": Estimate(each, each - MB, each + MB),
        "baseline_bytes": base,
        "limit_bytes": limit_bytes,
        "limit_source": "cgroup v2 /app" if limit_bytes else "unknown: /proc cannot be read",
        "guard_bytes": limit_bytes and limit_bytes - 32 * MB,
        "stopped_by": "target",
        "session_data_bytes": 4 * each,
        "process_bytes": base + 4 * each,
        "seconds": 1.2,
        "samples": tuple(
            MemorySample(
                session=n,
                seconds=n / 4,
                session_data_bytes=n * each,
                rss_bytes=8 * MB + n * each,
                pss_bytes=7 * MB + n * each,
                uss_bytes=6 * MB + n * each,
            )
            for n in range(5)
        ),
    }
    return MemoryCapacity(**{**fields, **changes})


def calls(count: int, *, refused: int = 0, per_second: float = 10.0) -> tuple[Attempt, ...]:
    """So many calls that were answered, and then some that were refused, evenly in time."""
    return tuple(
        Attempt(
            intended_seconds=n / per_second,
            started_seconds=n / per_second,
            finished_seconds=n / per_second + (1.0 + 0.1 * (n % 7) if n < count else 0.05),
            outcome="ok" if n < count else "rejected",
            in_flight=1 + n % 16,
        )
        for n in range(count + refused)
    )


def queued(places: int = 3) -> tuple[Attempt, ...]:
    """Calls to a server that serves so many at once, a second each, and lets the others wait."""
    return tuple(_queued(places))


def _queued(places: int) -> Iterator[Attempt]:
    for level in range(1, 31):
        for n in range(4):
            start = 40.0 * level + n
            end = start + max(1.0, level / places) + 0.01 * n
            yield Attempt(
                intended_seconds=start,
                started_seconds=start,
                finished_seconds=end,
                outcome="ok",
                in_flight=level,
            )


def api(*limits: Limit, **changes: object) -> ApiCapacity:
    fields = {
        "limits": limits,
        "outcome": "measured",
        "requests_sent": 152,
        "rejected": 2,
        "seconds": 17.0,
        "latency": LATENCY,
        "latency_sd_seconds": 0.4,
        "latency_low_seconds": 1.4,
        "latency_high_seconds": 1.6,
        "target": "gemini-2.5-flash",
        "attempts": calls(150, refused=2),
    }
    return ApiCapacity(**{**fields, **changes})


def enough(**changes: object) -> ApiCapacity:
    """An API in which no limit was met."""
    return api(
        outcome="enough",
        proven_per_minute=900,
        proven_in_flight=60,
        rejected=0,
        attempts=calls(600),
        **changes,
    )


def burst(rejected: int = 3) -> LoadResult:
    return LoadResult(
        kind="burst",
        duration_seconds=2.0,
        total=30,
        successful=30 - rejected,
        failed=rejected,
        rejected=rejected,
        errors={"429 RESOURCE_EXHAUSTED": rejected} if rejected else {},
        latency=LATENCY,
        offered_per_second=15.0,
        throughput_per_second=14.0,
        concurrent=30,
        breaking_point=30,
        steps=(LoadStep(concurrent=30, succeeded=30 - rejected, rejected=rejected, failed=0),),
        attempts=calls(30 - rejected, refused=rejected),
    )


def evidence_of(
    memory_found: MemoryCapacity | None,
    api_found: ApiCapacity | LoadResult | None,
    *,
    workload: Workload = Workload(),
    policy: Policy = Policy(),
    **changes: object,
) -> Evidence:
    verdict = judge(memory_found, api_found, workload, policy)
    fingerprint = Fingerprint(
        limit_bytes=memory_found.limit_bytes if memory_found else None,
        limit_source=memory_found.limit_source if memory_found else "",
        cpu_quota=2.0,
        model="gemini-2.5-flash",
        key_fingerprint="k1",
        version="0.1.0",
    )
    fields = {
        "verdict": verdict,
        "recommendation": recommend(verdict),
        "fingerprint": fingerprint,
    }
    return Evidence(**{**fields, **changes})


def dossier_of(evidence: Evidence, *, number: int = 4, **changes: object) -> Dossier:
    """A run whose recommendation was written as it is."""
    wanted = evidence.recommendation
    values = {
        "max_concurrent_sessions": wanted.max_concurrent_sessions,
        "slow_mode_default": wanted.slow_mode_default,
        "slow_mode_delay_seconds": wanted.slow_mode_delay_seconds,
    }
    sessions = wanted.max_concurrent_sessions
    change = Change(key="MAX_CONCURRENT_SESSIONS", old=30, new=sessions, because="it fits")
    run = Run(id=number, at="2026-11-24T19:30:05+00:00", evidence=evidence)
    entry = HistoryEntry(
        id=7,
        at="2026-11-24T19:30:06+00:00",
        kind="apply",
        state="done",
        changes=(change,),
        run_id=number,
    )
    fields = {
        "path": "workshop.toml",
        "run": run,
        "entry": entry if sessions is not None else None,
        "diff": "--- workshop.toml\n+++ workshop.toml\n@@ -1 +1 @@\n"
        f"-MAX_CONCURRENT_SESSIONS = 30\n+MAX_CONCURRENT_SESSIONS = {sessions}",
        "in_force": {knob: value for knob, value in values.items() if value is not None},
    }
    return Dossier(**{**fields, **changes})


def of_memory() -> Dossier:
    """Memory binds: 25 of 30 fit."""
    return dossier_of(evidence_of(memory(), enough()))


def of_quota() -> Dossier:
    """A quota of 150 a minute binds, slow mode saves it; compared with a run before it."""
    before = evidence_of(memory(8000 * MB), enough())
    earlier = Run(id=3, at="2026-11-20T08:00:00+00:00", evidence=before)
    return dossier_of(evidence_of(memory(4000 * MB), api(RPM_150)), earlier=earlier)


def of_cap() -> Dossier:
    """A cap on concurrency binds."""
    cap = Limit(kind="concurrency", value=8, low=8, high=8, provenance="measured")
    return dossier_of(evidence_of(memory(8000 * MB), api(cap)))


def of_queue() -> Dossier:
    """A server queues from 3 calls on."""
    limit = Limit(kind="throughput", value=3.0, low=2.9, high=3.1, provenance="measured")
    alone = Latency(count=100, average_seconds=1.0, p50_seconds=1.0, p95_seconds=1.1)
    found = api(limit, latency=alone, attempts=queued(), rejected=0)
    return dossier_of(evidence_of(memory(8000 * MB), found))


def of_all_well() -> Dossier:
    """Everything fits."""
    return dossier_of(evidence_of(memory(8000 * MB), enough()))


def of_nothing_known() -> Dossier:
    """Nothing could be told."""
    health = GeneratorHealth(ok=False, reason="calls started up to 2.1 s late")
    found = api(outcome="invalid", health=health, notes=("the machine was busy",))
    return dossier_of(evidence_of(memory(None), found), in_force={}, entry=None, diff="")


def of_practice() -> Dossier:
    """A simulated run."""
    found = api(replace(RPM_150, value=60, low=60, high=60), simulated=True)
    return dossier_of(evidence_of(memory(4000 * MB), found, simulated=True))


def of_random_failures() -> Dossier:
    """The service fails at any load."""
    limit = Limit(kind="overload", value=0.5, low=0.4, high=0.6, provenance="measured")
    return dossier_of(evidence_of(memory(8000 * MB), api(limit)))


def of_a_burst() -> Dossier:
    """A classic test is all the API evidence there is."""
    return dossier_of(evidence_of(memory(8000 * MB), burst()))


def of_hostile_strings() -> Dossier:
    """Every text that comes from outside is an attack."""
    limit = replace(RPM_150, evidence=HOSTILE)
    found = evidence_of(
        memory(4000 * MB, limit_source=HOSTILE, notes=(HOSTILE,), error=HOSTILE),
        api(limit, target=HOSTILE, notes=(HOSTILE,)),
    )
    wanted = replace(found.recommendation, announce=(HOSTILE,), lift=(HOSTILE,))
    found = replace(
        found,
        recommendation=wanted,
        fingerprint=replace(found.fingerprint, model=HOSTILE, version=HOSTILE),
    )
    earlier = Run(id=3, at="2026-11-20T08:00:00+00:00", evidence=evidence_of(memory(), None))
    diff = f"--- {HOSTILE}\n+++ b\n@@ -1 +1 @@\n-a = 1 # {HOSTILE}\n+a = 2 # ``` {HOSTILE}"
    return dossier_of(found, path=HOSTILE, diff=diff, notes=(HOSTILE,), earlier=earlier)


FLEET = FleetFound(
    seats=(
        HostSeats(id="a", name="app-1", sessions=10, safe_sessions=16, because="10 is its part."),
        HostSeats(id="b", name="app-2", sessions=None, because="it was full"),
    ),
    same_sessions=9,
    replicas=(
        ReplicaCount(
            replicas=1, memory_sessions=16, api_sessions=12, sessions=12,
            slow_mode_delay_seconds=1.5, binding="requests_per_minute",
        ),
        ReplicaCount(
            replicas=2, memory_sessions=32, api_sessions=None, sessions=30,
            carries_all=True, measured=False,
        ),
    ),
    missing=(MissingHost(name="app-3", reason="it does not answer"),),
    hosts=(
        HostResult(id="a", name="app-1", outcome="written", sessions=10),
        HostResult(id="b", name="app-2", outcome="left_alone", error="it was full"),
    ),
    capacity=FleetCapacity(
        hosts=(
            HostCapacity(id="a", name="app-1", memory=memory_that_fits(20)),
            HostCapacity(id="b", name="app-2", memory=memory_of(None)),
        ),
        api=None,
    ),
)  # fmt: skip


def of_a_fleet() -> Dossier:
    """Several hosts that share one API; one of them was full, and one did not answer."""
    counts = tuple(replace(FLEET.replicas[0], replicas=1 + n) for n in range(16))
    fleet = replace(FLEET, replicas=counts)  # as many as are reckoned
    found = replace(evidence_of(memory(), api(RPM_150), simulated=True), fleet=fleet)
    run = Run(id=4, at="2026-11-24T19:30:00+00:00", evidence=found)
    return Dossier(path="workshop.toml", run=run)


ALL = {
    "memory": of_memory,
    "quota": of_quota,
    "cap": of_cap,
    "queue": of_queue,
    "all-well": of_all_well,
    "nothing-known": of_nothing_known,
    "practice": of_practice,
    "random-failures": of_random_failures,
    "burst": of_a_burst,
    "fleet": of_a_fleet,
    "hostile": of_hostile_strings,
}
