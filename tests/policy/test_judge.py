from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stresstune.model.load import GeneratorHealth, LoadStep
from stresstune.model.policy import Policy
from stresstune.model.record import Estimate
from stresstune.model.workload import Workload
from stresstune.policy import judge, recommend
from stresstune.policy.judge import SEVERITY, worst
from tests.policy.evidence import MB, classic, linear_api, memory_of, memory_that_fits

FULL_PACE_OF_30 = 600.0  # requests a minute: 30 users, 2 s think time, 1 s latency


@pytest.mark.parametrize(
    ("fit", "tier"),
    [(60, "good"), (40, "concerning"), (29, "concerning"), (15, "concerning"), (14, "critical")],
)
def test_memory_tiers_for_thirty_sessions(fit: int, tier: str) -> None:
    # 40 fit: 30 of them use 75 % of the limit or a hair less; see the next test for the edge
    memory = memory_of(50 * MB * fit, baseline_bytes=0, each_bytes=50 * MB)
    assert judge(memory=memory).tier == tier


@pytest.mark.parametrize(("limit_mb", "tier"), [(2001, "good"), (2000, "concerning")])
def test_memory_is_good_below_three_quarters_of_the_limit(limit_mb: int, tier: str) -> None:
    memory = memory_of(limit_mb * MB, baseline_bytes=0, each_bytes=50 * MB)
    assert judge(memory=memory).tier == tier


def test_the_share_in_use_is_taken_at_the_upper_end_of_the_interval() -> None:
    sure = memory_of(2_100 * MB, baseline_bytes=0, each_bytes=50 * MB)
    unsure = memory_of(
        2_100 * MB,
        baseline_bytes=0,
        each_bytes=50 * MB,
        bytes_per_session=Estimate(50 * MB, 45 * MB, 55 * MB),
    )
    assert (judge(memory=sure).tier, judge(memory=unsure).tier) == ("good", "concerning")


def test_a_nearly_full_memory_is_no_worse_than_one_in_which_one_session_less_fits() -> None:
    all_fit, one_less = memory_that_fits(30), memory_that_fits(29)
    assert judge(memory=all_fit).tier == judge(memory=one_less).tier == "concerning"
    assert "99 %" in judge(memory=all_fit).findings[0].statement


def test_a_nearly_full_memory_is_critical_where_one_session_less_would_be() -> None:
    strict = Policy(memory_critical_sessions_ratio=1.0)
    assert judge(memory=memory_that_fits(30), policy=strict).tier == "critical"
    single = Workload(sessions=1)
    nearly_full = memory_of(52 * MB, baseline_bytes=0, each_bytes=50 * MB)
    assert judge(memory=nearly_full, workload=single).tier == "critical"


@pytest.mark.parametrize(
    ("per_minute", "tier"),
    [(600, "good"), (599, "concerning"), (400, "concerning"), (399, "critical"), (0, "critical")],
)
def test_api_tiers_for_thirty_sessions(per_minute: float, tier: str) -> None:
    assert judge(api=linear_api(per_minute)).tier == tier


def test_an_unexplained_rejection_is_concerning_even_where_everybody_fits() -> None:
    api = linear_api(FULL_PACE_OF_30, limits=(), rejected=2, outcome="enough")
    verdict = judge(api=api)
    assert verdict.tier == "concerning"
    assert "2 of 61 calls met a 429 that no limit explains" in verdict.findings[0].statement


@pytest.mark.parametrize("outcome", ["inconclusive", "invalid"])
def test_an_api_probe_that_could_not_tell_is_inconclusive(outcome: str) -> None:
    verdict = judge(api=linear_api(FULL_PACE_OF_30, outcome=outcome))
    assert (verdict.tier, verdict.findings[0].sessions) == ("inconclusive", None)


def test_why_a_probe_could_not_tell_is_said() -> None:
    health = GeneratorHealth(ok=False, reason="calls started 900 ms late")
    spoiled = judge(api=linear_api(600, outcome="invalid", health=health))
    starved = judge(api=linear_api(600, outcome="inconclusive", notes=("The budget ended.",)))
    assert "900 ms late" in spoiled.findings[0].statement
    assert "The budget ended" in starved.findings[0].statement


@pytest.mark.parametrize(
    ("rejected", "tier"), [(0, "good"), (1, "concerning"), (5, "concerning"), (6, "critical")]
)
def test_a_burst_of_thirty_by_its_rejections(rejected: int, tier: str) -> None:
    assert judge(api=classic(rejected=rejected)).tier == tier


@pytest.mark.parametrize(
    ("breaking_point", "tier"),
    [(None, "good"), (35, "good"), (30, "concerning"), (20, "concerning"), (15, "critical")],
)
def test_a_ramp_by_its_breaking_point(breaking_point: int | None, tier: str) -> None:
    ramp = classic("ramp", total=150, rejected=3 if breaking_point else 0)
    ramp = type(ramp)(**{**fields_of(ramp), "breaking_point": breaking_point})
    assert judge(api=ramp).tier == tier


def fields_of(record: object) -> dict[str, object]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


def test_failures_that_are_no_rate_limit_are_not_good_either() -> None:
    assert judge(api=classic(other=3)).tier == "concerning"
    assert judge(api=classic(other=15)).tier == "critical"


@pytest.mark.parametrize(
    "changes",
    [
        {"total": 0},
        {"other": 30},
        {"health": GeneratorHealth(ok=False, reason="the loop stalled for 2 s")},
    ],
)
def test_a_classic_test_that_measured_nothing_is_inconclusive(changes: dict) -> None:
    verdict = judge(api=classic(**changes))
    assert (verdict.tier, verdict.binding) == ("inconclusive", None)


def test_no_evidence_is_inconclusive_and_never_good() -> None:
    assert judge().tier == "inconclusive"
    assert judge(memory=memory_of(None)).tier == "inconclusive"


def test_an_unknown_limit_says_why() -> None:
    statement = judge(memory=memory_of(None)).findings[0].statement
    assert "unknown: nothing was readable" in statement


def test_a_memory_probe_that_failed_says_why() -> None:
    broken = memory_of(sessions_that_fit=None, error="ImportError: no module named app")
    assert "no module named app" in judge(memory=broken).findings[0].statement
    ended = memory_of(sessions_that_fit=None, stopped_by="time")
    assert "ended after 4 sessions (time)" in judge(memory=ended).findings[0].statement


def test_sessions_that_fit_without_a_known_share_are_not_called_good() -> None:
    memory = memory_of(sessions_that_fit=100, bytes_per_session=None)
    assert judge(memory=memory).tier == "concerning"
    unlimited = memory_of(None, sessions_that_fit=100)
    assert judge(memory=unlimited).tier == "concerning"


def test_the_worst_finding_wins_and_not_knowing_is_worse_than_good() -> None:
    memories = {"good": memory_that_fits(60), "inconclusive": memory_of(None)}
    memories |= {"concerning": memory_that_fits(29), "critical": memory_that_fits(5)}
    apis = {"good": linear_api(600), "inconclusive": linear_api(600, outcome="invalid")}
    apis |= {"concerning": linear_api(500), "critical": linear_api(60)}
    for left, right in product(SEVERITY, SEVERITY):
        verdict = judge(memory=memories[left], api=apis[right])
        assert verdict.tier == worst([left, right])
        assert [finding.tier for finding in verdict.findings] == [left, right]


REFUSED = {"stopped_by": "error", "error": "answered 503", "refused": "overloaded"}


@pytest.mark.parametrize(
    ("memory", "api", "binding"),
    [
        (memory_that_fits(60), linear_api(600), None),
        (memory_that_fits(60), linear_api(60), "requests_per_minute"),
        (memory_that_fits(5), linear_api(600), "memory"),
        (memory_that_fits(25), linear_api(440), "memory"),  # 20 safe ones, the API carries 22
        (memory_that_fits(29), linear_api(440), "requests_per_minute"),  # 23 safe ones
        (memory_that_fits(60), classic(rejected=10), "api"),
        (None, linear_api(60, limits=()), "api"),
        (memory_of(None), linear_api(600), None),
        (memory_that_fits(60, **REFUSED), None, "app"),
        (memory_that_fits(60, **REFUSED), linear_api(600), "app"),
        (memory_that_fits(60, **REFUSED, held_sessions=30), None, None),
        (memory_that_fits(60, **REFUSED, held_sessions=0), None, None),  # it takes nobody at all
        (memory_that_fits(60, **{**REFUSED, "refused": "failed"}), None, None),
        (memory_that_fits(60, **REFUSED), linear_api(60), "requests_per_minute"),
    ],
)
def test_the_binding_limit_is_the_one_that_lets_in_the_fewest(memory, api, binding) -> None:
    assert judge(memory=memory, api=api).binding == binding


huge_or_odd = st.one_of(st.integers(0, 100), st.sampled_from([10**6, 2**62]))
limits = st.one_of(st.none(), st.integers(0, 10**10), st.just(2**62))


@given(limits, huge_or_odd, st.floats(0, 1e9), st.integers(1, 200))
def test_every_memory_gives_exactly_one_tier(limit, baseline, each, wanted) -> None:
    memory = memory_of(limit, baseline_bytes=baseline, each_bytes=each + 1)
    assert judge(memory=memory, workload=Workload(sessions=wanted)).tier in SEVERITY


policies = st.builds(
    Policy,
    headroom_ratio=st.floats(0, 0.95),
    memory_good_below_ratio=st.floats(0, 1),
    memory_critical_above_ratio=st.floats(0, 1),
    memory_critical_sessions_ratio=st.floats(0, 1),
    memory_tight_sessions_ratio=st.floats(0, 1),
    api_concerning_ratio=st.floats(0, 1),
)


@given(
    policies,
    st.lists(st.integers(0, 5_000), min_size=2, max_size=2),
    st.integers(0, 500),
    st.integers(1, 60),
)
def test_more_memory_is_never_a_worse_tier(policy, limits_mb, baseline_mb, wanted) -> None:
    tiers = [
        judge(
            memory=memory_of(limit * MB, baseline_bytes=baseline_mb * MB),
            workload=Workload(sessions=wanted),
            policy=policy,
        ).tier
        for limit in sorted(limits_mb)
    ]
    assert SEVERITY.index(tiers[1]) <= SEVERITY.index(tiers[0])


@given(policies, st.lists(st.floats(0, 5_000), min_size=2, max_size=2), st.integers(1, 60))
def test_more_quota_is_never_a_worse_tier(policy, quotas, wanted) -> None:
    tiers = [
        judge(
            api=linear_api(quota, rejected=0), workload=Workload(sessions=wanted), policy=policy
        ).tier
        for quota in sorted(quotas)
    ]
    assert SEVERITY.index(tiers[1]) <= SEVERITY.index(tiers[0])


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"empty_sessions": 4}, "all 4 sessions were None"),
        ({"stopped_by": "error", "error": "ValueError: no database"}, "ValueError: no database"),
        ({"stopped_by": "error", "held_sessions": 29}, "after 29 of 30 sessions"),
        ({"stopped_by": "time", "refused": "timed_out"}, "failed after 4 of 30 sessions"),
    ],
)
def test_memory_evidence_that_proves_nothing_is_inconclusive(changes, why) -> None:
    verdict = judge(memory_that_fits(300, **changes))
    assert verdict.tier == "inconclusive"
    assert why in verdict.findings[0].statement
    assert recommend(verdict).max_concurrent_sessions is None


def test_a_source_that_failed_after_the_wanted_sessions_has_shown_enough() -> None:
    held = memory_that_fits(300, stopped_by="error", error="E", held_sessions=30)
    assert judge(held).tier == "good"


def test_a_source_that_failed_takes_no_bad_news_back() -> None:
    verdict = judge(memory_that_fits(10, stopped_by="error", error="E"))
    assert verdict.tier == "critical"
    assert "at the most" in verdict.findings[0].statement


def test_one_of_a_thing_is_spoken_of_as_one() -> None:
    burst = judge(api=classic(total=1), workload=Workload(sessions=1)).findings[0]
    memory = judge(memory_that_fits(9), workload=Workload(sessions=1)).findings[0]
    assert burst.statement == "The only call of the burst was not rejected"
    assert "1 uses" in memory.statement


def test_a_classic_test_of_fewer_than_are_wanted_tells_nothing_good() -> None:
    few = judge(api=classic(total=10))
    assert few.tier == "inconclusive"
    assert "10 calls at the most, and 30 sessions are wanted" in few.findings[0].statement
    assert judge(api=classic(total=10, rejected=5)).tier == "critical"
    step = LoadStep(concurrent=20, succeeded=20, rejected=0, failed=0)
    ramp = replace(classic("ramp", total=150), steps=(step,))
    assert judge(api=ramp).tier == "inconclusive"
    assert judge(api=replace(ramp, steps=(step, replace(step, concurrent=30)))).tier == "good"


def test_a_sustained_load_is_called_one() -> None:
    verdict = judge(api=classic("sustained", total=30, rejected=3))
    assert "3 of 30 calls of the sustained load were rejected" in verdict.findings[0].statement
