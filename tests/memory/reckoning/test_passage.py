"""The session at which memory, as it goes up, meets an end."""

import math
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stresstune.memory.reckoning.forecast import Projection
from stresstune.memory.reckoning.passage import Expected, Passage

MB = 10**6


def passage(*heights_mb: float, threads: int = 4, stopped_at_mb: float = 0) -> Passage:
    return Passage([at * MB for at in heights_mb], threads, stopped_at_mb * MB)


def project(up: Passage, room: float, baseline: float, heaps_ratio: float = 0) -> Projection:
    """What it says where there was no other process."""
    middle = up.middle(room)
    doubt = math.hypot(up.doubt(middle, up.chance), heaps_ratio * middle)
    return up.project(room, baseline, Expected(middle, doubt, up.held_below(room)))


def way_up(seed: int, *, count: int = 400, each: float = 5, noise: float = 30) -> list[float]:
    """Heights of sessions that keep so much and meet in peaks of up to so much, by chance."""
    draw = random.Random(seed)
    return [60 + each * n + draw.uniform(0, noise) for n in range(1, count + 1)]


def killed_at(heights: list[float], room: float) -> int:
    return next(n for n, at in enumerate(heights) if at > room)


def test_a_height_that_was_passed_is_an_end_that_was_met():
    up = passage(100, 90, 120, 150, 140, 160)
    assert [up.below(at * MB) for at in (99, 100, 119, 155, 160)] == [0, 2, 2, 5, 6]


def test_what_goes_up_evenly_is_carried_on_to_the_session():
    even = passage(*(20 + 5 * n for n in range(1, 41)))
    assert [project(even, room * MB, 10 * MB).sessions for room in (422, 424, 427)] == [80, 80, 81]
    assert not project(even, 424 * MB, 10 * MB).sizes_vary
    assert even.bytes_each == pytest.approx(5 * MB, rel=0.01)


def test_the_number_is_the_one_at_which_others_that_went_the_same_way_were_killed():
    said = [
        project(
            passage(*way_up(seed)[: killed_at(way_up(seed), 900)], stopped_at_mb=900),
            1000 * MB,
            20 * MB,
        ).sessions
        for seed in range(20)
    ]
    true = [killed_at(way_up(seed), 1000) for seed in range(20, 40)]
    assert max(said) <= 1.03 * min(true)
    assert min(said) >= 0.95 * max(true)


def test_more_doubt_is_a_lower_number_and_a_wider_interval():
    even = passage(*(20 + 5 * n for n in range(1, 41)))
    sure, doubtful = (project(even, 422 * MB, 10 * MB, ratio) for ratio in (0, 0.06))
    assert doubtful.sessions < sure.sessions
    assert doubtful.low < doubtful.sessions < doubtful.high
    assert doubtful.sizes_vary


def test_the_safe_number_is_below_every_kill_where_ways_differ():
    said = [
        project(passage(*way_up(seed, each=2, noise=200)[:200]), 700 * MB, 20 * MB)
        for seed in range(20)
    ]
    true = min(killed_at(way_up(seed, each=2, noise=200), 700) for seed in range(20, 60))
    assert all(each.sizes_vary for each in said)
    assert all(0.8 * each.low < true for each in said)


def test_a_guard_that_stopped_them_says_that_the_next_needed_more():
    up = [20 + 5 * n for n in range(1, 41)]
    on_the_way = project(passage(*up), 380 * MB, 10 * MB)
    stopped = project(passage(*up, stopped_at_mb=350), 380 * MB, 10 * MB)
    assert 30 <= stopped.sessions < 0.8 * on_the_way.sessions


def test_before_the_first_row_is_complete_nothing_tells_of_a_second():
    steep = project(passage(320, 321, 323, threads=4), 900 * MB, 10 * MB)
    assert steep.sessions <= 4
    assert steep.low == 0


def test_sessions_that_grow_are_followed_as_they_went_last():
    growing, total = [], 20.0
    for n in range(60):
        total += 2 + 0.2 * n
        growing.append(total)
    far = project(passage(*growing), 2000 * MB, 10 * MB).sessions
    straight = project(passage(*(20 + 8 * n for n in range(60))), 2000 * MB, 10 * MB).sessions
    assert far < 0.75 * straight


def test_more_room_never_holds_fewer():
    up = passage(*way_up(3)[:150])
    numbers = [project(up, room * MB, 20 * MB).sessions for room in range(200, 2000, 7)]
    assert numbers == sorted(numbers)


def test_nothing_is_said_where_memory_stood_still():
    assert not passage(100, 100, 100).is_telling
    assert not passage(100).is_telling


@example(
    heights=[1.0, 1.0, 1.0, 117846804298.0, 117962001566.0],
    threads=2,
    stopped_at=0.0,
    room=117846804297.5,
)  # what is divided and multiplied again is not the same to the bit
@given(
    st.lists(st.floats(1, 1e12), min_size=2, max_size=60),
    st.integers(2, 100),
    st.floats(0, 1e12),
    st.floats(0, 2e12),
)
def test_it_never_fails_and_its_numbers_are_in_order(
    heights: list[float], threads: int, stopped_at: float, room: float
):
    up = Passage(heights, threads, stopped_at)
    if not up.is_telling:
        return
    seen = project(up, room, 1e6)
    assert 0 <= seen.low <= seen.sessions <= seen.high
    assert seen.bytes_per_session.low <= seen.bytes_per_session <= seen.bytes_per_session.high
    assert seen.transient_bytes >= 0
    assert project(up, 1.5 * room, 1e6).sessions >= seen.sessions


def test_a_few_sessions_are_told_from_the_peaks_of_the_threads_that_make_them():
    """They kept 8 MiB, and each needed 40 for a moment."""
    few = [166, 48, 48, 112, 152, 80, 136, 144, 192, 112, 112, 256, 136, 136, 136, 249, 208, 176]
    seen = project(passage(*few, stopped_at_mb=260), 300 * MB, 8 * MB)
    assert 8 * MB < seen.bytes_per_session < 10 * MB
    assert 4 * 33 * MB < seen.transient_bytes < 4 * 50 * MB
