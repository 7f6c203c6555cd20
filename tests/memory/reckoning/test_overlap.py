"""What several threads need for a moment, when each goes its own way."""

from dataclasses import replace

import pytest

from stresstune.memory.reckoning.fit import Fit
from stresstune.memory.reckoning.forecast import project
from stresstune.memory.reckoning.overlap import ROUNDS_OF, free_rounds
from stresstune.memory.reckoning.steps import Step, increments_of

MB = 1_000_000
THREADS = 2


def rounds(*free_mb: float, kept_mb: float = 2, need_mb: float = 60) -> list[Step]:
    """An empty process, a session, and rounds after which so much of the heap is free.

    What was needed in all is the same each time: the free part gives what it has to the peaks.
    """
    steps, held = [Step(0, 10 * MB), Step(1, 12 * MB, 40 * MB)], 1
    for free in free_mb:
        held += ROUNDS_OF * THREADS
        memory = round((10 + held * kept_mb + free) * MB)
        steps.append(Step(held, memory, round((need_mb - free) * MB), round(free * MB)))
    return steps


def test_what_the_heap_has_free_is_no_sessions():
    fit = Fit(rounds(8, 8, 40, 30, 20, 10), threads=THREADS)
    assert fit.mean_bytes == pytest.approx(2 * MB)
    assert fit.is_equal


def test_users_who_wait_for_each_other_have_no_sessions_half_made():
    together = rounds(0, 0, 0, 0, kept_mb=6)
    waiting = [replace(step, together_ratio=0.0) for step in together]
    fits = [Fit(steps, threads=THREADS) for steps in (together, waiting)]
    needed = [fit.transient_bytes / MB for fit in fits]
    assert needed == [pytest.approx(60 + 6 / 2, rel=0.01), pytest.approx(60)]


def test_it_is_counted_to_what_is_needed_for_a_moment():
    fit = Fit(rounds(8, 40, 20, 10), threads=THREADS)
    assert fit.transient_bytes == pytest.approx((60 + 2 / 3) * MB, rel=0.01)
    assert project(fit, 400 * MB).sessions == (400 - 10 - 61) // 2


def test_the_most_that_was_needed_is_met_again_by_chance():
    """One round in seven needs 30 more: a few sessions beyond that mark, it has been met."""
    steps = rounds(8, 40, 20, 10, 40, 20, 10)
    steps[4] = replace(steps[4], transient_bytes=steps[4].transient_bytes + 30 * MB)
    fit = Fit(steps, threads=THREADS)
    sure = (400 - 10 - 91) // 2  # if no such round came once more
    assert fit.transient_bytes == pytest.approx((90 + 2 / 3) * MB, rel=0.01)
    even = (400 - 10 - 61) // 2
    said = project(fit, 400 * MB)
    assert said.low < said.sessions < sure < said.high < even + 1


def test_a_heap_that_stands_still_is_no_sign_that_sessions_keep_nothing():
    holes = rounds(40, 24, 8)
    assert holes[-1].memory_bytes == holes[-2].memory_bytes == holes[-3].memory_bytes
    assert project(Fit(holes, threads=THREADS), 400 * MB).sessions < 200


def test_a_heap_that_falls_to_pieces_is_each_sessions_own():
    pieces = [
        Step(step.held, step.memory_bytes + 2 * step.held * MB, 9 * MB, 2 * step.held * MB)
        for step in rounds(0, 0, 0, 0, 0, 0, 0)
    ]
    fit = Fit(pieces, threads=THREADS)
    assert fit.mean_bytes + fit.peaks.rise_bytes == pytest.approx(4 * MB)
    assert project(fit, 400 * MB).sessions == (400 - 10 - 9 - 1) // 4


def test_one_thread_is_never_out_of_step():
    steps = rounds(8, 40, 20)
    assert free_rounds(Fit(steps)._all, 1) == []


def test_marks_between_the_sessions_say_what_is_half_made():
    """With the first complete, 9 are needed above the end, which two more sessions raise by 4."""
    step = Step(3, 16 * MB, 9 * MB, 0, (9 * MB, 3 * MB, 0))
    (made,) = increments_of([Step(0, 10 * MB), step], threads=3)
    assert made.needs_bytes == (13 * MB, 5 * MB, 0)


def test_where_threads_were_seen_in_step_only_the_low_end_says_so():
    steps = [Step(n * 2, (10 + n * 8) * MB, 30 * MB) for n in range(6)]
    fit = Fit(steps, threads=2)
    assert not fit.is_free
    seen = project(fit, 400 * MB)
    assert seen.low < seen.sessions
    assert seen.sizes_vary


def test_what_the_heap_has_free_is_there_once_for_all_threads():
    """Two sessions of eight were made: the other six need as much, but no other heap."""
    steps = [Step(0, 10 * MB), Step(1, 20 * MB), Step(3, 60 * MB, 5 * MB, free_bytes=20 * MB)]
    few = Fit(steps, threads=8).transient_bytes
    assert few == pytest.approx((20 + 4 * 5 + 7 * 10 / 2) * MB, rel=0.01)


AT_WORST = 4 * 60 * MB + 7.5 * MB
"""Four programs at a time, and half of each session on the other three threads."""


def made_alone(first: int, sessions: int) -> list[Step]:
    """Each keeps 5 MB, and runs a program of 60 MB."""
    return [Step(first + n, (40 + 5 * (first + n)) * MB, 60 * MB) for n in range(1, sessions + 1)]


def test_a_warm_up_of_many_hides_no_peaks_of_those_made_alone_and_is_no_round():
    fit = Fit([Step(0, 10 * MB), Step(12, 100 * MB), *made_alone(12, 4)], threads=4)
    assert fit.transient_bytes == AT_WORST
    rounds = [Step(12 + 8 * n, (100 + 40 * n) * MB, 240 * MB) for n in range(1, 4)]
    fit = Fit([Step(0, 10 * MB), Step(12, 100 * MB), *rounds], threads=4)
    assert [each.count for each in fit.increments] == [8, 8, 8]


def test_of_those_made_alone_as_many_fit_as_if_all_met_or_with_luck_as_if_none_did():
    fit = Fit([Step(0, 10 * MB), Step(12, 100 * MB), *made_alone(12, 20)], threads=4)
    seen = project(fit, 500 * MB)
    assert seen.sessions == seen.low == (460 * MB - AT_WORST) // (5 * MB)
    assert seen.high == (460 - 60) // 5
    assert seen.sizes_vary


def test_where_one_told_what_it_needs_nothing_is_doubted_for_steps_of_all():
    of_all = [
        Step(16 + 4 * n, (120 + 20 * n) * MB, 4 * 60 * MB, at_worst=True) for n in range(1, 5)
    ]
    steps = [Step(0, 10 * MB), Step(12, 100 * MB), *made_alone(12, 4), *of_all]
    seen, doubted = (
        project(Fit([replace(step, at_worst=told) for step in steps], threads=4), 500 * MB)
        for told in (True, False)
    )
    assert seen.low == seen.sessions == (460 * MB - AT_WORST) // (5 * MB)
    assert doubted.low < doubted.sessions < seen.sessions
    assert seen.high == (460 - 60) // 5


def test_what_was_held_while_few_were_at_work_may_be_too_many_for_all():
    fit = Fit([Step(0, 10 * MB), Step(12, 100 * MB), *made_alone(12, 40)], threads=4)
    assert fit.last.held == 52
    assert project(fit, 500 * MB).sessions == (460 * MB - AT_WORST) // (5 * MB)
