"""Sizes that come again in the same order, and leaps that grow."""

import random
from dataclasses import replace

from stresstune.memory.reckoning.fit import Fit
from stresstune.memory.reckoning.forecast import project
from stresstune.memory.reckoning.pattern import before_next_doubling, leaps_grow, next_in_order
from stresstune.memory.reckoning.steps import Increment, Step

MB = 10**6


def increments(*sizes_mb: float, count: int = 1) -> list[Increment]:
    return [
        Increment(count=count, middle=n, bytes_each=size * MB, transient_bytes=0)
        for n, size in enumerate(sizes_mb)
    ]


def sizes(*sizes_mb: float) -> list[float]:
    return [each.bytes_each / MB for each in next_in_order(increments(*sizes_mb))]


def test_what_has_come_again_often_enough_will_again():
    assert sizes(*[8, 8, 8, 32] * 4) == [8, 8, 8, 32]
    assert sizes(*[8, 32, 8.1, 32.3] * 5, 8) == [32.3, 8]


def test_an_order_that_was_hardly_seen_is_none():
    assert sizes(*[8, 8, 8, 32] * 3) == []
    assert sizes(*range(1, 12), *range(1, 12)) == []


def test_what_is_equal_or_only_once_different_has_no_order():
    assert sizes(*[8] * 20) == []
    assert sizes(*[8] * 12, 32, *[8] * 12) == []


def test_what_keeps_nothing_in_the_end_has_no_number():
    assert sizes(*[8, -8] * 10) == []


def test_what_is_drawn_at_random_is_hardly_ever_taken_for_an_order():
    draw = random.Random(2)
    worlds = [draw.choices([8, 32], [4, 1], k=25) for _ in range(300)]
    mistaken = [world for world in worlds if sizes(*world) and set(world[-10:]) == {8, 32}]
    assert len(mistaken) <= 3


def test_the_number_is_the_one_to_which_the_order_leads():
    """Every fifth is four times as large, and the next that does not fit is one of these."""
    steps = [Step(0, 10 * MB)]
    for n in range(1, 20):
        kept = 32 if n % 5 == 0 else 8
        steps.append(Step(n, steps[-1].memory_bytes + kept * MB))
    seen = project(Fit(steps), 300 * MB + 10 * MB)
    assert seen.sessions == 24
    assert seen.low < 24 <= seen.high


def test_leaps_that_grow_are_those_of_a_table():
    assert leaps_grow(increments(*[1] * 5, 6, *[1] * 6, 15, *[1] * 9, 30, *[1] * 9))


def test_leaps_that_come_in_no_order_or_alike_do_not_grow():
    assert not leaps_grow(increments(*[1] * 5, 15, *[1] * 6, 6, *[1] * 9, 30, *[1] * 9))
    assert not leaps_grow(increments(*[1] * 5, 30, *[1] * 6, 30, *[1] * 9, 31, *[1] * 9))


def test_two_leaps_or_none_are_no_growth():
    assert not leaps_grow(increments(*[1] * 9, 15, *[1] * 9, 30, *[1] * 9))
    assert not leaps_grow(increments(*[1] * 20))
    assert not leaps_grow(increments(-1))


def test_only_what_doubled_at_twice_the_number_is_expected_to_double_again():
    def after(*leaps: int) -> int | None:
        return before_next_doubling(increments(*[n if n in leaps else 1 for n in range(60)]))

    assert after(9, 18, 36) == 71
    assert after(5, 10, 20) is None  # at 40 it did not
    assert after(9, 18, 48) is None
    steps_of_four = increments(*[n if n in (2, 4, 8) else 0.1 for n in range(12)], count=4)
    shifted = [replace(each, middle=each.middle * 4 - 1.5) for each in steps_of_four]
    assert before_next_doubling(shifted) == 2 * 30.5 - 1
