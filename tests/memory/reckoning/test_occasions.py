"""Sessions of another kind that come at equal distances."""

import random

import pytest

from stresstune.memory.reckoning.fit import Fit
from stresstune.memory.reckoning.forecast import project
from stresstune.memory.reckoning.occasions import occasion_of
from stresstune.memory.reckoning.steps import Step

MB = 10**6
EACH_MB = 4


def probed(upto: int, needs_mb: dict[int, float], *, at_a_time: int = 5) -> list[Step]:
    """Give the steps of sessions of 4 MB, of which some need more for a moment when they are made.

    Args:
        upto: Sessions.
        needs_mb: What is needed, by session.
        at_a_time: Sessions in a step, after the first four.
    """
    steps, held = [Step(0, 12 * MB)], 0
    while held < upto:
        last = held + (1 if held < 4 else at_a_time)
        opened = range(held + 1, last + 1)
        passing = max(needs_mb.get(each, 0) - EACH_MB * (last - each) for each in opened)
        memory = (12 + EACH_MB * last) * MB
        steps.append(Step(last, memory, transient_bytes=round(max(0, passing) * MB)))
        held = last
    return steps


def report_of_all(every: int) -> dict[int, float]:
    return {session: EACH_MB * session for session in range(every, 400, every)}


@pytest.mark.parametrize("at_a_time", [1, 3, 5])
@pytest.mark.parametrize("upto", [64, 89, 110, 140, 146])
def test_a_report_of_all_that_each_thirtieth_makes_ends_it_at_the_next_that_does_not_fit(
    upto: int, at_a_time: int
):
    fit = Fit(probed(upto, report_of_all(30), at_a_time=at_a_time))
    # The 150th: 12 + 150 x 4 + 600 MB. The 120th still fits.
    said = project(fit, 1020 * MB)
    assert said.sessions == pytest.approx(149, abs=5)
    assert said.sessions <= 149


def test_what_is_always_of_one_size_is_met_where_it_comes():
    needs = dict.fromkeys(range(30, 400, 30), 300.0)
    fit = Fit(probed(70, needs))
    assert fit.occasion
    assert fit.occasion.next_at in range(84, 91)
    # With the 90th it is 12 + 90 x 4 + 300 MB.
    assert project(fit, 640 * MB).sessions == pytest.approx(86, abs=3)


def test_the_next_that_fits_does_not_end_it():
    needs = dict.fromkeys(range(30, 400, 30), 60.0)
    fit = Fit(probed(70, needs))
    occasion = fit.occasion
    assert occasion
    assert occasion.last_before(110, 170 * MB, lambda more: 4 * more * MB) == 110
    assert occasion.last_before(110, 120 * MB, lambda more: 4 * more * MB) == 89


@pytest.mark.parametrize(
    "needs",
    [
        {},
        {30: 300.0},
        {30: 300.0, 47: 300.0},
        {30: 300.0, 60: 90.0},
        {20: 300.0, 60: 300.0},
        {15: 300.0, 30: 300.0, 60: 300.0},
        dict.fromkeys(range(2, 90, 2), 300.0),
    ],
    ids=["none", "once", "uneven", "unlike", "late", "missing", "often"],
)
def test_where_nothing_comes_at_equal_distances_nothing_is_known(needs: dict[int, float]):
    assert Fit(probed(79, needs, at_a_time=1)).occasion is None


def test_one_that_should_have_come_already_was_chance():
    assert Fit(probed(79, report_of_all(30), at_a_time=1)).occasion
    needs = {session: need for session, need in report_of_all(30).items() if session < 90}
    assert Fit(probed(95, needs, at_a_time=1)).occasion is None


def test_what_is_drawn_is_hardly_ever_taken_for_an_order():
    found = 0
    for draw in map(random.Random, range(200)):
        at = [session for session in range(2, 80) if draw.random() < 1 / 25]
        needs = {session: draw.uniform(40, 300) for session in at}
        found += Fit(probed(79, needs, at_a_time=1)).occasion is not None
    assert found <= 4


def test_large_sessions_that_come_again_count_with_what_they_keep():
    held, steps = 0, [Step(0, 12 * MB)]
    for session in range(1, 100):
        held += 40 if session % 33 == 0 else 4
        steps.append(Step(session, (12 + held) * MB))
    found = Fit(steps[:81]).occasion
    assert found
    assert (found.period, found.next_at) == (33, 99)
    assert found.more_bytes == pytest.approx(36 * MB)
    assert occasion_of(Fit(steps[:60]).increments, 59) is None


def test_where_memory_comes_and_goes_nothing_is_known():
    levels = [12, 30, 20, 10, 40, 30, 20, 10, 60, 50, 40, 30, 20, 10]
    steps = [Step(n, at * MB, transient_bytes=n % 4 * 20 * MB) for n, at in enumerate(levels)]
    assert Fit(steps).occasion is None
    assert Fit([Step(n, 12 * MB) for n in range(9)]).occasion is None
