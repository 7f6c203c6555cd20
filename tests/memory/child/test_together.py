import pytest

from stresstune.memory.child.together import made_together_ratio


def test_users_who_wait_for_each_other_have_nothing_made_meanwhile():
    assert made_together_ratio([1.0, 2.0, 3.0, 4.0]) == 0


def test_threads_that_take_turns_make_all_of_them_at_a_time():
    assert made_together_ratio([3.9, 4.0, 4.1, 4.0]) == 1
    assert made_together_ratio([3.0, 4.0, 4.0, 4.0]) == 1


def test_two_at_a_time_make_one_of_the_other_three():
    assert made_together_ratio([1.0, 1.0, 2.0, 2.0]) == pytest.approx(2 / 3)


@pytest.mark.parametrize("took", [[], [1.0], [0.0, 1.0]])
def test_where_nothing_can_be_said_all_may_be_made_together(took: list[float]):
    assert made_together_ratio(took) == 1
