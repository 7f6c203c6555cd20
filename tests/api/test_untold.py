from __future__ import annotations

import pytest

from stresstune.api.probe import aprobe_api
from stresstune.api.untold import unseen
from stresstune.model.api import ApiCapacity, Limit, LimitKind
from stresstune.model.workload import Budget, Workload
from stresstune.testing import SimulatedService
from tests import virtual_time


def note_of(budget: Budget, *, checks: int | None = None, sessions: int = 30) -> str:
    class Service(SimulatedService):
        async def check(self) -> int | None:
            return checks

    async def main() -> ApiCapacity:
        return await aprobe_api(Service(), Workload(sessions=sessions), budget=budget)

    found = virtual_time.run(main)
    assert found.outcome == "inconclusive"
    (note,) = found.notes
    return note


@pytest.mark.parametrize(
    ("budget", "what", "way_on"),
    [
        (Budget(max_requests=20), "calls", "Budget.max_requests"),
        (Budget(max_seconds=5), "seconds", "the time for them"),
        (Budget(max_tokens=3_000), "input tokens", "Budget.max_tokens"),
    ],
)
def test_the_budget_that_was_spent_is_named_and_the_way_on(budget, what, way_on):
    note = note_of(budget)
    assert f"the budget of {what} was spent" in note
    assert way_on in note


def test_where_no_session_was_proved_none_is_called_safe():
    note = note_of(Budget(max_requests=3))
    assert "not one is" in note
    assert "0 are" not in note


def test_a_call_that_costs_more_than_all_that_may_be_spent_is_said_so():
    note = note_of(Budget(max_tokens=100), checks=260)
    assert "one takes 260 input tokens, and at most 100 may be spent" in note


@pytest.mark.parametrize(
    ("kind", "said"), [("requests_per_minute", True), ("requests_per_day", False)]
)
def test_what_is_counted_over_longer_than_it_looked_is_said_not_to_show(
    kind: LimitKind, said: bool
):
    limit = Limit(kind=kind, value=60, low=60, high=60, provenance="measured")
    found = ApiCapacity(limits=(limit,), outcome="measured", seconds=43.2)
    assert bool(unseen(found)) is said
    assert all("looked for 43 s" in note for note in unseen(found))
