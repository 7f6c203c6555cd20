from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from stresstune.fleet.stripes import choose_callers, next_caller


@given(st.lists(st.none() | st.integers(0, 5), min_size=1, max_size=8), st.integers(-1, 7))
def test_the_next_call_goes_where_the_fewest_are(under_way: list[int | None], last: int) -> None:
    place = next_caller(under_way, last)
    there = [calls for calls in under_way if calls is not None]
    if not there:
        assert place is None
    else:
        assert place is not None
        assert under_way[place] == min(there)


def test_hosts_that_are_all_idle_take_turns() -> None:
    made: Counter[int] = Counter()
    last = -1
    for _ in range(9):
        place = next_caller([0, 0, 0], last)
        assert place is not None
        made[place] += 1
        last = place
    assert set(made.values()) == {3}


def test_few_of_many_hosts_make_calls_spread_over_all() -> None:
    hosts = [str(number) for number in range(1000)]
    chosen = choose_callers(hosts)
    assert len(chosen) == len(set(chosen)) == 16
    assert int(chosen[-1]) > 900
    assert choose_callers(hosts[:3]) == hosts[:3]
