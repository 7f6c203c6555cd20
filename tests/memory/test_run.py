"""What `test_probe.py` cannot bring about at will."""

from contextlib import nullcontext
from dataclasses import replace

import msgspec
import pytest

from stresstune.memory import run as run_module
from stresstune.memory.child.reply import Reply
from stresstune.memory.ending import End
from stresstune.memory.ends.boundary import Boundary, Watch
from stresstune.memory.ends.limits import Ceiling, Survey
from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.options import ProbeOptions
from stresstune.memory.readings.cgroup import Group
from stresstune.memory.readings.sample import Reading
from stresstune.memory.request import Request
from stresstune.memory.run import Run
from stresstune.memory.sources import Simulated
from stresstune.model.memory import StoppedBy
from stresstune.model.workload import Workload

MB = 10**6


@pytest.fixture
def request_() -> Request:
    return Request(
        workload=Workload(),
        source=Simulated(),
        mode="predict",
        limit_bytes=1000 * MB,
        headroom_ratio=0.2,
        options=ProbeOptions(),
    )


@pytest.fixture
def run(request_: Request) -> Run:
    return Run(request_)


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


@pytest.mark.parametrize(
    ("closer", "held", "at_most", "whose"),
    [
        (End("guard", at_most=44), 44, 44, 1),
        (End("guard", at_most=12), 12, 12, 0),
        (End("guard", at_most=90), 90, 34, 0),
        (End("target"), 90, 34, 0),
        (End("time"), 40, 34, 0),
        (End("error", "the port is in use"), 0, 34, 0),
    ],
)
def test_which_of_many_was_too_many_is_seen_in_another_process(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    closer: End,
    held: int,
    at_most: int,
    whose: int,
):
    ledgers = []

    def first(self: Run, *_: object) -> End:
        ledgers.append(self._ledger)
        self._ledger.unmeasured = (34, held)[len(ledgers) - 1]
        return End("guard", at_most=34, among=26) if len(ledgers) == 1 else closer

    monkeypatch.setattr(run_module, "sessions_process", lambda *_: nullcontext())
    monkeypatch.setattr(Run, "_first", first)
    end = run._run()
    assert (end.stopped_by, end.at_most) == ("guard", at_most)
    assert [each.singly for each in ledgers] == [range(0), range(34, 60)]
    assert run._ledger is run._endings.ledger is ledgers[whose]


@pytest.mark.parametrize("stopped_by", ["guard", "target"])
@pytest.mark.parametrize(("needed_mb", "whose"), [(700, 1), (300, 0)])
def test_what_fits_where_the_guard_is_nearer_is_claimed(
    run: Run, monkeypatch: pytest.MonkeyPatch, needed_mb: int, whose: int, stopped_by: StoppedBy
):
    """The 41st needed what met the guard in the first process, and in the second it was made."""
    ledgers = []

    def first(self: Run, *_: object) -> End:
        ledgers.append(self._ledger)
        if len(ledgers) == 1:
            self._ledger.unmeasured = 34
            return End("guard", at_most=34, among=26, mark_bytes=650 * MB)
        for held, most_mb in ((0, 10), (34, 50), (41, needed_mb), (80, 90)):
            charged = Reading(rss_bytes=MB, charged_bytes=(10 + held) * MB)
            reading = replace(charged, transient_bytes=(most_mb - 10 - held) * MB)
            self._ledger.add(reading, held - self._ledger.held)
        return End(stopped_by)

    monkeypatch.setattr(run_module, "sessions_process", lambda *_: nullcontext())
    monkeypatch.setattr(Run, "_first", first)
    assert run._run().at_most == (None if whose else 34)
    assert run._ledger is ledgers[whose]


@pytest.mark.parametrize(
    ("among", "close", "alone", "looks"),
    [
        (1, False, True, True),
        (1, True, True, False),
        (1, False, False, False),
        (9, True, True, True),
    ],
)
def test_one_that_met_the_guard_is_made_again_where_a_hard_stop_lets_more_pass(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    among: int,
    close: bool,
    alone: bool,
    looks: bool,
):
    run._next.is_close = close
    monkeypatch.setattr(Ledger, "alone", alone)
    assert run._is_worth_a_closer_look(End("guard", at_most=3, among=among)) is looks
    assert not run._is_worth_a_closer_look(End("guard"))


def test_in_another_process_the_guard_is_as_far_from_the_limit_as_before_a_hard_stop(
    run: Run, monkeypatch: pytest.MonkeyPatch
):
    armed = []

    def first(_: Run, __: object, watch: Watch, ___: object) -> End:
        armed.append(watch.armed)
        watch.armed = True
        return End("guard", at_most=34, among=26 if len(armed) == 1 else 0)

    monkeypatch.setattr(run_module, "sessions_process", lambda *_: nullcontext())
    monkeypatch.setattr(Run, "_first", first)
    run._run()
    assert armed == [False, False]


def test_who_is_asked_to_stop_meanwhile_stops(run: Run, monkeypatch: pytest.MonkeyPatch):
    ends = iter([End("guard", at_most=34, among=26), End("interrupted")])
    monkeypatch.setattr(run_module, "sessions_process", lambda *_: nullcontext())
    monkeypatch.setattr(Run, "_first", lambda *_: next(ends))
    assert run._run() == End("interrupted")


def test_the_hard_stop_is_not_forgotten_in_a_process_that_looks_closer(
    run: Run, monkeypatch: pytest.MonkeyPatch
):
    ledgers = []

    def first(self: Run, *_: object) -> End:
        ledgers.append(self._ledger)
        self._ledger.unmeasured = (34, 44, 44)[len(ledgers) - 1]
        self._ledger.alarmed_at = 45 if len(ledgers) == 2 else 0
        return End("guard", at_most=34, among=26 if len(ledgers) == 1 else 0)

    monkeypatch.setattr(run_module, "sessions_process", lambda *_: nullcontext())
    monkeypatch.setattr(Run, "_first", first)
    assert run._run().stopped_by == "guard"
    assert [(each.unarmed, each.singly.start) for each in ledgers] == [
        (False, 0),
        (False, 34),
        (True, 34),
    ]


@pytest.mark.parametrize(("in_the_end_mb", "fits"), [(400, 11), (100, 17), (50, 17)])
def test_what_others_took_meanwhile_counts(
    monkeypatch: pytest.MonkeyPatch, request_: Request, in_the_end_mb: int, fits: int
):
    group = Group(1, "/a", "/nowhere/a")
    ceiling = Ceiling("cgroup", "cgroup v1 /a", 1000 * MB, group)
    said = iter([100 * MB, in_the_end_mb * MB])
    monkeypatch.setattr(run_module, "survey", lambda **_: Survey(ceilings=(ceiling,)))
    monkeypatch.setattr(run_module, "look_around", lambda _: (Boundary(ceiling, 100 * MB),))
    monkeypatch.setattr(run_module, "stated_by_others", lambda *_: next(said))
    run = Run(request_)
    for held in (0, 1, 1, 1):
        charged = (run._ledger.held + held) * 50 * MB + 50 * MB
        run._ledger.add(Reading(rss_bytes=charged, charged_bytes=charged), held)
    found = run._conclude(End("target"))
    assert found.sessions_that_fit == fits
    took = [note for note in found.notes if note.startswith("others took 300 MB")]
    assert bool(took) is (in_the_end_mb == 400)


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
