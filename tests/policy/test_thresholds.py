from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresstune.policy.thresholds import (
    CLASSIC_CONCERNING_SHARE,
    CRITICAL_MEMORY_SHARE,
    TIGHT_MEMORY_SHARE,
    is_below,
    share_of,
)


@given(st.integers(0, 10_000), st.integers(1, 99))
def test_a_share_is_what_exact_arithmetic_says(sessions: int, percent: int) -> None:
    assert share_of(sessions, 1 - percent / 100) == sessions * (100 - percent) // 100


@given(st.integers(1, 10_000))
def test_two_thirds_are_not_below_two_thirds(thirds: int) -> None:
    assert not is_below(2 * thirds, 3 * thirds, 2 / 3)
    assert is_below(2 * thirds - 1, 3 * thirds, 2 / 3)


def test_a_share_is_never_negative() -> None:
    assert share_of(-5, 1 / 2) == 0


@pytest.mark.parametrize(
    ("share", "over", "under"),
    [(TIGHT_MEMORY_SHARE, 1, 2), (CRITICAL_MEMORY_SHARE, 1, 3), (CLASSIC_CONCERNING_SHARE, 2, 3)],
)
def test_a_classic_share_is_that_of_whole_numbers(share: float, over: int, under: int) -> None:
    for sessions in (*range(3_000), 10**6 - 1, 10**6, 999_999_999, 10**9 - 1, 10**9):
        assert share_of(sessions, share) == sessions * over // under
