from __future__ import annotations

import random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresstune.stats import (
    Z_95,
    mean_interval,
    quantile,
    student_quantile,
    wilson_interval,
)

numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50)


@given(numbers, st.floats(0, 1))
def test_a_quantile_lies_among_the_values(values: list[float], ratio: float) -> None:
    assert min(values) <= quantile(values, ratio) <= max(values)


@given(numbers, st.floats(0, 1), st.floats(0, 1))
def test_a_quantile_grows_with_its_ratio(values: list[float], one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert quantile(values, low) <= quantile(values, high) + 1e-6


def test_quantiles_are_those_of_type_7() -> None:
    values = [15, 20, 35, 40, 50]
    assert [quantile(values, ratio) for ratio in (0, 0.25, 0.4, 0.5, 1)] == [15, 20, 29, 35, 50]


@pytest.mark.parametrize("ratio", [-0.01, 1.01])
def test_a_quantile_outside_of_0_to_1_is_refused(ratio: float) -> None:
    with pytest.raises(ValueError, match=f"0 to 1, not {ratio}"):
        quantile([1.0], ratio)


def test_a_quantile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one value"):
        quantile([], 0.5)


@given(st.integers(1, 10_000), st.data())
def test_an_interval_of_a_ratio_holds_the_ratio_and_stays_within_0_to_1(
    trials: int, data: st.DataObject
) -> None:
    hits = data.draw(st.integers(0, trials))
    low, high = wilson_interval(hits, trials)
    assert -1e-12 <= low <= hits / trials + 1e-12
    assert hits / trials - 1e-12 <= high <= 1 + 1e-12


def test_299_clean_calls_prove_little_more_than_one_in_a_hundred() -> None:
    assert wilson_interval(0, 299)[1] == pytest.approx(0.0127, abs=1e-4)
    assert wilson_interval(299, 299)[0] == pytest.approx(1 - 0.0127, abs=1e-4)
    assert wilson_interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize("count", [2, 3, 4, 8, 40])
def test_an_interval_of_a_mean_holds_the_truth_19_times_of_20(count: int) -> None:
    chance = random.Random(3)
    held = 0
    for _ in range(1000):
        _, low, high = mean_interval([chance.gauss(5, 2) for _ in range(count)])
        held += low <= 5 <= high
    assert 0.93 <= held / 1000 <= 0.97


@pytest.mark.parametrize(
    ("freedom", "tabled"), [(1, 12.706), (2, 4.303), (5, 2.571), (30, 2.042), (1000, 1.962)]
)
def test_the_quantiles_of_student_are_those_of_the_tables(freedom: int, tabled: float) -> None:
    assert student_quantile(Z_95, freedom) == pytest.approx(tabled, abs=5e-4)


@given(numbers)
def test_an_interval_of_a_mean_lies_around_the_mean(values: list[float]) -> None:
    mean, low, high = mean_interval(values)
    assert mean == pytest.approx(fmean(values), abs=1e-6)
    assert low <= mean <= high
    if len(values) == 1:
        assert low == mean == high
