"""The last steps before the guard, which `test_probe.py` cannot bring about at will."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from stresstune.memory.child.reply import Reply
from stresstune.memory.ends.boundary import Boundary, Watch
from stresstune.memory.ends.limits import Ceiling
from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.readings import sample
from stresstune.memory.stepwise import Stepwise
from stresstune.model.workload import Workload

MB = 10**6
REFUSED = Reply("memory", "0 MemoryError")


@pytest.fixture
def pid() -> Iterator[int]:
    process = subprocess.Popen(["sleep", "60"])
    yield process.pid
    process.kill()
    process.wait()


@contextmanager
def armed(pid: int, limit_mb: int) -> Iterator[Stepwise]:
    """Hold a process back to a limit, as before the last steps of a prediction."""
    with Watch((Boundary(Ceiling("modelled", "--limit", limit_mb * MB), 0),)) as watch:
        steps = Stepwise(
            request=SimpleNamespace(mode="predict"),
            child=SimpleNamespace(pid=pid),
            watch=watch,
            ledger=SimpleNamespace(alone=True, held=3, unarmed=False),
            endings=None,
            next_step=None,
            ask=lambda _: None,
            told=lambda: None,
        )
        assert steps._arm()
        assert watch.armed
        yield steps


def test_addresses_refused_with_much_room_left_may_be_a_false_alarm(pid: int):
    with armed(pid, 1000) as steps:
        assert steps._may_be_a_false_alarm(REFUSED)
        steps.ledger.unarmed = True
        assert not steps._arm()


def test_memory_refused_near_the_limit_is_the_end(pid: int):
    with armed(pid, 60) as steps:
        assert not steps._may_be_a_false_alarm(REFUSED)
        assert steps._stop.is_armed


def test_what_was_set_for_less_is_lifted_where_it_cannot_be_set_again(
    pid: int, monkeypatch: pytest.MonkeyPatch
):
    """Half of a table that has doubled is not touched yet."""
    with armed(pid, 1000) as steps:
        touched = 100 * MB
        monkeypatch.setattr(
            sample, "quick_bytes", lambda _, *, data=False: touched + (20 * MB if data else 0)
        )
        assert not steps._arm()
        assert not steps.watch.armed
        assert not steps._stop.is_armed


def test_an_error_is_no_refusal(pid: int):
    with armed(pid, 1000) as steps:
        assert not steps._may_be_a_false_alarm(Reply("raised", "0 ValueError"))


def test_what_is_read_while_the_guard_ends_the_process_is_no_reading(pid: int):
    ledger = Ledger(group=None)
    assert ledger.take(pid, 0, exact=True)
    told: list[int] = []
    for struck in (False, True):
        child = SimpleNamespace(pid=pid, is_whole=lambda struck=struck: not struck)
        steps = Stepwise(
            request=SimpleNamespace(mode="predict", workload=Workload()),
            child=child,
            watch=None,
            ledger=ledger,
            endings=None,
            next_step=None,
            ask=lambda _: None,
            told=lambda: told.append(ledger.held),
        )
        steps._record(1, Reply("opened", "1000 0 0.1 1.0"))
    assert told == [1]
    assert [each.session for each in ledger.samples] == [0, 1]
