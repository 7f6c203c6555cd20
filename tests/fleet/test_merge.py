from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stresstune.fleet.merge import health_with, merged, moved
from stresstune.model.load import Attempt, GeneratorHealth


def attempt(start: float, end: float) -> Attempt:
    return Attempt(
        intended_seconds=start, started_seconds=start, finished_seconds=end, outcome="ok"
    )


spans = st.tuples(st.floats(0, 100), st.floats(0, 100)).map(lambda one: attempt(*sorted(one)))
logs = st.lists(spans, max_size=10).map(
    lambda log: sorted(log, key=lambda one: one.finished_seconds)
)


@given(st.lists(logs, max_size=5))
def test_no_event_is_lost_or_counted_twice_and_all_are_in_order(parts: list[list[Attempt]]) -> None:
    found = merged(parts)
    ends = [one.finished_seconds for one in found]
    assert ends == sorted(ends)
    assert sorted(map(repr, found)) == sorted(repr(one) for part in parts for one in part)


def test_a_call_by_another_clock_is_as_long() -> None:
    there = moved(attempt(1.0, 3.5), 1000.0)
    assert (there.started_seconds, there.finished_seconds) == (1001.0, 1003.5)
    assert there.service_seconds == 2.5


def test_a_host_that_stood_still_spoils_the_run_and_is_named() -> None:
    found = health_with(GeneratorHealth(), {"app-1": 0.2, "app-2": 3.0})
    assert not found.ok
    assert "app-2 stood still for 3.0 s" in found.reason
    assert found.max_stall_seconds == 3.0


def test_hosts_that_kept_up_leave_a_run_as_it_is() -> None:
    assert health_with(GeneratorHealth(), {"app-1": 0.1}).ok
    assert health_with(GeneratorHealth(ok=False, reason="late"), {}).reason == "late"
