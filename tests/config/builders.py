"""Records for tests, with only what a test is about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stresstune.config.apply import change
from stresstune.memory.ends.limits import read_limit
from stresstune.model.api import ApiCapacity
from stresstune.model.change import Evidence
from stresstune.model.fingerprint import Fingerprint
from stresstune.model.load import Latency
from stresstune.model.memory import MemoryCapacity
from stresstune.model.policy import Policy
from stresstune.model.record import Estimate
from stresstune.model.verdict import Finding, Reason, Recommendation, Verdict
from stresstune.model.workload import Workload

GB = 10**9


def recommendation(**fields: Any) -> Recommendation:
    """Recommend 18 sessions with slow mode at 4.5 s, unless told otherwise."""
    given = {
        "max_concurrent_sessions": 18,
        "slow_mode_default": True,
        "slow_mode_delay_seconds": 4.5,
        "tier": "concerning",
        "max_sessions_wanted": 30,
        "reasons": (
            Reason(knob="max_concurrent_sessions", because="24 sessions fit, less 20 % headroom"),
        ),
    }
    return Recommendation(**{**given, **fields})


def tuned_here(path: Path, **fields: Any) -> Path:
    """Tune a config as if memory and API had been measured on this machine."""
    here = read_limit()
    where = Fingerprint(limit_bytes=here.limit_bytes, limit_source=here.source)
    change(path, recommendation(), evidence=evidence(**{"fingerprint": where, **fields}))
    return path


def memory(**fields: Any) -> MemoryCapacity:
    """Describe 24 sessions of 78.3 MB in 2 GB."""
    given = {
        "mode": "predict",
        "source": "simulated",
        "held_sessions": 4,
        "sessions_that_fit": 24,
        "safe_sessions": 19,
        "bytes_per_session": Estimate(78.3e6, 78.1e6, 78.6e6),
        "baseline_bytes": 40_000_000,
        "limit_bytes": 2 * GB,
        "limit_source": "--limit",
        "headroom_ratio": 0.2,
        "stopped_by": "target",
    }
    return MemoryCapacity(**{**given, **fields})


def api(**fields: Any) -> ApiCapacity:
    """Describe an API whose limits were measured."""
    given = {
        "limits": (),
        "outcome": "measured",
        "breaking_point": None,
        "requests_sent": 61,
        "rejected": 1,
        "seconds": 3.0,
        "latency": Latency(),
    }
    return ApiCapacity(**{**given, **fields})


def evidence(**fields: Any) -> Evidence:
    """Describe a run that measured memory and API and recommends 18 sessions."""
    wanted = fields.pop("recommendation", recommendation())
    simulated = fields.pop("simulated", False)
    fingerprint = fields.pop("fingerprint", Fingerprint(limit_bytes=2 * GB, limit_source="--limit"))
    sessions = fields.pop("api_sessions", 20)
    given = {
        "tier": "concerning",
        "findings": (
            Finding(subject="memory", tier="concerning", statement="24 fit", sessions=24),
            Finding(subject="api", tier="concerning", statement="20 fit", sessions=sessions),
        ),
        "binding": "memory",
        "memory": memory(),
        "api": api(),
        "workload": Workload(),
        "policy": Policy(),
    }
    return Evidence(
        verdict=Verdict(**{**given, **fields}),
        recommendation=wanted,
        fingerprint=fingerprint,
        simulated=simulated,
    )
