from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from stresstune.model.histogram import Histogram, added

seconds = st.floats(min_value=0, max_value=1e6, allow_nan=False)


@given(st.lists(st.lists(seconds, max_size=20), max_size=6))
def test_parts_add_up_to_what_one_over_everything_would_have_been(parts: list[list[float]]) -> None:
    everything = [value for part in parts for value in part]
    assert added(Histogram.of(part) for part in parts) == Histogram.of(everything)


@given(st.lists(seconds, max_size=20), st.lists(seconds, max_size=20))
def test_the_order_of_adding_does_not_matter(one: list[float], other: list[float]) -> None:
    first, second = Histogram.of(one), Histogram.of(other)
    assert first.plus(second) == second.plus(first)
    assert first.plus(second).count == len(one) + len(other)


@given(st.lists(st.floats(min_value=1e-5, max_value=1e5), min_size=1), st.floats(0.01, 1.0))
def test_a_quantile_is_told_to_one_in_a_hundred(values: list[float], ratio: float) -> None:
    exact = sorted(values)[math.ceil(ratio * len(values)) - 1]
    assert math.isclose(Histogram.of(values).quantile(ratio), exact, rel_tol=0.0101)


def test_nothing_has_no_quantile() -> None:
    assert Histogram().quantile(0.5) == 0.0


def test_it_travels_as_json() -> None:
    counted = Histogram.of([0.0, 0.5, 0.5, 7.0])
    assert Histogram.from_json(counted.to_json()) == counted
