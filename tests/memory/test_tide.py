from __future__ import annotations

import random

import pytest

from stresstune.memory.fit import Fit
from stresstune.memory.forecast import project
from stresstune.memory.steps import Step
from stresstune.memory.tide import tide_of

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
    fits = [fit for seed in range(200) if (fit := Fit(levels(seed))).tide]
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
    tide = tide_of(levels(3))
    assert tide is not None
    assert 3 * MB < tide.crest_bytes < 6 * MB
    assert project(Fit(levels(3)), 200 * MB).transient_bytes == round(tide.crest_bytes)


def test_what_only_rises_or_hardly_falls_is_no_tide() -> None:
    rising = [Step(n, 20 * MB + n * MB) for n in range(10)]
    grain = [Step(n, 20 * MB + n * MB - (n % 2) * 1_500_000) for n in range(10)]
    assert tide_of(rising) is None
    assert tide_of(grain) is None


def test_a_tide_without_a_trend_says_nothing() -> None:
    flat = levels(1, each=0)
    assert tide_of(flat) is None


def test_a_few_levels_are_too_few() -> None:
    assert tide_of(levels(1, steps=6)) is None


def test_more_room_never_holds_fewer() -> None:
    fit = Fit(levels(5))
    counts = [project(fit, room * MB).sessions for room in range(60, 400, 20)]
    assert counts == sorted(counts)
