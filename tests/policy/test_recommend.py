from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stresstune.model.api import ApiCapacity, Limit
from stresstune.model.load import Latency
from stresstune.model.policy import Bounds, Policy
from stresstune.model.record import Estimate
from stresstune.model.workload import Workload
from stresstune.policy import fallback, judge, recommend
from tests.policy.evidence import MB, api_of, classic, linear_api, memory_of, memory_that_fits


def recommended(memory=None, api=None, workload=None, policy=None):
    return recommend(judge(memory, api, workload or Workload(), policy or Policy()))


def knobs(**evidence):
    found = recommended(**evidence)
    return (
        found.max_concurrent_sessions,
        found.slow_mode_default,
        found.slow_mode_delay_seconds,
    )


@pytest.mark.parametrize(
    ("fit", "sessions"),
    [(60, 30), (38, 30), (37, 29), (30, 24), (24, 19), (21, 16), (20, 15), (15, 12), (14, 10)],
)
def test_the_classic_numbers_for_memory(fit: int, sessions: int) -> None:
    assert knobs(memory=memory_that_fits(fit)) == (sessions, None, None)


@pytest.mark.parametrize(
    ("rejected", "expected"), [(0, (30, False, None)), (3, (20, None, None)), (9, (15, True, None))]
)
def test_the_classic_numbers_for_the_api(rejected: int, expected: tuple) -> None:
    assert knobs(api=classic(rejected=rejected)) == expected


def test_the_fallback_is_half_of_the_wanted_sessions_and_says_pairs() -> None:
    values = fallback(Workload(sessions=30))
    assert values.max_concurrent_sessions == 15
    assert (values.slow_mode_default, values.slow_mode_delay_seconds) == (None, None)
    assert values.announce[0] == "Work in pairs: 15 pairs."
    assert "Nothing was measured" in values.reason_for("max_concurrent_sessions")


def test_the_fallback_lets_one_in_where_half_of_the_sessions_are_none() -> None:
    assert fallback(Workload(sessions=1)).max_concurrent_sessions == 1


def test_unequal_sessions_are_decided_by_the_safe_number() -> None:
    memory = memory_that_fits(30, sizes_vary=True, safe_sessions=18)
    assert knobs(memory=memory)[0] == 18
    because = recommend(judge(memory)).reasons[0].because
    assert "their sizes vary: at the low end of the interval, less 20 % headroom: 18" in because
    assert knobs(memory=memory_that_fits(30, sizes_vary=True, safe_sessions=None))[0] == 24


def test_without_evidence_every_knob_is_left_alone() -> None:
    for evidence in ({}, {"memory": memory_of(None)}, {"api": linear_api(600, outcome="invalid")}):
        values = recommended(**evidence)
        assert knobs(**evidence) == (None, None, None)
        assert (values.tier, values.reasons) == ("inconclusive", ())
        assert values.announce == ("If you see errors, tick Slow Mode.",)


def test_a_classic_test_that_told_nothing_leaves_the_knobs_alone() -> None:
    assert knobs(api=classic(total=0)) == (None, None, None)
    assert knobs(memory=memory_that_fits(24), api=classic(total=0)) == (19, None, None)


def test_an_api_that_could_not_be_measured_leaves_slow_mode_alone() -> None:
    api = linear_api(600, outcome="inconclusive")
    assert knobs(memory=memory_that_fits(24), api=api) == (19, None, None)


def test_what_was_proved_before_the_budget_was_spent_is_recommended_all_the_same() -> None:
    latency = Latency(count=500, average_seconds=1.0, p50_seconds=1.0, p95_seconds=1.0)
    spent = ApiCapacity(
        limits=(),
        outcome="inconclusive",
        latency=latency,
        proven_per_minute=300,
        proven_in_flight=30,
    )
    sessions, is_slow, pause = knobs(api=spent)
    assert (sessions, is_slow) == (30, True)
    assert spent.max_sessions(2.0) < 30 <= spent.max_sessions(2.0 + pause)
    assert knobs(memory=memory_that_fits(10), api=spent)[0] == 8
    values = recommended(api=spent)
    assert values.tier == "inconclusive"
    assert any("what was proved (at least 300 calls a" in one.because for one in values.reasons)
    assert knobs(api=replace(spent, proven_per_minute=0)) == (None, None, None)


def test_an_api_with_room_for_everybody_switches_slow_mode_off() -> None:
    assert knobs(api=linear_api(600)) == (30, False, None)


def test_the_shortest_pause_that_carries_everybody_is_rounded_up_to_half_a_second() -> None:
    # 300 a minute carry 5 x (2 + d + 1) sessions: 30 with d = 3.0, and 290 a minute with d = 3.21
    assert knobs(api=linear_api(300)) == (30, True, 3.0)
    assert knobs(api=linear_api(290)) == (30, True, 3.5)


def test_where_the_longest_pause_does_not_do_the_sessions_are_lowered_to_what_it_carries() -> None:
    assert knobs(api=linear_api(60)) == (18, True, 15.0)  # 1 x (2 + 15 + 1)
    assert knobs(api=linear_api(62)) == (18, True, 15.0)


def test_a_pause_that_is_not_enough_says_so() -> None:
    values = recommended(api=linear_api(60))
    why = values.reason_for("slow_mode_delay_seconds")
    assert "The longest pause that is allowed carries 18 of 30" in why


def test_a_longest_pause_that_is_no_step_is_never_passed() -> None:
    workload = Workload(max_slow_mode_delay_seconds=3.2)
    assert knobs(api=linear_api(290), workload=workload) == (29, True, 3.2)
    assert knobs(api=linear_api(292), workload=workload) == (30, True, 3.2)
    assert knobs(api=linear_api(100), workload=Workload(max_slow_mode_delay_seconds=0)) == (
        5,
        False,
        None,
    )


def test_fewer_sessions_may_be_preferred_to_slow_mode() -> None:
    fewer = Policy(prefer="fewer_sessions")
    assert knobs(api=linear_api(300), policy=fewer) == (15, False, None)
    atleast_20 = Policy(prefer="fewer_sessions", min=20)
    assert knobs(api=linear_api(300), policy=atleast_20) == (20, True, 1.0)


def test_slow_mode_is_chosen_for_the_users_that_are_wanted() -> None:
    # memory lets in 15; at full pace 360 a minute carry 18, and 30 with 2 s more
    assert knobs(memory=memory_that_fits(20), api=linear_api(360)) == (15, True, 2.0)
    assert knobs(memory=memory_that_fits(20), api=linear_api(240)) == (15, True, 4.5)


def test_an_api_that_fails_at_any_load_is_critical_and_still_lets_one_in() -> None:
    overload = Limit(kind="overload", value=0.4, low=0.3, high=0.5, provenance="measured")
    api = linear_api(0, limits=(overload,), outcome="measured")
    values = recommended(api=api)
    assert (values.tier, values.binding) == ("critical", "overload")
    assert knobs(api=api) == (1, True, 15.0)
    sessions = values.reason_for("max_concurrent_sessions")
    assert "40 % of the calls fail at any load (measured, 30 % to 50 %), which carries" in sessions
    assert "0 became 1 (an app that lets nobody in is no tuning)" in sessions
    assert "carry anybody" in values.reason_for("slow_mode_delay_seconds")
    assert any("another model" in line for line in values.lift)


@pytest.mark.parametrize(
    ("policy", "sessions", "clamp"),
    [
        (Policy(max=12), 12, "policy.max is 12"),
        (Policy(min=25), 25, "policy.min is 25"),
        (Policy(min=Bounds(max_concurrent_sessions=40)), 30, "policy.min is 40"),
        (Policy(max=Bounds(slow_mode_delay_seconds=3)), 19, ""),
    ],
)
def test_bounds_hold_and_are_named(policy: Policy, sessions: int, clamp: str) -> None:
    values = recommended(memory=memory_that_fits(24), policy=policy)
    assert values.max_concurrent_sessions == sessions
    assert clamp in values.reason_for("max_concurrent_sessions")


def test_bounds_of_the_delay_hold() -> None:
    longest = Policy(max=Bounds(slow_mode_delay_seconds=2.0))
    assert knobs(api=linear_api(300), policy=longest) == (25, True, 2.0)
    shortest = Policy(min=Bounds(slow_mode_delay_seconds=6.0))
    assert knobs(api=linear_api(300), policy=shortest) == (30, True, 6.0)


def test_every_knob_that_is_set_has_a_reason_with_its_numbers() -> None:
    values = recommended(memory=memory_that_fits(24), api=linear_api(240))
    sessions = values.reason_for("max_concurrent_sessions")
    assert "24 sessions fit in 1.22 GB (--limit) at 50.0 MB each" in sessions
    assert "less 20 % headroom: 19" in sessions
    assert "240 requests a minute (stated)" in values.reason_for("slow_mode_default")
    assert "carries 30" in values.reason_for("slow_mode_delay_seconds")


def test_a_cap_is_named() -> None:
    half = recommended(memory=memory_that_fits(20)).reason_for("max_concurrent_sessions")
    third = recommended(memory=memory_that_fits(14)).reason_for("max_concurrent_sessions")
    assert "at most half of 30 while no more than 67 % of them fit" in half
    assert "at most a third of 30 while less than 50 % of them fit" in third


def test_a_good_tier_has_nothing_to_announce_and_nothing_to_lift() -> None:
    values = recommended(memory=memory_that_fits(60), api=linear_api(600))
    assert (values.tier, values.announce, values.lift) == ("good", (), ())
    assert "All 30 wanted sessions" in values.reason_for("max_concurrent_sessions")


def test_a_memory_that_is_much_too_small_asks_for_a_session_store() -> None:
    small = recommended(memory=memory_that_fits(14))
    assert any("Redis" in line for line in small.lift)
    assert small.announce[0] == "Pairs are not enough: work in groups of 3, 10 groups."
    tiny = recommended(memory=memory_that_fits(1))
    assert tiny.announce[0] == "Pairs are not enough: take turns, 1 of 30 at a time."
    assert "1 session fits in" in tiny.reason_for("max_concurrent_sessions")
    enough_for_half = recommended(memory=memory_that_fits(15))
    assert not any("Redis" in line for line in enough_for_half.lift)


def test_the_memory_that_would_do_is_named() -> None:
    lift = recommended(memory=memory_that_fits(20)).lift
    assert lift == ("Memory: 1.90 GB would hold all 30 sessions.",)
    assert recommend(judge(memory=memory_that_fits(20, bytes_per_session=None))).lift == ()


def test_what_the_probe_itself_advises_is_not_said_twice() -> None:
    advice = ("a machine of 2.00 GB", "an external session store such as Redis")
    assert recommended(memory=memory_that_fits(14, advice=advice)).lift == advice
    assert any("Redis" in line for line in recommended(memory=memory_that_fits(14)).lift)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("requests_per_minute", "600 calls a minute; a higher tier"),
        ("tokens_per_minute", "fewer input tokens"),
        ("requests_per_day", "billing"),
        ("concurrency", "more workers"),
        ("throughput", "more workers"),
    ],
)
def test_what_would_lift_an_api_limit(kind: str, words: str) -> None:
    limit = Limit(kind=kind, value=60, low=50.5, high=None, provenance="measured")
    assert words in recommended(api=linear_api(60, limits=(limit,))).lift[0]


def test_a_classic_test_asks_for_the_quota_itself() -> None:
    assert "limits" in recommended(api=classic(rejected=3)).lift[0]


def test_what_the_policy_says_about_writing_goes_with_the_values() -> None:
    policy = Policy(pin=("slow_mode_default",), raise_by_at_least_ratio=0.25)
    values = recommended(memory=memory_that_fits(60), policy=policy)
    assert (values.pins, values.raise_by_at_least_ratio) == (("slow_mode_default",), 0.25)
    assert values.max_sessions_wanted == 30


def policy_of(low: int | None, high: int | None, **fields: Any) -> Policy:
    """Make a policy whose bounds do not cross."""
    crossed = low is not None and high is not None and low > high
    return Policy(min=high if crossed else low, max=low if crossed else high, **fields)


policies = st.builds(
    policy_of,
    headroom_ratio=st.floats(0, 0.95),
    memory_critical_sessions_ratio=st.floats(0, 1),
    memory_tight_sessions_ratio=st.floats(0, 1),
    prefer=st.sampled_from(["slow_mode", "fewer_sessions"]),
    low=st.one_of(st.none(), st.integers(1, 50)),
    high=st.one_of(st.none(), st.integers(1, 50)),
)
workloads = st.builds(
    Workload,
    sessions=st.integers(1, 60),
    think_seconds=st.floats(0, 60),
    max_slow_mode_delay_seconds=st.floats(0, 40),
)
memories = st.builds(memory_of, st.integers(0, 6_000).map(lambda mb: mb * MB))
apis = st.builds(linear_api, st.floats(0, 5_000))


@given(
    st.one_of(st.none(), memories, st.just(memory_of(None))),
    st.one_of(st.none(), apis, st.builds(classic, rejected=st.integers(0, 30))),
    workloads,
    policies,
)
def test_a_number_is_at_least_one_and_at_most_what_is_wanted(memory, api, workload, policy) -> None:
    values = recommended(memory, api, workload, policy)
    sessions, delay = values.max_concurrent_sessions, values.slow_mode_delay_seconds
    assert sessions is None or 1 <= sessions <= workload.sessions
    assert delay is None or 0 < delay <= workload.max_slow_mode_delay_seconds
    for knob in ("max_concurrent_sessions", "slow_mode_default", "slow_mode_delay_seconds"):
        assert (getattr(values, knob) is None) == (values.reason_for(knob) == "")


@given(
    st.lists(st.integers(0, 6_000), min_size=2, max_size=2),
    st.one_of(st.none(), apis, st.builds(classic, rejected=st.integers(0, 30))),
    workloads,
    policies,
)
def test_more_memory_is_never_a_lower_number(limits_mb, api, workload, policy) -> None:
    less, more = (
        recommended(memory_of(limit * MB), api, workload, policy).max_concurrent_sessions
        for limit in sorted(limits_mb)
    )
    assert less <= more


@given(
    st.one_of(st.none(), memories),
    st.lists(st.floats(0, 5_000), min_size=2, max_size=2),
    workloads,
    policies,
)
def test_more_quota_is_never_a_lower_number(memory, quotas, workload, policy) -> None:
    less, more = (
        recommended(memory, linear_api(quota), workload, policy).max_concurrent_sessions
        for quota in sorted(quotas)
    )
    assert less <= more


@given(apis, workloads)
def test_the_chosen_pause_is_the_shortest_half_second_that_does(api, workload) -> None:
    values = recommended(api=api, workload=workload)
    delay = values.slow_mode_delay_seconds
    if delay is None:
        return
    carried = api.max_sessions(workload.think_seconds + delay)
    assert carried >= values.max_concurrent_sessions or carried == 0
    shorter = (delay - 0.01) // 0.5 * 0.5
    if carried < workload.sessions:
        assert delay == workload.max_slow_mode_delay_seconds
    elif shorter > 0:
        assert api.max_sessions(workload.think_seconds + shorter) < workload.sessions


def test_wide_intervals_and_infinite_sizes_still_give_a_number() -> None:
    memory = memory_that_fits(20, bytes_per_session=Estimate(1.0, 0.0, float("inf")))
    assert recommended(memory=memory).max_concurrent_sessions == 15


def test_random_failures_are_not_mended_by_taking_turns() -> None:
    limit = Limit(kind="overload", value=0.3, low=0.2, high=0.4, provenance="measured")
    wanted = recommend(judge(api=api_of(limit)))
    told = " ".join((*wanted.announce, *wanted.lift))
    assert "take turns" not in told
    assert "backoff" in told
    assert "Fewer people" in told


def test_the_pause_is_added_up() -> None:
    limit = Limit(kind="requests_per_minute", value=10, low=10, high=10, provenance="stated")
    wanted = recommend(judge(api=api_of(limit)))
    told = wanted.reason_for("slow_mode_delay_seconds")
    assert "15 s pause + 2 s to look = 17 s between two calls" in told


def test_of_an_api_that_answers_nobody_the_room_is_told_no_pace() -> None:
    silent = api_of(outcome="inconclusive", requests_sent=3, latency=Latency())
    said = ("The API answers nobody now: no pause and no smaller room mends that.",)
    assert recommend(judge(api=silent)).announce == said
