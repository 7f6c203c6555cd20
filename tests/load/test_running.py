from __future__ import annotations

import anyio
import pytest

from stresstune.load.running import run_here


async def twice(number: int) -> int:
    await anyio.sleep(0)
    return 2 * number


def test_it_runs_to_its_end_and_returns_what_came_of_it() -> None:
    assert run_here(twice, 21, twin="atwice") == 42


@pytest.mark.anyio
async def test_inside_of_a_loop_the_twin_is_named() -> None:
    with pytest.raises(RuntimeError, match=r"await atwice\(…\) instead, or make this call in a"):
        run_here(twice, 21, twin="atwice")
