"""What `test_probe.py` cannot bring about at will."""

from contextlib import nullcontext

import msgspec
import pytest

from stresstune.memory import run as run_module
from stresstune.memory.child.reply import Reply
from stresstune.memory.ending import End
from stresstune.memory.options import ProbeOptions
from stresstune.memory.request import Request
from stresstune.memory.run import Run
from stresstune.memory.sources import Simulated
from stresstune.model.workload import Workload

MB = 10**6


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


@pytest.mark.parametrize(
    ("made_again", "at_most", "said"),
    [(80, None, None), (50, None, 54), (80, 40, 40), (50, 40, 40)],
)
def test_what_a_hard_stop_refused_is_claimed_where_it_was_made_without(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    made_again: int,
    at_most: int | None,
    said: int | None,
):
    ledgers = []

    def first(self: Run, *_: object) -> End:
        ledgers.append(self._ledger)
        if len(ledgers) == 1:
            self._ledger.alarmed_at = 55
            return End("guard")
        self._ledger.unmeasured = made_again
        return End("guard", at_most=at_most)

    monkeypatch.setattr(run_module, "sessions_process", lambda *_: nullcontext())
    monkeypatch.setattr(Run, "_first", first)
    assert run._run().at_most == said
    assert [each.unarmed for each in ledgers] == [False, True]


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
