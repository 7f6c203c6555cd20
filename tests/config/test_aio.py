"""The same calls for asynchronous programs, on both backends."""

from __future__ import annotations

from pathlib import Path

import pytest

from stresstune.config.aio import aapply, aload_settings, aplan, arollback
from tests.config.builders import recommendation

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return request.param


async def test_a_whole_round_runs_without_blocking(workshop: Path):
    before = workshop.read_bytes()
    done = await aapply(await aplan(workshop, recommendation()))
    assert done.changed
    assert (await aload_settings(workshop, environ={})).max_concurrent_sessions == 18
    await arollback(workshop)
    assert workshop.read_bytes() == before
