"""What is needed for a moment: as it was seen, and carried on."""

import random

import pytest

from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.readings.heap import Heap
from stresstune.memory.readings.sample import Reading
from stresstune.memory.reckoning.fit import Fit
from stresstune.memory.reckoning.forecast import project
from stresstune.memory.reckoning.peaks import (
    LARGEST_COUNT,
    LIKELY,
    UNLIKELY,
    Peaks,
    last_that,
    peaks_of,
)
from stresstune.memory.reckoning.steps import Increment, Step

MB = 10**6


def increments(*needs_mb: float, count: int = 1) -> list[Increment]:
    return [
        Increment(count, count * n + (count + 1) / 2, MB, need * MB, (need * MB,))
        for n, need in enumerate(needs_mb)
    ]


def left(room_mb: int, each_mb: int = 1):
    return lambda more: (room_mb - more * each_mb) * MB


def test_what_is_always_needed_is_kept_free_to_the_byte():
    peaks = peaks_of(increments(*[30] * 9), 9, MB)
    assert peaks.last_before(left(100), LIKELY) == 70
    assert peaks.last_before(left(100), UNLIKELY) == 70


def test_what_is_needed_now_and_then_is_met_some_sessions_later():
    """A session in ten needs 50: after seven more, it is as likely as not that one was met."""
    peaks = peaks_of(increments(*([0] * 9 + [50]) * 4), 40, MB)
    assert peaks.last_before(left(100), UNLIKELY) == pytest.approx(51, abs=1)
    assert peaks.last_before(left(100), LIKELY) == pytest.approx(57, abs=1)


def test_it_is_the_middle_of_what_would_have_happened():
    draw = random.Random(3)
    needs = [draw.uniform(0, 60) for _ in range(200)]
    peaks = peaks_of(increments(*needs), 200, MB)
    said = peaks.last_before(left(100), LIKELY)
    ends = [next(n for n in range(101) if n + 1 + draw.uniform(0, 60) > 100) for _ in range(400)]
    assert said == pytest.approx(sorted(ends)[200], abs=1)


def test_a_heap_that_has_just_begun_says_little_of_one_that_is_full():
    assert peaks_of(increments(*[90] * 8, *[30] * 8), 16, MB).most_bytes == 30 * MB


def test_nor_do_a_few_large_ones_at_its_beginning():
    assert peaks_of(increments(*[90] * 3, *[30] * 17), 20, MB).most_bytes == 30 * MB


def test_what_was_needed_once_long_ago_may_come_again():
    seen = peaks_of(increments(*[30] * 5, 90, *[30] * 14), 20, MB)
    assert seen.most_bytes == 90 * MB
    assert seen.doubt_bytes == 0
    assert 10 <= seen.last_before(left(100), UNLIKELY) < seen.last_before(left(100), LIKELY) < 50


def test_nor_is_it_forgotten_where_the_sizes_have_settled_since():
    """Steps of one session, near the guard, are a page larger than those of five were."""
    far = [Step(5 * n, 20 * MB * n, MB * (120 if n == 6 else 0)) for n in range(20)]
    for larger in (0, 4096, MB):
        near = [Step(95 + n, 380 * MB + n * (4 * MB + larger)) for n in range(1, 30)]
        assert Fit([*far, *near]).peaks.most_bytes == 120 * MB


def test_a_rise_is_carried_on_once_it_is_proved():
    rising = peaks_of(increments(*range(10, 20)), 10, 2 * MB)
    assert rising.rise_bytes == pytest.approx(MB)
    assert rising.last_before(left(100), LIKELY) == (100 - 19) // 2
    assert peaks_of(increments(10, 30, 5, 40, 12, 20, 31, 8), 8, 2 * MB).rise_bytes == 0


def test_a_rise_that_is_not_proved_yet_makes_careful():
    peaks = peaks_of(increments(10, 12, 15), 3, 2 * MB)
    assert peaks.rise_bytes == 0
    assert peaks.steeper(1).last_before(left(100), LIKELY) < peaks.last_before(left(100), LIKELY)


def test_what_the_allocator_has_free_shows_a_rise_that_the_whole_hides():
    noisy = increments(30, 80, 45, 20, 95, 60, 33, 70)
    free = [(n, 5.0 * MB * n) for n in range(8)]
    assert peaks_of(noisy, 8, 10 * MB).rise_bytes == 0
    assert peaks_of(noisy, 8, 10 * MB, free=free).rise_bytes == pytest.approx(5 * MB)


def test_threads_may_hold_more_than_is_safe_from_their_peaks():
    """They were careful near the end; an app's would not have been."""
    peaks = Peaks((150.0 * MB,), held=60)
    assert peaks.last_before(left(100), LIKELY) == -50


def test_a_heap_that_leaps_is_known_by_what_is_in_use():
    """The heap goes up by 96 MB at a time; 12 MB a session are in use."""
    steps = [Step(0, 10 * MB)]
    for held in range(1, 21):
        free = -(12 * held) % 96 * MB
        steps.append(Step(held, (10 + 12 * held) * MB + free, 0, free))
    seen = project(Fit(steps), 1000 * MB)
    fits = next(n for n in range(100) if 10 + -(-12 * (n + 1) // 96) * 96 > 1000)
    assert seen.low <= fits <= seen.high
    assert 0.85 * fits < seen.sessions <= fits


def test_the_peak_of_a_session_that_was_opened_alone_counts():
    """An answer without marks is not one with a mark of 0."""
    ledger = Ledger(group=None)
    ledger.add(Reading(rss_bytes=10 * MB, charged_bytes=10 * MB), 0)
    for held in range(1, 6):
        total = (10 + 5 * held) * MB
        reading = Reading(rss_bytes=total, charged_bytes=total, transient_bytes=40 * MB)
        ledger.add(reading, 1, heap=Heap.said(["0"]))
    assert Fit(ledger.steps()).transient_bytes == 40 * MB
    assert project(Fit(ledger.steps()), 200 * MB).sessions == 30


def test_an_older_need_has_risen_since():
    """What was seen twenty sessions ago is as much greater now as the trend says."""
    old = Peaks((30.0 * MB, 50.0 * MB), held=60, ages=(0, 20), trend_bytes=2.0 * MB)
    assert old.steeper(0).needs_bytes == (30 * MB, 90 * MB)
    assert old.doubted().needs_bytes == (90 * MB,)


def test_while_the_last_sessions_of_a_round_are_made_peaks_do_not_meet():
    needs = increments(*[30] * 9, count=8)
    assert peaks_of(needs, 72, MB).of_each == 8
    assert peaks_of(needs, 72, MB, threads=4).of_each == 5


def test_another_heap_may_fall_to_pieces_faster():
    risen = Peaks((60.0 * MB,), held=90, rise_bytes=0.3 * MB, trend_error_bytes=0.1 * MB)
    faster = risen.of_another_heap()
    assert faster.rise_bytes == pytest.approx(0.4 * MB)
    assert faster.needs_bytes == pytest.approx((69 * MB,))
    exact = Peaks((60.0 * MB,), held=90, rise_bytes=0.3 * MB)
    assert exact.of_another_heap() == exact


def test_where_any_number_fits_the_largest_is_said_and_not_one_less():
    assert last_that(lambda _: True) == LARGEST_COUNT
    assert last_that(lambda more: more <= 1000) == 1000
