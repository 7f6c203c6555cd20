"""The policy on the real law of sessions and rates, where the other tests use a linear one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresstune.model.api import Limit
from stresstune.model.workload import Workload
from stresstune.policy import judge, recommend
from stresstune.policy.judge import SEVERITY
from tests.policy.evidence import api_of

RATES = {
    "requests_per_minute": 1_500,
    "tokens_per_minute": 1_500,
    "concurrency": 100,
    "throughput": 30,
}


def limit_of(kind: str, value: float, **changes: object) -> Limit:
    fields = {"kind": kind, "value": value, "low": value, "high": value, "provenance": "stated"}
    return Limit(**{**fields, **changes})


def test_the_unfavourable_end_of_the_interval_decides() -> None:
    sure = api_of(limit_of("requests_per_minute", 700))
    unsure = api_of(limit_of("requests_per_minute", 700, low=400, provenance="measured"))
    assert judge(api=sure).findings[0].sessions > judge(api=unsure).findings[0].sessions


def test_of_several_limits_the_one_that_carries_the_fewest_binds() -> None:
    api = api_of(limit_of("requests_per_minute", 2000), limit_of("concurrency", 5))
    verdict = judge(api=api)
    assert verdict.binding == "concurrency"
    assert "5 calls in flight (stated) carries" in verdict.findings[0].statement


def test_what_was_merely_proved_is_named_as_that() -> None:
    api = api_of(limit_of("requests_per_minute", 2000), proven_in_flight=5)
    verdict = judge(api=api)
    assert verdict.binding == "api"
    assert "What was proved (at least 5 in flight)" in verdict.findings[0].statement


def test_an_interval_is_said_for_what_was_measured() -> None:
    limit = limit_of("throughput", 2.5, low=2.0, high=None, provenance="measured")
    statement = judge(api=api_of(limit)).findings[0].statement
    assert statement.startswith("2.5 answers a second (measured, 2 to ?)")
    at_least = limit_of("requests_per_minute", 600, high=None, provenance="lower_bound")
    statement = judge(api=api_of(at_least)).findings[0].statement
    assert statement.startswith("At least 600 requests a minute (lower bound)")


@pytest.mark.parametrize("kind", list(RATES))
@settings(max_examples=25, deadline=None)
@given(permille=st.lists(st.integers(0, 1000), min_size=2, max_size=2), wanted=st.integers(1, 60))
def test_more_quota_is_never_worse(kind: str, permille: list[int], wanted: int) -> None:
    workload = Workload(sessions=wanted)
    values = [share * RATES[kind] / 1000 for share in permille]
    verdicts = [
        judge(api=api_of(limit_of(kind, value)), workload=workload) for value in sorted(values)
    ]
    less, more = (SEVERITY.index(verdict.tier) for verdict in verdicts)
    assert more <= less
    fewer, further = (recommend(verdict).max_concurrent_sessions for verdict in verdicts)
    assert fewer <= further
