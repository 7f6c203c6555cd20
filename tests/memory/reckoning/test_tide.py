from __future__ import annotations

import random
from dataclasses import replace

import pytest

from stresstune.memory.reckoning.forecast import project
from stresstune.memory.reckoning.steps import Step
from stresstune.memory.reckoning.tide import Tide, fit_of

MB = 10**6


def levels(
    seed: int, steps: int = 14, each: int = 600_000, swing: int = 6 * MB, at_once: int = 4
) -> list[Step]:
    """An app whose upload buffers are now there and now not."""
    chance = random.Random(seed)
    buffers = [chance.randrange(swing) for _ in range(steps)]
    return [
        Step(0, 20 * MB),
        *(
            Step(n * at_once, 28 * MB + n * at_once * each + held, swing - held)
            for n, held in enumerate(buffers, 1)
        ),
    ]


def truth(room_bytes: int, each: int = 600_000, swing: int = 6 * MB) -> int:
    return (room_bytes - 28 * MB - swing) // each


def test_the_interval_holds_the_truth_and_is_no_wider_than_it_must_be() -> None:
    held = tight = 0
    fits = [fit for seed in range(200) if isinstance(fit := fit_of(levels(seed)), Tide)]
    assert len(fits) >= 100
    for fit in fits[:100]:
        seen = project(fit, 200 * MB)
        held += seen.low <= truth(200 * MB) <= seen.high
        tight += seen.low >= 0.7 * truth(200 * MB)
        assert seen.low <= seen.sessions <= seen.high
        assert seen.sessions == pytest.approx(truth(200 * MB), rel=0.2)
    assert held >= 97
    assert tight >= 90


def test_the_crest_belongs_to_what_is_needed_for_a_moment() -> None:
    tide = fit_of(levels(3))
    assert isinstance(tide, Tide)
    assert 3 * MB < tide.transient_bytes < 6 * MB
    assert project(tide, 200 * MB).transient_bytes == round(tide.transient_bytes)


def test_what_each_needs_for_a_moment_may_rise_with_the_sessions() -> None:
    rising = [
        replace(step, transient_bytes=2 * MB * step.held) if step.held else step
        for step in levels(3)
    ]
    tide = fit_of(rising)
    assert isinstance(tide, Tide)
    assert tide.peaks.rise_bytes == pytest.approx(2 * MB, rel=0.05)
    # 28 MB + 6 MB at the crest + N x (0.6 + 2 MB)
    assert project(tide, 400 * MB).sessions == pytest.approx(140, rel=0.05)


def test_what_only_rises_or_hardly_falls_is_no_tide() -> None:
    rising = [Step(n, 20 * MB + n * MB) for n in range(10)]
    grain = [Step(n, 20 * MB + n * MB - (n % 2) * 1_500_000) for n in range(10)]
    assert not isinstance(fit_of(rising), Tide)
    assert not isinstance(fit_of(grain), Tide)


def test_a_tide_without_a_trend_says_nothing() -> None:
    flat = levels(1, each=0)
    assert not isinstance(fit_of(flat), Tide)


def test_a_few_levels_are_too_few() -> None:
    assert not isinstance(fit_of(levels(1, steps=6)), Tide)


def test_more_room_never_holds_fewer() -> None:
    fit = fit_of(levels(5))
    counts = [project(fit, room * MB).sessions for room in range(60, 400, 20)]
    assert counts == sorted(counts)


def test_a_heap_that_makes_do_under_a_hard_stop_proves_nothing():
    """Where fresh memory is refused, holes are used that would have been left alone."""
    free = [Step(n, (20 + 12 * n) * MB, 180 * MB) for n in range(9)]
    armed = [Step(n, (20 + 12 * n) * MB, 120 * MB, left_bytes=150 * MB) for n in range(9, 14)]
    seen = project(fit_of([*free, *armed]), 320 * MB)
    assert seen.sessions == (320 - 20 - 180) // 12 == 10
    early = [replace(step, left_bytes=400 * MB) for step in free]
    assert fit_of([*early, *armed]).last.held == 8
    as_ever = [Step(n, (20 + 12 * n) * MB, 180 * MB, left_bytes=150 * MB) for n in range(9, 14)]
    assert fit_of([*free, *as_ever]).last.held == 13
    with_plenty = [replace(step, left_bytes=300 * MB) for step in armed]
    assert fit_of([*free, *with_plenty]).last.held == 13


def test_what_a_few_needed_at_first_is_no_need_of_all():
    """The second and the third loaded a model each, and the hard stop was set for the next."""
    first = [Step(n, (20 + 60 * n) * MB, 100 * MB) for n in range(4)]
    later = [Step(n, (200 + 2 * n) * MB, left_bytes=120 * MB) for n in range(4, 30)]
    assert fit_of([*first, *later]).last.held == 29


def with_garbage(sessions: int, collected_at: tuple[int, ...]) -> list[Step]:
    """Each keeps 1 MB, and leaves 2 MB that wait for a collector."""
    held = [
        n * MB + 2 * MB * (n - max((at for at in collected_at if at <= n), default=0))
        for n in range(sessions + 1)
    ]
    return [Step(n, 20 * MB + level) for n, level in enumerate(held)]


def test_where_memory_was_given_back_once_the_upper_end_is_what_fits_if_it_is_again() -> None:
    seen = project(fit_of(with_garbage(100, collected_at=(12,))), 400 * MB)
    assert seen.sessions == pytest.approx(12 + 368 / 3, abs=5)
    assert seen.sizes_vary
    often = next(
        n for n, step in enumerate(with_garbage(500, (12, 125))) if step.memory_bytes > 400 * MB
    )
    assert seen.low <= often <= seen.high <= 2 * seen.sessions


def test_what_only_rises_has_no_such_end() -> None:
    fit = fit_of([Step(n, 20 * MB + n * MB) for n in range(10)])
    assert fit.held_with_luck(400 * MB) == 0
    assert not project(fit, 400 * MB).sizes_vary
