"""Several processes that made the same sessions, and the number that holds for all of them."""

import pytest

from stresstune.memory import ways
from stresstune.memory.ledger import Ledger
from stresstune.memory.sample import Reading
from stresstune.memory.ways import HEAP_RATIO, SEEN_HEAP_RATIO

MB = 10**6
ROOM = 402 * MB


def way(each_mb: float, *, sessions: int = 60, uneven_mb: float = 0) -> Ledger:
    ledger = Ledger(group=None)
    ledger.add(Reading(rss_bytes=10 * MB, charged_bytes=10 * MB), 0)
    for n in range(1, sessions + 1):
        uneven = uneven_mb * (n * 7 % 5)
        ledger.note_height(round((20 + each_mb * n + uneven) * MB), nothing=0)
    return ledger


def number(*seen: Ledger) -> int:
    projection = ways.project(seen, ROOM, 4)
    assert projection is not None
    return projection.sessions


def test_the_one_with_the_fewest_counts():
    assert number(way(5)) == 76
    assert number(way(5), way(5.5), way(5.2)) == number(way(5.5), way(5.5)) == 69


def test_how_far_they_differ_is_said():
    apart = ways.project([way(5), way(6)], ROOM, 4)
    assert apart is not None
    assert apart.sizes_vary
    assert apart.low <= apart.sessions < 66
    assert apart.high >= 76
    alike = ways.project([way(5), way(5)], ROOM, 4)
    assert alike is not None
    assert not alike.sizes_vary


def test_what_heaps_may_become_is_doubted_less_where_several_were_seen():
    assert SEEN_HEAP_RATIO < HEAP_RATIO
    uneven = [way(5, uneven_mb=10) for _ in range(2)]
    assert number(uneven[0]) < number(*uneven) < number(way(5))


def test_what_one_differs_by_chance_holds_for_all():
    """Else the one that happened to keep to its line would be believed too well."""
    even, uneven = way(5), way(5, uneven_mb=10)
    assert number(even, uneven) < min(number(even, even), number(even))


def test_more_is_not_proved_than_one_held_that_was_ended_before_it_told_anything():
    assert number(way(5), way(300, sessions=1)) == 1
    at_once = ways.project([way(5), way(300, sessions=1)], ROOM, 4)
    assert at_once is not None
    assert (at_once.low, at_once.sizes_vary) == (0, True)


def test_where_none_tells_anything_nothing_is_said():
    assert ways.project([way(5, sessions=1)], ROOM, 4) is None


@pytest.mark.parametrize("guarded", [False, True])
def test_where_the_guard_ended_one_the_next_session_needed_more(guarded: bool):
    seen = way(5, sessions=40)
    seen.guarded = guarded
    projection = ways.project([seen], ROOM, 4, stopped_at_bytes=300 * MB)
    assert projection is not None
    assert (projection.sessions < 70) == guarded
