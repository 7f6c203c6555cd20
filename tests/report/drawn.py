"""Dossiers drawn at random, so that charts meet what nobody thought of."""

from __future__ import annotations

import random

from msgspec.structs import replace

from stresstune.model.api import ApiCapacity, Limit
from stresstune.model.load import Attempt, LoadResult
from stresstune.model.memory import MemoryCapacity
from stresstune.model.report import Dossier
from stresstune.model.workload import Workload
from stresstune.policy import judge, recommend
from tests.report import dossiers


def drawn_dossier(seed: int) -> Dossier:
    """Any memory, any limit, any number of people."""
    rng = random.Random(seed)
    workload = Workload(
        sessions=rng.choice([1, 2, 5, 8, 12, 20, 30, 30, 45, 60, 100, 300]),
        think_seconds=rng.choice([0, 1, 2, 5, 20]),
        max_slow_mode_delay_seconds=rng.choice([15, 15, 30, 60]),
        latency_objective_seconds=rng.choice([2, 3, 5, 10, 30]),
    )
    memory = _memory(rng, workload.sessions)
    api = _api(rng, workload)
    wanted = recommend(judge(memory, api, workload), slow_mode=rng.random() < 0.8)
    found = dossiers.evidence_of(memory, api, workload=workload, recommendation=wanted)
    return dossiers.dossier_of(found, **({"in_force": {}} if rng.random() < 0.3 else {}))


def _memory(rng: random.Random, people: int) -> MemoryCapacity | None:
    if rng.random() < 0.1:
        return None
    limit = (50 + 78 * people * rng.uniform(0.3, 2.0)) * dossiers.MB
    if rng.random() < 0.3:
        limit = 10 ** rng.uniform(8, 11)
    found = dossiers.memory(int(limit))
    held = min(max(3, people), rng.choice([4, 15, 60]))
    each = [n * 78 * dossiers.MB for n in range(held + 1)]
    samples = tuple(
        replace(found.samples[0], session=n, session_data_bytes=size, uss_bytes=6 * 10**6 + size)
        for n, size in enumerate(each)
    )
    return replace(found, held_sessions=held, samples=samples)


def _api(rng: random.Random, workload: Workload) -> ApiCapacity | LoadResult | None:
    calls = _calls(rng)
    needed = 60 * workload.sessions / (workload.think_seconds + 1.5)
    rate = max(1, round(needed * rng.uniform(0.05, 1.6)))
    kind = rng.choice(
        ["none", "enough", "burst", "rate", "rate", "cap", "queue", "two", "overload"]
    )
    match kind:
        case "none":
            return None
        case "enough":
            return dossiers.enough()
        case "burst":
            return dossiers.burst(rng.choice([0, 3, 12]))
    limits = {
        "rate": [_limit("requests_per_minute", rate)],
        "cap": [_limit("concurrency", rng.choice([1, 4, 20, 50]))],
        "queue": [_limit("throughput", rng.choice([0.5, 3, 20]))],
        "two": [_limit("requests_per_minute", rate), _limit("concurrency", rng.choice([2, 20]))],
        "overload": [_limit("overload", 0.3)],
    }[kind]
    return dossiers.api(*limits, attempts=calls)


def _limit(kind: str, value: float) -> Limit:
    return Limit(kind=kind, value=value, low=0.95 * value, high=1.05 * value, provenance="measured")


def _calls(rng: random.Random) -> tuple[Attempt, ...]:
    if rng.random() < 0.2:
        return dossiers.queued(rng.choice([1, 3, 8]))
    count, levels = rng.choice([5, 30, 150, 600]), rng.choice([1, 4, 16, 60])
    refused, pace = rng.choice([0, 1, 2, 20]), rng.choice([0.5, 5, 50])
    slower = rng.choice([0.3, 1, 4])
    return tuple(
        replace(
            one,
            in_flight=1 + place % levels,
            finished_seconds=one.started_seconds + slower * one.service_seconds,
            outcome="overloaded" if rng.random() < 0.05 else one.outcome,
        )
        for place, one in enumerate(dossiers.calls(count, refused=refused, per_second=pace))
    )
