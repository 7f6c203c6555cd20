"""What is said of the steps of a probe."""

from __future__ import annotations

from stresstune.memory.ends.boundary import Boundary
from stresstune.memory.ends.limits import Ceiling
from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.readings.sample import Reading
from stresstune.memory.teller import Teller
from stresstune.report.outlook import render_outlook


def test_what_will_take_longer_than_a_moment_is_said_before_it_begins():
    now, said = [0.0], []
    teller = Teller(said.append, None, clock=lambda: now[0])
    for second, count, held in ((0.0, 1, 0), (0.1, 1, 1), (0.2, 12, 2), (13.0, 1, 14)):
        now[0] = second
        teller.ask(count, held)
    assert [(one.message, one.done) for one in said] == [
        ("opening sessions 3 to 14", 2.0),
        ("opening session 15", 14.0),
    ]


def test_nobody_need_listen():
    teller = Teller(None, None, clock=lambda: 0.0)
    teller.ask(1, 0)
    teller.ask(1, 1)
    teller.again(2, 3)


def test_further_processes_are_announced():
    said = []
    Teller(said.append, None).again(2, 3)
    (one,) = said
    assert one.message == "opening the same sessions again, in process 2 of at most 3"


def test_why_the_same_sessions_come_again_is_said():
    said = []
    for among in (26, 1):
        Teller(said.append, None).closer(34, among)
    Teller(None, None).closer(34, 26)
    assert [each.message for each in said] == [
        "one of the sessions 35 to 60 was too many: opening the same again, to see more closely",
        "session 35 was too many: opening the same again, to see more closely",
    ]


def test_what_is_in_use_is_shown_of_the_process_that_runs_and_which_it_is():
    said = []
    teller = Teller(said.append, None)
    boundary = Boundary(Ceiling("modelled", "--limit", 10**9), 0)
    for number, held in ((1, 50), (2, 3)):
        if number > 1:
            teller.again(number, 6)
        ledger = Ledger(group=None)
        for each in (0, held):
            held_bytes = 10_000_000 * (1 + each)
            ledger.add(Reading(rss_bytes=held_bytes, charged_bytes=held_bytes), each)
        teller.tell(ledger, (boundary,), 2)
    first, last = said[0], said[-1]
    assert first.message.startswith("Session 50: ")
    assert last.message.startswith("process 2 of at most 6: Session 3: ")
    assert (last.memory.used_bytes, last.memory.sessions) == (40_000_000, 3)
    assert last.memory.where == "process 2 of at most 6"
    assert render_outlook(last.memory, wanted=30).splitlines()[3] == (
        "sessions  3 of 30 wanted, in process 2 of at most 6"
    )
