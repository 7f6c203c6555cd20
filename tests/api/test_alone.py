from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import anyio

from stresstune.api.alone import CALLS_ALONE, look_alone
from stresstune.api.evidence import Evidence
from stresstune.api.probe import aprobe_api
from stresstune.model.api import ApiCapacity
from stresstune.model.workload import Workload
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


def found_of(server: Server, sessions: int) -> ApiCapacity:
    async def probe() -> ApiCapacity:
        return await aprobe_api(server, Workload(sessions=sessions))

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
