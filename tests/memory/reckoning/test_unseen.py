import pytest

from stresstune.memory.reckoning.fit import Fit
from stresstune.memory.reckoning.forecast import project
from stresstune.memory.reckoning.steps import Step
from stresstune.memory.reckoning.unseen import bounded, is_empty, is_unseen

MB = 10**6


def fit_of(each_bytes: int, held: int) -> Fit:
    return Fit([Step(n, 20 * MB + n * each_bytes) for n in range(held + 1)])


def test_little_in_all_and_little_each_are_not_seen():
    assert is_unseen(fit_of(16, 1000))
    assert is_unseen(fit_of(20_000, 4))
    assert not is_unseen(fit_of(20_000, 40))


def test_a_lower_bound_is_what_was_held_or_a_hundred_times_what_is_wanted():
    small = fit_of(16, 1000)
    seen = project(small, 1000 * MB)
    assert seen.sessions > 10**6
    assert bounded(seen, small, wanted=2).sessions == 1000
    lower = bounded(seen, small, wanted=30)
    assert (lower.low, lower.sessions, lower.high) == (3000, 3000, 3000)
    assert lower.bytes_per_session.low == 0
    assert lower.bytes_per_session.high > 16
    assert not lower.sizes_vary


def test_what_was_seen_and_what_hardly_fits_stand_as_they_are():
    large = fit_of(MB, 20)
    assert bounded(project(large, 1000 * MB), large, wanted=1) is None
    small = fit_of(16, 1000)
    assert bounded(project(small, 20 * MB), small, wanted=30) is None


@pytest.mark.parametrize(
    ("nothing", "held", "empty"),
    [(1, 1, True), (0, 1, False), (9, 10, True), (8, 10, False), (0, 0, False)],
)
def test_a_source_is_empty_if_no_two_sessions_differ(nothing: int, held: int, empty: bool):
    assert is_empty(nothing, held) is empty
