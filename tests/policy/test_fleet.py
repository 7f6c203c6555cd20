from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from stresstune.model.fleet import FleetCapacity, FleetVerdict, HostCapacity, MissingHost
from stresstune.model.memory import MemoryCapacity
from stresstune.model.policy import Policy
from stresstune.model.workload import Workload
from stresstune.policy.fleet import for_host, judge_fleet, pool
from stresstune.policy.shares import share_out
from tests.policy.evidence import linear_api, memory_of, memory_that_fits

MISSING = MissingHost(name="app-9", reason="it does not answer")


def fleet_of(*fits: int, per_minute: float | None = None, missing: int = 0) -> FleetCapacity:
    """Return a fleet whose hosts hold so many sessions each."""
    hosts = tuple(
        HostCapacity(id=f"h{place}", name=f"app-{place}", memory=memory_that_fits(fit))
        for place, fit in enumerate(fits)
    )
    api = None if per_minute is None else linear_api(per_minute)
    return FleetCapacity(hosts=hosts, api=api, missing=(MISSING,) * missing)


def numbers(found: FleetVerdict) -> list[int | None]:
    return [one.sessions for one in found.seats]


def test_an_even_fleet_shares_the_wanted_sessions_evenly() -> None:
    found = judge_fleet(fleet_of(40, 40, 40, per_minute=6000), Workload(sessions=30))
    assert found.verdict.tier == "good"
    assert numbers(found) == [10, 10, 10]
    assert found.same_sessions == 10
    assert found.recommendation.max_concurrent_sessions == 30


def test_a_small_host_gets_what_it_holds_and_the_others_the_rest() -> None:
    found = judge_fleet(fleet_of(40, 5, 40, per_minute=6000), Workload(sessions=30))
    assert numbers(found) == [13, 4, 13]  # 5 less 20 % headroom is 4
    assert found.same_sessions == 4


def test_a_host_that_holds_nobody_is_critical_and_is_told_to_run_no_replica() -> None:
    found = judge_fleet(fleet_of(40, 0, 40, per_minute=6000), Workload(sessions=30))
    assert numbers(found) == [14, 1, 15]
    assert found.verdict.tier == "critical"
    (told,) = [one.statement for one in found.verdict.findings if "app-1" in one.statement]
    assert told == (
        "0 sessions are safe in the memory of app-1, and 1 is the least that a host lets in: "
        "run no replica there, or give it more memory"
    )
    assert found.seats[1].because == f"{told}."


def test_a_host_that_holds_what_is_asked_for_without_headroom_is_concerning() -> None:
    found = judge_fleet(fleet_of(40, 5, 40), Workload(sessions=30), Policy(min=5))
    assert numbers(found) == [12, 5, 13]
    assert found.verdict.tier == "concerning"
    assert "4 sessions are safe in the memory of app-1" in found.verdict.findings[-1].statement


def test_the_api_is_shared_and_not_given_to_each_host() -> None:
    found = judge_fleet(
        fleet_of(40, 40, per_minute=240), Workload(sessions=30, max_slow_mode_delay_seconds=0)
    )
    assert found.verdict.binding == "requests_per_minute"
    assert sum(one or 0 for one in numbers(found)) == 12  # 240 a minute at 3 s between two calls


def test_the_pause_is_that_of_the_whole_fleet() -> None:
    found = judge_fleet(fleet_of(40, 40, per_minute=400), Workload(sessions=30))
    assert found.recommendation.slow_mode_default is True
    assert found.recommendation.slow_mode_delay_seconds == 1.5
    own = for_host(found.recommendation, 15, "15 fit.")
    assert own.slow_mode_delay_seconds == 1.5
    assert own.reason_for("max_concurrent_sessions") == "15 fit."


def test_a_missing_host_keeps_its_share_of_the_api() -> None:
    workload = Workload(sessions=30, max_slow_mode_delay_seconds=0)
    found = judge_fleet(fleet_of(40, 40, per_minute=240, missing=1), workload)
    assert numbers(found) == [4, 4]
    assert found.same_sessions == 4
    assert any("app-9" in note for note in found.notes)


def test_a_host_whose_memory_could_not_be_told_is_left_alone() -> None:
    broken = memory_of(None)
    fleet = fleet_of(40, 40)
    lost = HostCapacity(id="lost", name="app-7", memory=broken)
    found = judge_fleet(FleetCapacity(hosts=(*fleet.hosts, lost), api=None), Workload(sessions=30))
    assert numbers(found) == [10, 10, None]
    assert found.verdict.tier == "concerning"
    assert any("20 of 30 are let in" in one.statement for one in found.verdict.findings)


def test_a_fleet_of_which_nothing_is_known_is_inconclusive_and_nothing_is_recommended() -> None:
    found = judge_fleet(FleetCapacity(hosts=(), api=None, missing=(MISSING,)))
    assert found.verdict.tier == "inconclusive"
    assert found.recommendation.max_concurrent_sessions is None
    assert found.seats == ()


def test_the_api_alone_says_a_pause_but_no_number_for_a_host() -> None:
    fleet = FleetCapacity(hosts=(HostCapacity(id="a", name="app-1"),), api=linear_api(400))
    found = judge_fleet(fleet, Workload(sessions=30))
    assert numbers(found) == [None]
    assert found.recommendation.slow_mode_delay_seconds == 1.5


def test_more_replicas_than_the_api_carries_are_said_to_be_too_many() -> None:
    workload = Workload(sessions=30, max_slow_mode_delay_seconds=0)
    found = judge_fleet(fleet_of(40, 40, 40, per_minute=40), workload)
    assert numbers(found) == [1, 1, 1]
    assert any("run no more than 2" in note for note in found.notes)


def test_bounds_are_of_one_host_and_not_of_the_fleet() -> None:
    found = judge_fleet(fleet_of(40, 40, 40), Workload(sessions=30), Policy(max=8))
    assert numbers(found) == [8, 8, 8]
    found = judge_fleet(fleet_of(40, 40, 40), Workload(sessions=3), Policy(min=2))
    assert numbers(found) == [2, 2, 2]


def test_one_host_alone_gets_what_a_single_machine_gets() -> None:
    found = judge_fleet(fleet_of(24), Workload(sessions=30))
    assert numbers(found) == [19]


def test_one_memory_is_not_changed_by_adding_it_up() -> None:
    alone = memory_that_fits(9)
    assert pool([alone]) is alone


def test_the_table_names_what_binds_at_each_count() -> None:
    found = judge_fleet(fleet_of(10, 10, per_minute=6000), Workload(sessions=30))
    by_count = {row.replicas: row for row in found.replicas}
    assert list(by_count) == list(range(1, 17))
    assert (by_count[1].binding, by_count[1].sessions) == ("memory", 8)
    assert by_count[2].measured
    assert not by_count[3].measured
    assert by_count[4].carries_all
    assert by_count[4].binding is None
    assert [row.carries_all for row in found.replicas] == [False] * 3 + [True] * 13


def test_more_replicas_do_not_lift_the_api() -> None:
    workload = Workload(sessions=30, max_slow_mode_delay_seconds=0)
    found = judge_fleet(fleet_of(40, per_minute=240), workload)
    assert {row.binding for row in found.replicas} == {"requests_per_minute"}
    assert not any(row.carries_all for row in found.replicas)


fits = st.lists(st.integers(1, 80), min_size=1, max_size=6)


@given(st.integers(0, 200), st.lists(st.none() | st.integers(0, 60), min_size=1, max_size=8))
def test_shares_add_up_and_nobody_gets_more_than_fits(total: int, rooms: list[int | None]) -> None:
    shares = share_out(total, rooms)
    bounds = [math.inf if room is None else room for room in rooms]
    assert sum(shares) == min(total, sum(bounds))
    assert all(share <= bound for share, bound in zip(shares, bounds, strict=True))
    least = min(shares)
    assert all(share == bound for share, bound in zip(shares, bounds, strict=True) if share < least)


@settings(max_examples=25, deadline=None)
@given(fits, st.integers(10, 3000), st.integers(0, 3), st.integers(1, 60))
def test_no_host_gets_more_than_its_memory_and_all_no_more_than_the_api(
    fits: list[int], per_minute: int, missing: int, wanted: int
) -> None:
    workload = Workload(sessions=wanted)
    found = judge_fleet(fleet_of(*fits, per_minute=per_minute, missing=missing), workload)
    think = workload.think_seconds + (found.recommendation.slow_mode_delay_seconds or 0)
    shares = [one.sessions or 0 for one in found.seats]
    for seats in found.seats:
        assert seats.sessions is not None
        assert 1 <= seats.sessions <= max(1, seats.safe_sessions or 0)
    hosts = len(fits) + missing
    carried = linear_api(per_minute).max_sessions(think)
    assert sum(shares) <= max(hosts, min(wanted, carried))
    assert found.same_sessions is not None
    assert found.same_sessions * len(fits) <= max(hosts, min(wanted, carried))
    assert found.same_sessions <= max(1, min(one.safe_sessions or 0 for one in found.seats))


@settings(max_examples=25, deadline=None)
@given(fits, st.integers(10, 3000), st.integers(1, 60), st.integers(0, 40), st.integers(0, 2000))
def test_more_memory_or_quota_never_lets_fewer_in(
    fits: list[int], per_minute: int, wanted: int, more_fit: int, more_quota: int
) -> None:
    workload = Workload(sessions=wanted)
    less = judge_fleet(fleet_of(*fits, per_minute=per_minute), workload)
    grown = [fits[0] + more_fit, *fits[1:]]
    more = judge_fleet(fleet_of(*grown, per_minute=per_minute + more_quota), workload)
    assert (more.recommendation.max_concurrent_sessions or 0) >= (
        less.recommendation.max_concurrent_sessions or 0
    )


@settings(max_examples=25, deadline=None)
@given(fits, st.integers(10, 3000))
def test_more_replicas_never_let_fewer_in(fits: list[int], per_minute: int) -> None:
    found = judge_fleet(fleet_of(*fits, per_minute=per_minute), Workload(sessions=30))
    sessions = [row.sessions for row in found.replicas]
    assert sessions == sorted(sessions)


def test_adding_up_memories_adds_up_what_fits() -> None:
    parts: list[MemoryCapacity] = [memory_that_fits(5), memory_that_fits(7)]
    whole = pool(parts)
    assert whole.sessions_that_fit == 12
    assert whole.limit_source == "2 hosts"
