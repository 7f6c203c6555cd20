"""What a call costs: a bare aiohttp loop, HttpTarget, the SDK by hand, Gemini, Locust.

All on the same server in the same run, in turns, so that a slow moment of the machine hits every
row. Judged by CPU time a call (its inverse is the ceiling of calls a second on one core), because
what else runs on the machine takes seconds away, but hardly CPU time. The last column is the
median over the rounds of the ratio to the row that it is measured against.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import aiohttp
import pytest
from google import genai
from google.genai import types

from stresstune.api.gemini import Gemini
from stresstune.api.http import HttpTarget
from stresstune.api.payload import DEFAULT_PROMPT

pytestmark = pytest.mark.benchmark

HERE = Path(__file__).parent
LOCUST_IS_HERE = importlib.util.find_spec("locust") is not None
CALLERS = 16
ROUNDS = 5
SECONDS = 0.5
BODY = json.dumps({"contents": [{"role": "user", "parts": [{"text": DEFAULT_PROMPT}]}]}).encode()
JSON = {"Content-Type": "application/json"}

Call = Callable[[], Awaitable[object]]


class Row(NamedTuple):
    calls: int
    seconds: float
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        return self.calls / self.seconds

    @property
    def cpu_ms(self) -> float:
        return self.cpu_seconds / self.calls * 1000


@pytest.fixture
def url() -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, HERE / "quick_server.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        server.stdin.close()
        server.wait(10)


@asynccontextmanager
async def bare(url: str) -> AsyncIterator[Call]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def call() -> bytes:
            async with session.post(f"{url}/generate", data=BODY, headers=JSON) as response:
                return await response.read()

        yield call


@asynccontextmanager
async def by_hand(url: str) -> AsyncIterator[Call]:
    """The SDK as a careful app calls it: one client, no retries, a session without a limit."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        client = genai.Client(
            vertexai=False,
            api_key="none",
            http_options=types.HttpOptions(
                base_url=url,
                timeout=65_000,
                retry_options=types.HttpRetryOptions(attempts=1),
                aiohttp_client=session,
            ),
        )
        config = types.GenerateContentConfig(
            automatic_continuation=False,
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        )

        async def call() -> str:
            answer = await client.aio.models.generate_content(
                model="gemini-2.5-flash", contents=DEFAULT_PROMPT, config=config
            )
            if not answer.text:
                raise AssertionError
            return answer.text

        yield call
        await client.aio.aclose()
        client.close()


async def measure(call: Call) -> Row:
    calls = 0
    began, cpu = time.perf_counter(), time.process_time()

    async def caller() -> None:
        nonlocal calls
        while time.perf_counter() < began + SECONDS:
            await call()
            calls += 1

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return Row(calls, time.perf_counter() - began, time.process_time() - cpu)


def measure_locust(url: str) -> Row:
    ran = subprocess.run(
        [sys.executable, HERE / "locust_load.py", url, str(CALLERS), str(SECONDS)],
        input=BODY,
        capture_output=True,
        check=True,
        timeout=60,
    )
    row = json.loads(ran.stdout)
    assert row.pop("failures") == 0
    return Row(**row)


async def measure_all(url: str) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {}
    async with AsyncExitStack() as stack:
        calls: dict[str, Call] = {
            "bare aiohttp loop": await stack.enter_async_context(bare(url)),
            "HttpTarget": await stack.enter_async_context(
                HttpTarget(f"{url}/generate", body=BODY, headers=JSON)
            ),
            "SDK by hand": await stack.enter_async_context(by_hand(url)),
            "Gemini": await stack.enter_async_context(Gemini(base_url=url, api_key="none")),
        }
        for call in calls.values():
            await measure(call)  # warm-up
        for _ in range(ROUNDS):
            for name, call in calls.items():
                rows.setdefault(name, []).append(await measure(call))
            if LOCUST_IS_HERE:
                rows.setdefault("Locust FastHttpUser", []).append(measure_locust(url))
    return rows


def ratio(rows: dict[str, list[Row]], name: str, to: str) -> float:
    """Return how many calls one makes in the CPU time of one call of the other, as a median."""
    pairs = zip(rows[name], rows[to], strict=True)
    return statistics.median(other.cpu_ms / own.cpu_ms for own, other in pairs)


def table(rows: dict[str, list[Row]], ratios: dict[str, tuple[str, float]]) -> str:
    lines = [f"{'':20}{'calls/s':>10}{'CPU ms/call':>14}   speed"]
    for name, measured in rows.items():
        per_second = statistics.median(row.per_second for row in measured)
        cpu_ms = statistics.median(row.cpu_ms for row in measured)
        to, value = ratios.get(name, ("", 0.0))
        speed = f"{value:.2f} of {to}" if to else ""
        lines.append(f"{name:20}{per_second:10,.0f}{cpu_ms:14.3f}   {speed}")
    return "\n".join(lines)


def test_targets_cost_little_more_than_what_they_stand_on(url, capsys):
    rows = asyncio.run(measure_all(url))
    against = {
        "HttpTarget": "bare aiohttp loop",
        "Gemini": "SDK by hand",
        **({"Locust FastHttpUser": "bare aiohttp loop"} if LOCUST_IS_HERE else {}),
    }
    ratios = {name: (to, ratio(rows, name, to)) for name, to in against.items()}
    with capsys.disabled():
        print("\n" + table(rows, ratios))
        if not LOCUST_IS_HERE:
            print("Locust is not installed here: unchecked")
    assert ratios["HttpTarget"][1] >= 0.5
    assert ratios["Gemini"][1] >= 1 / 1.15
    if LOCUST_IS_HERE:
        assert ratio(rows, "HttpTarget", "Locust FastHttpUser") > 1
