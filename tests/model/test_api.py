"""What a capacity carries, as anybody would expect of it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from stresstune.model.api import ApiCapacity, Limit
from stresstune.model.load import GeneratorHealth, Latency
from stresstune.model.workload import Workload
from stresstune.testing import SimulatedService, SlidingWindow, users_hold


def limit(kind: str, low: float, **fields: object) -> Limit:
    return Limit(kind=kind, value=low, low=low, high=None, provenance="measured", **fields)


def capacity(*limits: Limit, **fields: object) -> ApiCapacity:
    given = {
        "outcome": "measured",
        "breaking_point": None,
        "requests_sent": 100,
        "rejected": 0,
        "seconds": 60.0,
        "latency": Latency(count=50, average_seconds=1.5, p50_seconds=1.5, p95_seconds=2.0),
        "latency_low_seconds": 1.45,
        "latency_high_seconds": 1.55,
        "latency_sd_seconds": 0.3,
        "input_tokens_per_request": 260.0,
    }
    return ApiCapacity(limits=limits, **{**given, **fields})


KINDS = ("requests_per_minute", "tokens_per_minute", "concurrency", "throughput")
UNITS = {"requests_per_minute": 500, "tokens_per_minute": 130_000, "concurrency": 40}

limits = st.builds(
    lambda kind, share, burst: limit(
        kind,
        share * UNITS.get(kind, 10),
        burst=burst if kind == "requests_per_minute" else None,
    ),
    st.sampled_from(KINDS),
    st.floats(0.01, 1.0),
    st.one_of(st.none(), st.floats(1, 100)),
)
some = settings(max_examples=60, deadline=None)


@some
@given(st.lists(limits, min_size=1, max_size=3), st.floats(0, 20), st.floats(0, 20))
def test_a_longer_pause_never_carries_fewer(limits: list[Limit], one: float, other: float) -> None:
    short, long = sorted((one, other))
    api = capacity(*limits)
    assert api.max_sessions(short) <= api.max_sessions(long)


@some
@given(st.lists(limits, min_size=1, max_size=3), st.floats(1.0, 4.0), st.floats(0.5, 20))
def test_a_higher_limit_never_carries_fewer(limits: list[Limit], more: float, think: float) -> None:
    for place, one in enumerate(limits):
        higher = [*limits]
        higher[place] = replace(one, low=one.low * more)
        assert capacity(*limits).max_sessions(think) <= capacity(*higher).max_sessions(think)


@some
@given(st.lists(limits, min_size=1, max_size=3), limits, st.floats(0.5, 20))
def test_one_more_limit_never_carries_more(limits: list[Limit], more: Limit, think: float) -> None:
    assert capacity(*limits, more).max_sessions(think) <= capacity(*limits).max_sessions(think)


@some
@given(st.integers(0, 900), st.integers(0, 300), st.integers(1, 40), st.floats(0.5, 20))
def test_more_proof_never_carries_fewer(
    per_minute: int, more: int, in_flight: int, think: float
) -> None:
    def proved(calls: int) -> int:
        api = capacity(outcome="enough", proven_per_minute=calls, proven_in_flight=in_flight)
        return api.max_sessions(think)

    assert proved(per_minute) <= proved(per_minute + more)


def test_the_known_case_150_a_minute_carry_8() -> None:
    assert 7 <= capacity(limit("requests_per_minute", 150)).max_sessions(2.0) <= 8
    assert 15 <= capacity(limit("requests_per_minute", 300)).max_sessions(2.0) <= 18


def test_tokens_carry_as_many_as_the_calls_that_they_pay() -> None:
    by_tokens = capacity(limit("tokens_per_minute", 150 * 260))
    assert by_tokens.max_sessions(2.0) == capacity(limit("requests_per_minute", 150)).max_sessions(
        2.0
    )


def test_a_bucket_that_states_its_quota_is_bounded_as_a_window_too() -> None:
    small = limit("requests_per_minute", 150, burst=2.0)
    large = limit("requests_per_minute", 150, burst=500.0)
    stated = replace(large, provenance="stated")
    window = limit("requests_per_minute", 150)
    assert capacity(small).max_sessions(2.0) < capacity(window).max_sessions(2.0)
    assert capacity(stated).max_sessions(2.0) == capacity(window).max_sessions(2.0)
    assert capacity(large).max_sessions(2.0) >= capacity(window).max_sessions(2.0)


def test_refusals_that_count_leave_more_room() -> None:
    counting = limit("requests_per_minute", 300, counts_rejected=True)
    plain = limit("requests_per_minute", 300)
    assert capacity(counting).max_sessions(2.0) < capacity(plain).max_sessions(2.0)


def test_what_may_be_a_window_or_a_bucket_carries_no_more_than_either() -> None:
    window = Limit(
        kind="requests_per_minute", value=150, low=150, high=None, provenance="lower_bound"
    )
    carried = capacity(window).max_sessions(2.0)
    assert capacity(replace(window, burst=2.0)).max_sessions(2.0) < carried
    assert capacity(replace(window, burst=500.0)).max_sessions(2.0) == carried


def test_no_place_of_a_server_is_quicker_than_the_server() -> None:
    one_place = {"latency_sd_seconds": 3.0, "latency_objective_seconds": 40.0}
    lucky = Latency(count=1, average_seconds=3.0, p50_seconds=3.0, p95_seconds=3.0)
    usual = Latency(count=1, average_seconds=6.0, p50_seconds=6.0, p95_seconds=6.0)
    found = capacity(limit("throughput", 1 / 6), latency=lucky, **one_place)
    twice = capacity(
        limit("throughput", 1 / 6), latency=usual, **{**one_place, "latency_sd_seconds": 6.0}
    )
    assert found.max_sessions(2.0) == twice.max_sessions(2.0)
    few = capacity(limit("throughput", 2.0), latency=usual, **one_place)
    assert few.max_sessions(2.0) > found.max_sessions(2.0)


def test_many_users_hold_where_refusals_count() -> None:
    even = {"average_seconds": 1.0, "p50_seconds": 0.7, "p95_seconds": 2.8}
    found = capacity(
        limit("requests_per_minute", 600, counts_rejected=True),
        latency=Latency(count=400, **even),
        latency_low_seconds=1.0,
        latency_sd_seconds=1.0,
    )

    def service(seed: int) -> SimulatedService:
        rate = SlidingWindow(600, counts_rejected=True)
        return SimulatedService(rate=rate, latency_seconds=0.7, latency_sigma=0.83, seed=seed)

    carried = found.max_sessions(20.0)
    assert carried > 180
    assert users_hold(service, carried, Workload(think_seconds=20.0))


@pytest.mark.parametrize("kind", ["requests_per_day", "overload"])
def test_some_limits_carry_nobody(kind: str) -> None:
    assert capacity(limit(kind, 0.5)).max_sessions(60.0) == 0


def test_nothing_known_carries_nobody() -> None:
    assert capacity(outcome="inconclusive").max_sessions(2.0) == 0
    assert capacity(proven_per_minute=0, proven_in_flight=5).max_sessions(2.0) == 0


def test_an_invalid_run_carries_nobody() -> None:
    api = capacity(
        limit("requests_per_minute", 300), outcome="invalid", health=GeneratorHealth(ok=False)
    )
    assert api.max_sessions(2.0) == 0


def test_a_stated_quota_that_was_seen_to_flow_is_reckoned_as_the_bucket_alone() -> None:
    stated = replace(limit("requests_per_minute", 40, burst=14.0), provenance="stated")
    seen = capacity(replace(stated, flows=True)).max_sessions(5.0)
    assert seen > capacity(stated).max_sessions(5.0)
    assert seen == capacity(replace(stated, provenance="measured")).max_sessions(5.0)


def test_a_service_that_is_late_without_load_carries_nobody() -> None:
    late = Latency(count=50, average_seconds=11.0, p50_seconds=11.0, p95_seconds=12.0)
    one_slow = Latency(count=5, average_seconds=3.0, p50_seconds=2.0, p95_seconds=12.0)
    assert capacity(limit("concurrency", 30), latency=late).max_sessions(2.0) == 0
    assert capacity(limit("concurrency", 30), latency=one_slow).max_sessions(2.0) > 0


def test_a_rate_is_reckoned_with_short_answers_and_a_cap_with_long_ones() -> None:
    def carried(kind: str, low: float, high: float) -> int:
        api = capacity(limit(kind, 12), latency_low_seconds=low, latency_high_seconds=high)
        return api.max_sessions(2.0)

    assert carried("concurrency", 1.5, 1.5) == carried("concurrency", 0.5, 1.5)
    assert carried("concurrency", 1.5, 3.0) < carried("concurrency", 1.5, 1.5)
    slow = capacity(limit("requests_per_minute", 200), latency_low_seconds=3.0)
    assert slow.max_sessions(2.0) > capacity(limit("requests_per_minute", 200)).max_sessions(2.0)


def test_what_fails_anyhow_leaves_less_of_the_tolerance() -> None:
    clean = capacity(limit("requests_per_minute", 1_000))
    shaky = capacity(limit("requests_per_minute", 1_000), error_ratio=0.009)
    assert shaky.max_sessions(2.0) < clean.max_sessions(2.0)


def test_where_all_that_is_served_was_admitted_the_server_is_what_binds() -> None:
    server = limit("throughput", 2.0)
    served = capacity(server, proven_per_minute=110, proven_in_flight=30)
    half = capacity(server, proven_per_minute=60, proven_in_flight=30)
    assert served.max_sessions(2.0) == capacity(server).max_sessions(2.0)
    assert half.max_sessions(2.0) < served.max_sessions(2.0)


def test_tokens_of_unknown_weight_carry_what_was_admitted() -> None:
    quota = limit("tokens_per_minute", 250_000)
    assert capacity(quota, input_tokens_per_request=None).max_sessions(2.0) == 0
    admitted = capacity(
        quota, input_tokens_per_request=None, proven_per_minute=200, proven_in_flight=40
    )
    as_calls = capacity(limit("requests_per_minute", 200), proven_in_flight=40)
    assert admitted.max_sessions(2.0) == as_calls.max_sessions(2.0) > 0


def test_answers_of_unknown_length_carry_no_more_than_the_limit_itself() -> None:
    assert capacity(limit("concurrency", 10), latency=Latency()).max_sessions(2.0) == 10
    assert capacity(limit("throughput", 10), latency=Latency()).max_sessions(2.0) == 20
    empty = replace(limit("requests_per_minute", 0), burst=5.0)
    assert capacity(empty, latency=Latency()).max_sessions(2.0) == 0


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -math.inf])
def test_a_pause_that_is_no_number_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        capacity(limit("concurrency", 10)).max_sessions(seconds)


def test_enough_without_a_number_limits_nobody() -> None:
    assert ApiCapacity(limits=(), outcome="enough").max_sessions(2.0) >= 100_000
