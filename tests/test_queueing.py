"""The formulas, beside users who really live on the services that they speak of."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from stresstune import queueing
from stresstune.model.workload import Workload
from stresstune.queueing import Users, servers
from stresstune.testing import (
    FixedWindow,
    SimulatedService,
    SlidingWindow,
    TokenBucket,
    live,
    most_users_that_hold,
    users_hold,
)

pytestmark = pytest.mark.no_cover

MINUTE = Users(think_seconds=2.0, latency_seconds=1.5, latency_sd_seconds=0.47)

users = st.builds(
    Users,
    think_seconds=st.floats(0.5, 20),
    latency_seconds=st.floats(0.3, 15),
    latency_sd_seconds=st.floats(0, 5),
    tolerance_ratio=st.sampled_from([0.001, 0.007, 0.01, 0.05]),
)
few = settings(max_examples=40, deadline=None)


# --- as the textbooks have it


@pytest.mark.parametrize(
    ("servers", "offered", "blocked"),
    [(1, 1.0, 0.5), (2, 1.0, 0.2), (5, 3.0, 0.1101), (10, 5.0, 0.0184), (100, 84.1, 0.0100)],
)
def test_erlang_b_is_that_of_the_tables(servers: int, offered: float, blocked: float) -> None:
    assert queueing.erlang_b(servers, offered) == pytest.approx(blocked, abs=5e-4)


@given(st.floats(0.1, 80), st.floats(0.01, 200))
def test_erlang_b_falls_with_every_part_of_a_server(servers: float, offered: float) -> None:
    assert queueing.erlang_b(servers + 0.3, offered) <= queueing.erlang_b(servers, offered) + 1e-12
    assert 0 <= queueing.erlang_b(servers, offered) <= 1


def test_no_load_is_never_blocked_and_little_load_hardly_ever() -> None:
    assert queueing.erlang_b(3, 0.0) == 0.0
    assert queueing.erlang_b(400, 1.0) == 0.0


def test_engset_with_endless_users_is_erlang() -> None:
    endless = Users(think_seconds=30_000.0, latency_seconds=1.0)
    offered = 90_000 / 30_001
    assert queueing.engset_loss(5, 90_000, endless) == pytest.approx(
        queueing.erlang_b(5, offered), abs=1e-3
    )


@pytest.mark.parametrize(
    ("places", "sessions", "think", "loss"),
    [(0, 3, 2.0, 1.0), (3, 3, 2.0, 0.0), (2, 3, 0.0, 1.0), (1, 2, 1.5, 0.5)],
)
def test_engset_at_its_ends(places: int, sessions: int, think: float, loss: float) -> None:
    assert queueing.engset_loss(
        places, sessions, replace(MINUTE, think_seconds=think)
    ) == pytest.approx(loss)


def test_the_largest_number_is_found_and_the_search_ends() -> None:
    assert queueing.largest(lambda n: n <= 1234) == 1234
    assert queueing.largest(lambda n: False) == 0
    assert queueing.largest(lambda n: True) == queueing.MAX_SESSIONS


# --- as users live


@pytest.mark.parametrize("quota", [60, 150, 300])
@pytest.mark.parametrize("window", [FixedWindow, SlidingWindow])
def test_a_window_loses_what_live_users_lose(window: type, quota: int) -> None:
    sessions = queueing.sessions_under_window(quota, 60, MINUTE) + 1
    for number in (sessions, sessions + 2):
        lives = [
            live(
                SimulatedService(rate=window(quota), latency_sigma=0.3, seed=seed),
                number,
                think_seconds=2.0,
                seconds=3_000,
                seed=seed,
            )
            for seed in range(3)
        ]
        lost = sum(life.failed for life in lives) / sum(life.calls for life in lives)
        assert lost <= 1.3 * queueing.window_loss(quota, 60, number, MINUTE) + 0.01


@pytest.mark.parametrize(
    ("think_seconds", "latency_seconds", "quota"),
    [(2.0, 9.5, 150), (1.0, 8.0, 150), (2.0, 6.0, 300)],
)
def test_a_rolling_window_carries_users_whose_answers_are_slow_and_alike(
    think_seconds: float, latency_seconds: float, quota: int
) -> None:
    alike = Users(
        think_seconds=think_seconds, latency_seconds=latency_seconds, tolerance_ratio=0.007
    )
    sessions = queueing.sessions_under_window(quota, 60, alike)
    lives = [
        live(
            SimulatedService(
                rate=SlidingWindow(quota),
                latency_seconds=latency_seconds,
                latency_sigma=0.05,
                seed=seed,
            ),
            sessions,
            think_seconds=think_seconds,
            seconds=6_000,
            seed=seed,
        )
        for seed in range(3)
    ]
    assert sum(life.failed for life in lives) <= 0.01 * sum(life.calls for life in lives)


@pytest.mark.parametrize("places", [4, 8, 12, 16])
def test_a_cap_carries_what_live_users_say(places: int) -> None:
    alone = replace(MINUTE, latency_seconds=1.57)  # the mean of a lognormal whose median is 1.5

    def service(seed: int) -> SimulatedService:
        return SimulatedService(concurrency=places, latency_sigma=0.3, seed=seed)

    formula = queueing.sessions_under_concurrency(places, alone)
    assert users_hold(service, formula - 1, rounds=6)
    assert not users_hold(service, formula + 2, rounds=6)


@pytest.mark.parametrize(("quota", "burst"), [(150, 25), (100, 100), (300, 50)])
def test_a_bucket_carries_what_live_users_say(quota: int, burst: int) -> None:
    def service(seed: int) -> SimulatedService:
        return SimulatedService(rate=TokenBucket(quota, burst=burst), latency_sigma=0.3, seed=seed)

    formula = queueing.sessions_under_bucket(
        quota / 60, burst, replace(MINUTE, latency_seconds=1.57)
    )
    assert users_hold(service, formula - 1, rounds=6)
    assert not users_hold(service, formula + 3, rounds=6)


@pytest.mark.parametrize(("places", "latency"), [(1, 1.0), (2, 1.5), (4, 2.0)])
def test_a_queue_carries_what_live_users_say(places: int, latency: float) -> None:
    mean = latency * math.exp(0.3**2 / 2)
    spread = mean * math.sqrt(math.expm1(0.3**2))

    def service(seed: int) -> SimulatedService:
        return SimulatedService(
            places=places, latency_seconds=latency, latency_sigma=0.3, seed=seed
        )

    alone = Users(think_seconds=2.0, latency_seconds=mean, latency_sd_seconds=spread)
    formula = queueing.sessions_under_throughput(places / mean, alone, 10.0)
    assert users_hold(service, formula - 1, rounds=6)
    assert not users_hold(service, formula + 2, rounds=6)


# --- as anybody would expect


@few
@given(users, st.floats(1, 3_000), st.floats(1, 3_000))
def test_more_quota_never_carries_fewer(users: Users, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert queueing.sessions_under_window(low, 60, users) <= queueing.sessions_under_window(
        high, 60, users
    )
    assert queueing.sessions_under_bucket(
        low / 60, low / 6, users
    ) <= queueing.sessions_under_bucket(high / 60, high / 6, users)


@few
@given(users, st.floats(1, 200), st.floats(0, 200))
def test_a_larger_bucket_never_carries_fewer(users: Users, burst: float, more: float) -> None:
    assert queueing.sessions_under_bucket(2.5, burst, users) <= queueing.sessions_under_bucket(
        2.5, burst + more, users
    )


@few
@given(users, st.integers(1, 100), st.integers(0, 100))
def test_more_places_never_carry_fewer(users: Users, places: int, more: int) -> None:
    assert queueing.sessions_under_concurrency(
        places, users
    ) <= queueing.sessions_under_concurrency(places + more, users)


@few
@given(users, st.floats(0.1, 20), st.floats(0, 20))
def test_more_throughput_never_carries_fewer(users: Users, rate: float, more: float) -> None:
    def carried(per_second: float) -> int:
        return queueing.sessions_under_throughput(per_second, users, 30.0)

    assert carried(rate) <= carried(rate + more)


@few
@given(users, st.floats(0, 20))
def test_users_who_think_longer_are_never_fewer(users: Users, longer: float) -> None:
    slower = replace(users, think_seconds=users.think_seconds + longer)
    assert queueing.sessions_under_window(200, 60, users) <= queueing.sessions_under_window(
        200, 60, slower
    )
    assert queueing.sessions_under_bucket(3, 30, users) <= queueing.sessions_under_bucket(
        3, 30, slower
    )
    assert queueing.sessions_under_concurrency(9, users) <= queueing.sessions_under_concurrency(
        9, slower
    )
    assert queueing.sessions_under_throughput(2, users, 30) <= queueing.sessions_under_throughput(
        2, slower, 30
    )


@few
@given(users, st.integers(1, 60))
def test_more_users_never_lose_less(users: Users, sessions: int) -> None:
    for loss in (
        lambda n: queueing.window_loss(100, 60, n, users),
        lambda n: queueing.bucket_loss(2.0, 20, n, users),
        lambda n: queueing.engset_loss(7, n, users),
        lambda n: queueing.late_ratio(2.0, n, users, 20.0),
    ):
        assert loss(sessions) <= loss(sessions + 1) + 1e-9


@few
@given(users, st.integers(1, 40))
def test_what_is_needed_just_carries(users: Users, sessions: int) -> None:
    quota = queueing.window_needed(sessions, 60, users)
    assert queueing.sessions_under_window(quota, 60, users) >= sessions
    assert queueing.sessions_under_window(quota - 1, 60, users) < sessions
    places = queueing.concurrency_needed(sessions, users)
    assert queueing.sessions_under_concurrency(places, users) >= sessions
    assert queueing.sessions_under_concurrency(places - 1, users) < sessions


def test_nothing_carries_nobody() -> None:
    assert queueing.sessions_under_window(0.9, 60, MINUTE) == 0
    assert queueing.sessions_under_concurrency(0, MINUTE) == 0
    assert queueing.sessions_under_throughput(0.0, MINUTE, 10.0) == 0
    assert queueing.bucket_loss(1.0, 10, 0, MINUTE) == 0.0


def test_a_server_that_is_always_late_carries_nobody() -> None:
    assert queueing.sessions_under_throughput(5.0, replace(MINUTE, latency_seconds=20.0), 10.0) == 0


@pytest.mark.parametrize(("sigma", "sessions"), [(0.7, 2), (0.7, 3), (1.0, 2)])
def test_one_place_whose_services_are_uneven_is_late_as_often_as_live_users_are(
    sigma: float, sessions: int
) -> None:
    service = SimulatedService(places=1, latency_seconds=5.0, latency_sigma=sigma)
    mean = 5.0 * math.exp(sigma**2 / 2)
    spread = mean * math.sqrt(math.expm1(sigma**2))
    lives = live(service, sessions, think_seconds=2.0, seconds=200_000)
    alone = Users(think_seconds=2.0, latency_seconds=mean, latency_sd_seconds=spread)
    late = queueing.late_ratio(1 / mean, sessions, alone, lives.p95_seconds)
    assert 0.04 < late < 0.06  # of 0.05


def test_a_bucket_that_just_keeps_up_loses_by_chance_alone() -> None:
    # 7 users make 2 calls a second; a bucket that fills as fast loses 1 in 2 x size / dispersion
    even = queueing.bucket_loss(7 / MINUTE.cycle_seconds, 20, 7, MINUTE)
    near = queueing.bucket_loss(7 / MINUTE.cycle_seconds + 1e-9, 20, 7, MINUTE)
    assert even == pytest.approx(near, rel=1e-3)
    assert queueing.bucket_loss(500.0, 500, 7, MINUTE) == 0.0


@given(users, st.floats(0.1, 50), st.integers(1, 400))
def test_leaving_out_what_never_happens_changes_no_probability(
    users: Users, rate: float, sessions: int
) -> None:
    places = max(1, round(rate * users.latency_seconds))
    logs = [0.0]
    for present in range(1, sessions + 1):
        serving = rate * min(present, places) / places
        logs.append(logs[-1] + math.log((sessions - present + 1) / users.think_seconds / serving))
    total = math.fsum(math.exp(value - max(logs)) for value in logs)
    every_state = {present: math.exp(v - max(logs)) / total for present, v in enumerate(logs)}
    around_the_peak = dict(servers._presence(places, rate, sessions, users))
    for present, probability in every_state.items():
        assert around_the_peak.get(present, 0.0) == pytest.approx(probability, abs=1e-9)


def test_a_large_server_is_reckoned_around_its_peak_only() -> None:
    states = servers._presence(3_600, 2_400.0, 50_000, replace(MINUTE, think_seconds=20.0))
    assert len(states) < 5_000


def test_a_small_bucket_carries_users_who_wait_long_for_their_answers() -> None:
    users = Users(think_seconds=2.0, latency_seconds=5.5, latency_sd_seconds=0.6)

    def service(seed: int) -> SimulatedService:
        rate = TokenBucket(116, burst=5)
        return SimulatedService(rate=rate, latency_seconds=5.5, latency_sigma=0.1, seed=seed)

    truth = most_users_that_hold(service, at_most=20, rounds=6)
    careful = replace(users, tolerance_ratio=0.7 * users.tolerance_ratio)
    formula = queueing.sessions_under_bucket(116 / 60, 5.0, careful)
    assert 0.8 * truth <= formula <= truth


@pytest.mark.parametrize(
    ("quota", "think", "latency"), [(32, 4.0, 0.74), (150, 2.0, 1.5), (147, 8.0, 0.85)]
)
def test_a_fixed_window_carries_what_live_users_say(
    quota: int, think: float, latency: float
) -> None:
    def service(seed: int) -> SimulatedService:
        rate = FixedWindow(quota, phase_seconds=7.0 * seed)
        return SimulatedService(rate=rate, latency_seconds=latency, latency_sigma=0.1, seed=seed)

    truth = most_users_that_hold(service, Workload(think_seconds=think), at_most=40, rounds=6)
    users = Users(think_seconds=think, latency_seconds=latency, latency_sd_seconds=0.1 * latency)
    fixed = queueing.sessions_under_fixed_window(quota, 60.0, users)
    assert queueing.sessions_under_window(quota, 60.0, users) <= fixed <= truth
    assert fixed >= 0.9 * truth


def test_of_few_calls_a_fixed_window_is_reckoned_as_a_rolling_one() -> None:
    for quota, seconds in ((11, 60.0), (200, 10.0)):
        rolling = queueing.sessions_under_window(quota, seconds, MINUTE)
        assert queueing.sessions_under_fixed_window(quota, seconds, MINUTE) == rolling


def test_one_user_who_waits_longer_for_an_answer_than_a_call_flows_in_is_never_refused() -> None:
    patient = Users(think_seconds=1.0, latency_seconds=5.0, latency_sd_seconds=0.5)
    assert queueing.sessions_under_bucket(16 / 60, 1.0, patient) == 1
    uneven = replace(patient, latency_sd_seconds=3.0)
    assert queueing.sessions_under_bucket(16 / 60, 1.0, uneven) == 0
    assert queueing.sessions_under_bucket(51 / 60, 2.0, patient) == 2
