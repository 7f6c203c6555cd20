"""What `test_probe.py` cannot bring about at will."""

import subprocess
from collections.abc import Iterator
from contextlib import nullcontext
from types import SimpleNamespace

import msgspec
import pytest

from stresstune.memory import run as run_module
from stresstune.memory.child.reply import Reply
from stresstune.memory.ending import End
from stresstune.memory.ends.arm import HardStop
from stresstune.memory.ends.boundary import Boundary, Watch
from stresstune.memory.ends.limits import Ceiling
from stresstune.memory.options import ProbeOptions
from stresstune.memory.readings import sample
from stresstune.memory.request import Request
from stresstune.memory.run import Run
from stresstune.memory.sources import Simulated
from stresstune.model.workload import Workload

MB = 10**6
REFUSED = Reply("memory", "0 MemoryError")


@pytest.fixture
def run() -> Run:
    request = Request(
        workload=Workload(),
        source=Simulated(),
        mode="predict",
        limit_bytes=1000 * MB,
        headroom_ratio=0.2,
        options=ProbeOptions(),
    )
    return Run(request)


@pytest.fixture
def stop() -> Iterator[HardStop]:
    process = subprocess.Popen(["sleep", "60"])
    stop = HardStop(process.pid)
    assert stop.arm(50 * MB)
    yield stop
    process.kill()
    process.wait()


def watching(limit_mb: int) -> Watch:
    return Watch((Boundary(Ceiling("modelled", "--limit", limit_mb * MB), 0),))


def test_addresses_refused_with_much_room_left_are_a_false_alarm(run: Run, stop: HardStop):
    with watching(1000) as watch:
        watch.armed = True
        assert run._is_false_alarm(REFUSED, stop, watch, stop._pid)
        assert not stop.is_armed
        assert not watch.armed
        assert not run._arm(stop, watch, stop._pid)


def test_memory_refused_near_the_limit_is_the_end(run: Run, stop: HardStop):
    with watching(60) as watch:
        assert not run._is_false_alarm(REFUSED, stop, watch, stop._pid)
        assert stop.is_armed


def test_what_was_set_for_less_is_lifted_where_it_cannot_be_set_again(
    run: Run, stop: HardStop, monkeypatch: pytest.MonkeyPatch
):
    """Half of a table that has doubled is not touched yet."""
    monkeypatch.setattr(run, "_ledger", SimpleNamespace(alone=True, held=3))
    touched = 100 * MB
    monkeypatch.setattr(
        sample, "quick_bytes", lambda _, *, data=False: touched + (20 * MB if data else 0)
    )
    with watching(1000) as watch:
        watch.armed = True
        assert not run._arm(stop, watch, stop._pid)
        assert not watch.armed
        assert not stop.is_armed


def test_threads_whose_programs_met_the_guard_are_followed_one_by_one_in_another_process(
    run: Run, monkeypatch: pytest.MonkeyPatch
):
    ledgers = []

    def first(self: Run, *_: object) -> End:
        ledgers.append(self._ledger)
        self._ledger.apart = self._ledger.guarded = len(ledgers) == 1
        return End("guard")

    monkeypatch.setattr(run_module, "sessions_process", lambda *_: nullcontext())
    monkeypatch.setattr(Run, "_first", first)
    assert run._run() == End("guard")
    assert [each.one_by_one for each in ledgers] == [False, True]
    assert run._endings.ledger is run._ledger is ledgers[1] is not ledgers[0]


def test_an_error_is_no_refusal(run: Run, stop: HardStop):
    with watching(1000) as watch:
        reply = Reply("raised", "0 ValueError")
        assert not run._is_false_alarm(reply, stop, watch, stop._pid)


@pytest.mark.parametrize("outcome", ["memory", "died"])
def test_who_takes_a_refusal_badly_has_met_the_limit(run: Run, outcome: str):
    class Child:
        ended_by_kill_signal = False

    end = run._endings.after(Reply(outcome, "0 MemoryError"), 1, Child(), armed=True)
    assert (end.stopped_by, end.error) == ("guard", "")
    assert run._endings.after(Reply("died", "how"), 1, Child()).stopped_by == "error"


def test_a_fill_may_take_longer_than_a_prediction(run: Run):
    predicts = run._request
    fills = msgspec.structs.replace(predicts, mode="fill")
    assert fills.max_seconds > predicts.max_seconds
    options = ProbeOptions(max_seconds=7)
    assert msgspec.structs.replace(fills, options=options).max_seconds == 7
