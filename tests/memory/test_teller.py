"""What is said of the steps of a probe."""

from __future__ import annotations

from stresstune.memory.teller import Teller


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
