from __future__ import annotations

from stresstune.model.api import ApiCapacity, Limit
from stresstune.model.load import GeneratorHealth, Latency
from stresstune.model.workload import Workload
from stresstune.report.api import render_api

LIMIT = Limit(
    kind="requests_per_minute",
    value=300,
    low=300,
    high=None,
    provenance="stated",
    evidence="a 429 named it",
)


def capacity(**changes: object) -> ApiCapacity:
    fields = {
        "limits": (LIMIT,),
        "outcome": "measured",
        "breaking_point": 301,
        "requests_sent": 302,
        "rejected": 2,
        "seconds": 20.0,
        "latency": Latency(count=300, average_seconds=1.5, p50_seconds=1.5),
        "latency_low_seconds": 1.4,
        "latency_high_seconds": 1.6,
        "target": "gemini-2.5-flash",
    }
    return ApiCapacity(**{**fields, **changes})


def test_limits_have_value_interval_provenance_and_evidence() -> None:
    text = render_api(capacity(), Workload())
    assert "requests_per_minute  300    300 to ?  stated" in text
    assert "- requests_per_minute: a 429 named it" in text
    assert "Spent:     302 calls, 2 of them met a 429, 20.0 s" in text


def test_sessions_are_told_at_both_paces() -> None:
    found = capacity()
    text = render_api(found, Workload(sessions=30))
    assert f"{found.max_sessions(2.0)} with 2 s between calls (30 wanted)" in text
    assert f"{found.max_sessions(5.0)} in slow mode, 3 s more between calls" in text


def test_where_nothing_could_be_told_no_number_is_made_up() -> None:
    text = render_api(
        capacity(
            limits=(),
            outcome="invalid",
            latency=Latency(),
            simulated=True,
            notes=("The budget ended.",),
            health=GeneratorHealth(ok=False, reason="calls started late"),
        ),
        Workload(),
    )
    assert "Sessions:" not in text
    assert "Response times" not in text
    assert "(simulated)" in text
    assert "- The budget ended.\n- calls started late" in text
