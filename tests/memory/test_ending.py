"""What it means that a step was ended."""

from stresstune.memory.boundary import Boundary
from stresstune.memory.ending import at_the_guard, at_the_hard_stop
from stresstune.memory.limits import Ceiling
from stresstune.memory.steps import Step

MB = 10**6
ENDS = (Boundary(Ceiling("modelled", "--limit", 1000 * MB), 0),)


def steps(*sizes_mb: int) -> list[Step]:
    totals = [sum(sizes_mb[:held]) for held in range(len(sizes_mb) + 1)]
    return [Step(held, total * MB) for held, total in enumerate(totals)]


def test_unequal_sessions_are_bounded_by_what_was_seen():
    end = at_the_guard(steps(*[2, 6] * 10), 1, 1, ENDS, armed=False)
    assert end.stopped_by == "guard"
    assert 20 <= end.at_most <= 20 + 33 // 5


def test_the_more_unequal_they_are_the_nearer_is_the_bound():
    calm = at_the_guard(steps(*[3, 5] * 10), 1, 1, ENDS, armed=False).at_most
    wild = at_the_guard(steps(*[1, 1, 1, 13] * 5), 1, 1, ENDS, armed=False).at_most
    assert wild < calm


def test_an_armed_guard_stands_nearer():
    seen = steps(*[2, 6] * 10)
    near = at_the_guard(seen, 1, 1, ENDS, armed=True).at_most
    assert near < at_the_guard(seen, 1, 1, ENDS, armed=False).at_most


def test_equal_sessions_are_not_bounded_since_their_line_knows_better():
    assert at_the_guard(steps(*[5] * 20), 1, 1, ENDS, armed=False).at_most is None
    assert at_the_hard_stop(steps(*[5] * 20), 1, 1).at_most is None


def test_before_the_first_session_nothing_is_known():
    assert at_the_hard_stop(steps(), 1, 1).at_most is None
