import os
import threading

import anyio
import psutil
import pytest

from stresstune.memory.options import ProbeOptions
from stresstune.memory.probe import aprobe_memory
from stresstune.memory.sources import Factory
from stresstune.model.workload import Progress, Workload
from stresstune.probed import MARK

pytestmark = pytest.mark.anyio
GB = 10**9
SMALL = Workload(sessions=4, images_per_session=4, image_bytes=1_000_000)


def children_of_a_probe() -> int:
    count = 0
    for process in psutil.Process(os.getpid()).children():
        try:
            count += MARK in process.environ()
        except psutil.Error:
            continue
    return count


async def test_the_twin_finds_the_same_and_reports_in_the_loops_thread():
    said: list[Progress] = []
    loops_thread = threading.get_ident()

    def hear(progress: Progress) -> None:
        assert threading.get_ident() == loops_thread
        said.append(progress)

    capacity = await aprobe_memory(SMALL, mode="fill", limit_bytes=GB, on_progress=hear)
    assert capacity.stopped_by == "target"
    assert [each.done for each in said] == [1, 2, 3, 4]


async def test_the_loop_goes_on_meanwhile():
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            beats += 1
            await anyio.sleep(0.001)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(beat)
        await aprobe_memory(SMALL, limit_bytes=GB)
        tasks.cancel_scope.cancel()
    assert beats > 5


@pytest.mark.usefixtures("factories")
async def test_cancelling_leaves_no_child():
    source = Factory("session_kinds:hangs")
    with anyio.move_on_after(0.4) as scope:
        await aprobe_memory(source=source, limit_bytes=GB, on_progress=lambda _: None)
    assert scope.cancelled_caught
    assert children_of_a_probe() == 0


@pytest.mark.usefixtures("factories")
async def test_an_error_comes_through_as_it_is():
    from stresstune.errors import UsageError

    with pytest.raises(UsageError):
        await aprobe_memory(source=Factory("session_kinds:absent"), limit_bytes=GB)
    with pytest.raises(ValueError, match="headroom"):
        await aprobe_memory(headroom_ratio=2)


async def test_what_goes_wrong_in_reporting_ends_the_probe():
    def fail(_: Progress) -> None:
        raise RuntimeError("no screen")

    with pytest.raises(RuntimeError, match="no screen"):
        await aprobe_memory(
            SMALL, limit_bytes=GB, on_progress=fail, options=ProbeOptions(max_seconds=10)
        )
    assert children_of_a_probe() == 0
