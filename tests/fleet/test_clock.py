from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stresstune.fleet.clock import KEPT, ClockComparison, Exchange

ways = st.floats(min_value=0.0, max_value=2.0)


def exchange(at: float, ahead: float, there: float, back: float, held: float = 0.0) -> Exchange:
    """Return what is seen of a clock that is ahead, with ways of such lengths."""
    arrived = at + there + ahead
    return Exchange(
        sent=at, arrived=arrived, replied=arrived + held, received=at + there + held + back
    )


@given(st.floats(-1e6, 1e6), st.lists(st.tuples(ways, ways, ways), min_size=1, max_size=10))
def test_the_offset_is_never_wrong_by_more_than_is_said(
    ahead: float, trips: list[tuple[float, float, float]]
) -> None:
    known = ClockComparison()
    for number, (there, back, held) in enumerate(trips):
        known.add(exchange(10.0 * number, ahead, there, back, held))
    assert abs(known.to_theirs(50.0) - (50.0 + ahead)) <= known.error_seconds + 1e-6
    assert abs(known.to_ours(known.to_theirs(7.0)) - 7.0) < 1e-6


def test_the_shortest_way_tells_the_most() -> None:
    known = ClockComparison()
    known.add(exchange(0.0, 100.0, 0.5, 0.1))
    known.add(exchange(1.0, 100.0, 0.001, 0.001))
    assert abs(known.to_theirs(0.0) - 100.0) < 1e-9
    assert known.error_seconds < 0.002


def test_a_message_that_is_held_on_the_other_side_tells_as_much() -> None:
    known = ClockComparison()
    known.add(exchange(0.0, 3.0, 0.01, 0.01, held=30.0))
    assert abs(known.to_ours(3.0)) < 1e-6
    assert abs(known.slow_way_seconds - 0.02) < 1e-6


def test_old_comparisons_are_forgotten_since_clocks_drift() -> None:
    known = ClockComparison()
    assert not known.is_known
    known.add(exchange(0.0, 1.0, 0.0, 0.0))
    for number in range(KEPT):
        known.add(exchange(float(number), 2.0, 0.1, 0.1))
    assert abs(known.to_theirs(0.0) - 2.0) < 1e-9
