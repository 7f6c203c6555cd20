from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stresstune.api.ledger import Ledger
from stresstune.model.workload import Budget


@given(st.integers(1, 50), st.lists(st.booleans(), max_size=80))
def test_calls_in_flight_count_as_sent(most: int, moves: list[bool]) -> None:
    ledger = Ledger(budget=Budget(max_requests=most))
    for ends in moves:
        if ends:
            ledger.enter(260)
        elif ledger.requests_left() > 0:
            ledger.sent += 1
        assert ledger.sent <= most


@given(st.integers(1, 5_000), st.integers(1, 300), st.lists(st.booleans(), max_size=80))
def test_tokens_of_calls_in_flight_count_as_spent(
    most: int, per_call: int, moves: list[bool]
) -> None:
    ledger = Ledger(budget=Budget(max_tokens=most))
    ended = 0
    for ends in moves:
        if ends and ended < ledger.sent:
            ended += 1
            ledger.enter(per_call)
        elif not ends and ledger.requests_left() > 0:
            ledger.sent += 1
        # the first call is made to learn what a call costs
        assert ledger.sent * per_call <= max(most, per_call)


def test_without_a_cap_on_tokens_only_calls_count() -> None:
    ledger = Ledger(budget=Budget(max_requests=10))
    ledger.sent = 4
    ledger.enter(None)
    assert ledger.requests_left() == 6


def test_one_call_tells_what_a_call_costs_and_no_second_one_is_risked_before() -> None:
    ledger = Ledger(budget=Budget(max_tokens=1000))
    assert ledger.requests_left() == 1
    ledger.sent = 1
    assert ledger.requests_left() == 0
    ledger.enter(300)
    assert ledger.requests_left() == 2


def test_what_a_call_is_expected_to_cost_lets_the_first_ones_begin() -> None:
    ledger = Ledger(budget=Budget(max_tokens=1000), largest_tokens=300)
    assert ledger.requests_left() == 3
    ledger.enter(400)  # it was the first of a call begun
    ledger.sent = 1
    assert ledger.requests_left() == 1


def test_while_the_first_call_is_under_way_its_cost_is_waited_for() -> None:
    ledger = Ledger(budget=Budget(max_tokens=1000))
    assert not ledger.waits_for_the_first()
    ledger.sent = 1
    assert ledger.waits_for_the_first()
    ledger.enter(300)
    assert not ledger.waits_for_the_first()


def test_a_call_that_costs_nothing_is_bounded_by_calls_alone() -> None:
    ledger = Ledger(budget=Budget(max_requests=10, max_tokens=1000), sent=1)
    ledger.enter(0)
    assert ledger.requests_left() == 9


def test_time_is_over_when_it_is_over() -> None:
    ledger = Ledger(budget=Budget(max_seconds=60))
    assert ledger.seconds_left(20) == 40
    assert ledger.seconds_left(70) == 0
