"""A probe that a host spoiled is made again with what is left, in virtual time."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
import pytest

from stresstune.api.probe import ApiRun
from stresstune.fleet.target import Post
from stresstune.model.workload import Budget, Workload
from stresstune.testing import FixedWindow, SimulatedService
from stresstune.workflow.fleet.asked import Asked
from stresstune.workflow.fleet.calls import left_of
from stresstune.workflow.fleet.ceilings import Ceilings
from stresstune.workflow.fleet.probing import Probing
from tests.fleet.fake_post import FakePost
from tests.virtual_time import run

SMALL = Workload(sessions=6)
BUDGET = Budget(max_requests=600, max_seconds=180)


def probed(
    service: SimulatedService,
    stalls: dict[str, float],
    *,
    again: dict[str, float] | None = None,
    opening_seconds: float = 1.0,
    budget: Budget = BUDGET,
) -> tuple[Probing, list[list[str]], float]:
    """Probe from hosts that stand still at some moment; returns on which it was opened anew too."""
    reopened: list[list[str]] = []

    async def main() -> tuple[Probing, float]:
        async with anyio.create_task_group() as tasks:

            async def reopen(ids: Sequence[str]) -> list[Post]:
                reopened.append(list(ids))
                await anyio.sleep(opening_seconds)
                later = again or {}
                return [
                    FakePost(one, service, tasks, stalled_at_seconds=later.get(one, float("inf")))
                    for one in ids
                ]

            probing = Probing(
                asked=Asked(workload=SMALL, budget=budget),
                ceilings=Ceilings(needed_per_second=0.0),
                reopen=reopen,
                lose=lambda *_: None,
                say=lambda _: None,
            )
            began = anyio.current_time()
            posts = [
                FakePost(name, service, tasks, stalled_at_seconds=at) for name, at in stalls.items()
            ]
            await probing.probe(posts)
            took = anyio.current_time() - began
            tasks.cancel_scope.cancel()
        return probing, took

    probing, took = run(main, on="asyncio")
    return probing, reopened, took


NEVER = float("inf")


def test_without_the_host_that_stood_still_it_is_made_again_within_the_budget() -> None:
    service = SimulatedService(rate=FixedWindow(60), latency_seconds=0.8)
    probing, reopened, took = probed(service, {"a": NEVER, "b": 4.0, "c": NEVER})
    found = probing.capacity()
    assert found is not None
    assert reopened == [["a", "c"]]
    assert found.outcome == "measured"
    assert found.limits[0].low <= 60 <= (found.limits[0].high or 60)
    assert found.health.ok
    assert took <= BUDGET.max_seconds
    assert service.calls <= BUDGET.max_requests
    assert "b stood still for 2.5 s" in probing.notes[0]
    assert "made again with what was left of the budget, from a, c" in probing.notes[0]
    calls = {name: sum(line.calls for line in probing.lines_of(name)) for name in "abc"}
    assert sum(calls.values()) == service.calls
    assert 0 < calls["b"] < calls["a"]


def test_where_every_host_stood_still_all_of_them_are_tried_once_more() -> None:
    service = SimulatedService(latency_seconds=0.8)
    probing, reopened, _ = probed(service, {"a": 3.0}, again={"a": 20.0})
    found = probing.capacity()
    assert found is not None
    assert reopened == [["a"]]
    assert found.outcome == "invalid"
    assert len(probing.notes) == 1


def test_a_probe_that_is_spoiled_late_is_not_made_again() -> None:
    service = SimulatedService(latency_seconds=0.8)
    budget = Budget(max_requests=100, max_seconds=20)
    probing, reopened, took = probed(service, {"a": NEVER, "b": 12.0}, budget=budget)
    found = probing.capacity()
    assert found is not None
    assert found.outcome == "invalid"
    assert not reopened
    assert took <= budget.max_seconds + 1.0


def test_what_the_server_stated_counts_although_a_host_stood_still() -> None:
    service = SimulatedService(rate=FixedWindow(20), latency_seconds=0.8, stated=True)
    probing, reopened, _ = probed(service, {"a": NEVER, "b": 15.0})
    found = probing.capacity()
    assert found is not None
    assert (found.outcome, found.limits[0].value) == ("measured", 20.0)
    assert not reopened


def test_hosts_that_are_not_ready_in_time_leave_it_invalid() -> None:
    service = SimulatedService(latency_seconds=0.8)
    probing, reopened, took = probed(service, {"a": 3.0}, opening_seconds=500.0)
    assert reopened == [["a"]]
    assert probing.capacity() is not None
    assert probing.api is not None
    assert probing.api.outcome == "invalid"
    assert took < BUDGET.max_seconds / 2


@pytest.mark.parametrize(
    ("sent", "seconds", "tokens", "left"),
    [
        (100, 20.0, None, Budget(max_requests=900, max_seconds=160)),
        (600, 20.0, None, None),
        (100, 120.0, None, None),
        (100, 20.0, 2000, Budget(max_requests=900, max_seconds=160, max_tokens=1000)),
        (100, 20.0, 1500, None),
    ],
)
def test_what_is_left_counts_calls_under_way_as_spent(
    sent: int, seconds: float, tokens: int | None, left: Budget | None
) -> None:
    budget = Budget(max_requests=1000, max_seconds=180, max_tokens=tokens)
    spoiled = ApiRun(SMALL, budget)
    spoiled.ledger.sent = sent
    for _ in range(90):  # and ten are under way
        spoiled.ledger.enter(10)
    assert left_of(budget, spoiled, seconds) == left
