"""Evidence with a known truth, for the tests of the policy."""

from __future__ import annotations

import math

from stresstune.model.api import ApiCapacity, Limit
from stresstune.model.load import Latency, LoadResult
from stresstune.model.memory import MemoryCapacity
from stresstune.model.record import Estimate

MB = 10**6
LATENCY = Latency(count=1, average_seconds=1.0, p50_seconds=1.0, p95_seconds=1.0, p99_seconds=1.0)


class LinearApi(ApiCapacity, frozen=True, kw_only=True, tag_field="record", tag="linear_api"):
    """An API that carries ``per_minute / 60 x (think + 1 s)`` sessions, without any room left."""

    per_minute: float = 600.0

    def max_sessions(self, think_seconds: float) -> int:
        return math.floor(self.per_minute / 60 * (think_seconds + 1.0) + 1e-9)


def linear_api(per_minute: float, **changes: object) -> LinearApi:
    limit = Limit(
        kind="requests_per_minute",
        value=per_minute,
        low=per_minute,
        high=per_minute,
        provenance="stated",
    )
    fields = {
        "limits": (limit,),
        "outcome": "measured",
        "breaking_point": None,
        "requests_sent": 61,
        "rejected": 1,
        "seconds": 12.0,
        "latency": LATENCY,
        "per_minute": per_minute,
    }
    return LinearApi(**{**fields, **changes})


def api_of(*limits: Limit, **changes: object) -> ApiCapacity:
    fields = {
        "limits": limits,
        "outcome": "measured",
        "breaking_point": None,
        "requests_sent": 61,
        "rejected": 0,
        "seconds": 12.0,
        "latency": LATENCY,
        "latency_low_seconds": 0.9,
        "latency_high_seconds": 1.1,
    }
    return ApiCapacity(**{**fields, **changes})


def memory_of(
    limit_bytes: int | None = 2000 * MB,
    *,
    baseline_bytes: int = 50 * MB,
    each_bytes: float = 75 * MB,
    transient_bytes: int = 0,
    headroom_ratio: float = 0.2,
    **changes: object,
) -> MemoryCapacity:
    """Return what a memory probe says under such a limit; None is an unknown limit."""
    fit = None
    if limit_bytes is not None:
        fit = max(0, int((limit_bytes - baseline_bytes - transient_bytes) // each_bytes))
    fields = {
        "mode": "predict",
        "source": "simulated",
        "held_sessions": 4,
        "sessions_that_fit": fit,
        "safe_sessions": None if fit is None else int(fit * (1 - headroom_ratio) + 1e-9),
        "bytes_per_session": Estimate(each_bytes, each_bytes, each_bytes),
        "transient_bytes": transient_bytes,
        "baseline_bytes": baseline_bytes,
        "limit_bytes": limit_bytes,
        "limit_source": "--limit" if limit_bytes is not None else "unknown: nothing was readable",
        "headroom_ratio": headroom_ratio,
        "stopped_by": "target",
    }
    return MemoryCapacity(**{**fields, **changes})


def memory_that_fits(sessions: int, **changes: object) -> MemoryCapacity:
    """Return a capacity in which exactly so many sessions of 50 MB fit."""
    return memory_of(50 * MB * sessions + 20 * MB, baseline_bytes=0, each_bytes=50 * MB, **changes)


def classic(
    kind: str = "burst", *, total: int = 30, rejected: int = 0, other: int = 0, **changes: object
) -> LoadResult:
    failed = rejected + other
    fields = {
        "kind": kind,
        "duration_seconds": 3.0,
        "total": total,
        "successful": total - failed,
        "failed": failed,
        "rejected": rejected,
        "errors": {"429 RESOURCE_EXHAUSTED": rejected} if rejected else {},
        "latency": LATENCY,
        "offered_per_second": 30.0,
        "throughput_per_second": 10.0,
        "concurrent": total,
    }
    return LoadResult(**{**fields, **changes})
