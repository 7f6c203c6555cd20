"""A user's own app over HTTP, measured by the same engine: a real server, a real probe."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median

import pytest

from stresstune.api.http import HttpTarget
from stresstune.api.probe import aprobe_api
from stresstune.errors import TargetUnusable
from stresstune.model.workload import Budget, Workload

pytestmark = pytest.mark.anyio

SERVICE_SECONDS = 0.1
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
DONE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class App:
    """Serves so many requests at a time; refuses one more, or lets it wait."""

    def __init__(self, workers: int, *, refuses: bool) -> None:
        self.workers = asyncio.Semaphore(workers)
        self.refuses = refuses
        self.requests = 0
        self.served_seconds: list[float] = []
        self.connections: set[asyncio.Task[None]] = set()
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.add(asyncio.current_task())
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                self.requests += 1
                writer.write(await self.answer())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def answer(self) -> bytes:
        if self.refuses and self.workers.locked():
            return BUSY
        async with self.workers:
            began = time.perf_counter()
            await asyncio.sleep(SERVICE_SECONDS)
            self.served_seconds.append(time.perf_counter() - began)
        return DONE


@asynccontextmanager
async def running(app: App) -> AsyncIterator[App]:
    listening = await asyncio.start_server(app.serve, "127.0.0.1", 0)
    app.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/edit"
    yield app
    listening.close()
    await asyncio.gather(*app.connections)


async def probe(app: App):
    workload = Workload(sessions=30, think_seconds=0.2, latency_objective_seconds=1)
    budget = Budget(max_requests=300, max_seconds=6)
    return await aprobe_api(HttpTarget(app.url), workload, budget=budget)


async def test_one_worker_that_answers_503_above_it_is_a_cap_on_concurrency():
    async with running(App(1, refuses=True)) as app:
        capacity = await probe(app)
    (limit,) = capacity.limits
    assert (limit.kind, limit.value) == ("concurrency", 1)
    assert capacity.requests_sent == app.requests


async def two_workers_with_a_queue():
    """Probe such an app, once more where the machine stood still: app and probe share its loop."""
    for _ in range(5):
        async with running(App(2, refuses=False)) as app:
            capacity = await probe(app)
        if max(app.served_seconds) < 3 * SERVICE_SECONDS:
            break
    return capacity, app


async def test_two_workers_with_a_queue_are_a_limit_of_throughput():
    capacity, app = await two_workers_with_a_queue()
    (limit,) = capacity.limits
    assert limit.kind == "throughput"
    by_its_own_clock = 2 / median(app.served_seconds)  # a busy machine makes its sleeps longer
    assert limit.value == pytest.approx(by_its_own_clock, rel=0.15)
    assert capacity.requests_sent == app.requests


async def test_a_path_that_is_gone_ends_the_probe_with_one_clear_error(server, make_response):
    server.answer = make_response(b"", "404 Not Found")
    with pytest.raises(TargetUnusable, match="404 Not Found"):
        await aprobe_api(HttpTarget(f"{server.url}/gone"), Workload(sessions=5))
    assert len(server.requests) < 10
