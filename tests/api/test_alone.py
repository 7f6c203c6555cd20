from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import SimpleNamespace

import anyio
import pytest

from stresstune.api.alone import CALLS_ALONE, look_alone
from stresstune.api.evidence import Evidence
from stresstune.api.probe import aprobe_api
from stresstune.model.api import ApiCapacity
from stresstune.model.workload import Workload
from stresstune.testing import SimulatedService
from tests import virtual_time
from tests.api.attempts import attempt


@dataclass
class Server:
    """Serves a few calls at once; the others queue."""

    places: int
    slow_until_seconds: float = 0.0
    begun: list[float] = field(default_factory=list)
    free: anyio.Semaphore | None = None

    async def __call__(self) -> None:
        self.begun.append(anyio.current_time())
        self.free = self.free or anyio.Semaphore(self.places)
        async with self.free:
            is_slow = anyio.current_time() - self.begun[0] < self.slow_until_seconds
            await anyio.sleep(4.0 if is_slow else 0.5)


@dataclass
class Climbing:
    """Is slower with every call under way; and thrice as slow at first."""

    slow_until_seconds: float
    begun: list[float] = field(default_factory=list)
    under_way: int = 0

    async def __call__(self) -> None:
        self.begun.append(anyio.current_time())
        self.under_way += 1
        is_slow = self.begun[-1] - self.begun[0] < self.slow_until_seconds
        await anyio.sleep((4.5 + 0.25 * self.under_way) * (3.0 if is_slow else 1.0))
        self.under_way -= 1


def found_of(
    server: Callable[[], Awaitable[object]], sessions: int, think_seconds: float = 2.0
) -> ApiCapacity:
    async def probe() -> ApiCapacity:
        workload = Workload(sessions=sessions, think_seconds=think_seconds)
        return await aprobe_api(server, workload)

    return virtual_time.run(probe)


def test_a_queue_is_seen_although_the_first_calls_were_slow() -> None:
    found = found_of(Server(places=2, slow_until_seconds=12.0), sessions=6)
    assert [limit.kind for limit in found.limits] == ["throughput"]
    assert found.latency.average_seconds < 0.6


def test_where_nothing_was_slow_at_first_no_call_is_spent_on_it() -> None:
    server = Server(places=100)
    found = found_of(server, sessions=8)
    assert found.outcome == "enough"
    assert max(server.begun) == server.begun[-1]
    late = [start for start in server.begun if start > server.begun[-1] - 2.0]
    assert len(late) > 20  # it ends among many, not with calls alone


def test_it_is_asked_where_no_call_was_ever_answered_alone() -> None:
    slow = [attempt(place / 10, seconds=9.0, in_flight=6) for place in range(10)]
    quick = [attempt(10 + place / 10, seconds=1.0, in_flight=6) for place in range(30)]
    evidence = Evidence(workload=Workload(sessions=9), attempts=[*slow, *quick])
    asked: list[int] = []
    caller = SimpleNamespace(can_spend=asked.append)  # None: there is no budget for it
    anyio.run(look_alone, caller, evidence, asked.append)
    assert asked == [CALLS_ALONE]


def test_time_is_kept_for_calls_alone_where_one_or_two_at_a_time_are_served() -> None:
    server = SimulatedService(places=2, latency_seconds=4.0, latency_sigma=0.7, seed=4)
    found = found_of(server, sessions=10)
    assert [limit.kind for limit in found.limits] == ["throughput"]
    last = sorted(found.attempts, key=lambda call: call.started_seconds)[-CALLS_ALONE:]
    assert [call.in_flight for call in last] == [1] * CALLS_ALONE
    assert all(call.outcome == "ok" for call in last)


def test_a_single_place_needs_no_calls_alone() -> None:
    server = SimulatedService(places=1, latency_seconds=2.0, latency_sigma=0.2, seed=1)
    found = found_of(server, sessions=10)
    assert found.latency.count > 20
    assert found.latency.average_seconds == pytest.approx(2.0, rel=0.1)
    assert found.attempts[-1].in_flight > 1


def test_answers_that_are_late_among_many_only_are_not_late_anyhow() -> None:
    server = Climbing(slow_until_seconds=20.0)
    found = found_of(server, sessions=20, think_seconds=20.0)
    assert [limit.kind for limit in found.limits] == ["throughput"]
    assert found.latency.average_seconds < 6.0
    assert found.max_sessions(20.0) >= 10
