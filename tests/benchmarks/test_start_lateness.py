"""How late calls start at 20, 100 and 300 a second, beside the same schedule without any call.

The bare schedule is what this machine does at this moment: lateness above it is ours.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import anyio
import pytest

from stresstune.api.classic import asustained
from stresstune.api.gemini import Gemini
from stresstune.api.http import HttpTarget
from stresstune.api.probe import OutcomeReader
from stresstune.load.driver import Driver
from stresstune.load.pacer import ConstantPace
from stresstune.stats import quantile

pytestmark = [pytest.mark.benchmark, pytest.mark.anyio]

HERE = Path(__file__).parent
RATES = (20, 100, 300)
SECONDS = 3.0


class Lateness(NamedTuple):
    p50_ms: float
    p99_ms: float
    offered_per_second: float


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
async def nothing():
    async def call() -> None:
        await anyio.lowlevel.checkpoint()

    yield call


async def lateness(opening, rate: int) -> Lateness:
    async with opening as target:
        await target()  # warm-up
        driver = Driver(target=target, reader=OutcomeReader())
        attempts = await driver.open_loop(ConstantPace(rate_per_second=rate, seconds=SECONDS))
    assert all(attempt.outcome == "ok" for attempt in attempts)
    starts = [attempt.started_seconds for attempt in attempts]
    lags = [attempt.started_seconds - attempt.intended_seconds for attempt in attempts]
    return Lateness(
        quantile(lags, 0.5) * 1000,
        quantile(lags, 0.99) * 1000,
        (len(starts) - 1) / (max(starts) - min(starts)),
    )


async def test_calls_start_when_they_should(url, capsys):
    rows: dict[tuple[str, int], Lateness] = {}
    for rate in RATES:
        rows["no call", rate] = await lateness(nothing(), rate)
        rows["HttpTarget", rate] = await lateness(HttpTarget(url), rate)
        rows["Gemini", rate] = await lateness(Gemini(base_url=url, api_key="none"), rate)
    with capsys.disabled():
        print(f"\n{'late starts, ms':20}{'a second':>9}{'p50':>8}{'p99':>8}{'offered':>9}")
        for (name, rate), row in rows.items():
            numbers = f"{row.p50_ms:8.2f}{row.p99_ms:8.2f}{row.offered_per_second:9.2f}"
            print(f"{name:20}{rate:9}{numbers}")
    for name in ("HttpTarget", "Gemini"):
        assert rows[name, 100].p99_ms - rows["no call", 100].p99_ms < 5
        assert rows[name, 100].offered_per_second == pytest.approx(100, abs=1)


async def test_a_sustained_test_offers_the_rate_it_was_asked_for(url):
    result = await asustained(Gemini(base_url=url, api_key="none"), rate_per_second=100, seconds=3)
    assert result.offered_per_second == pytest.approx(100, abs=1)
    assert (result.total, result.failed) == (300, 0)
