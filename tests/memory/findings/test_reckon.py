"""From what was noted to a number."""

import pytest

from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.findings.outside import Around
from stresstune.memory.findings.reckon import is_measured, reckon
from stresstune.memory.readings.cgroup import Usage
from stresstune.memory.readings.sample import Reading

MB = 10**6


def ledger_of(*charged_mb: float) -> Ledger:
    ledger = Ledger(group=None)
    for held, at in enumerate(charged_mb):
        ledger.add(Reading(rss_bytes=round(at * MB), charged_bytes=round(at * MB)), min(held, 1))
    return ledger


def test_nothing_is_reckoned_from_an_empty_process():
    empty = ledger_of(10)
    assert not is_measured(empty)
    assert reckon(empty, 100 * MB, 1) is None


def test_steps_are_fitted_where_sessions_were_made_one_after_the_other():
    assert reckon(ledger_of(10, 15, 20, 25, 30), 102 * MB, 1).sessions == 18


def test_heights_are_followed_where_threads_went_on():
    ledger = ledger_of(10, 32)
    for n in range(40):
        ledger.note_height((60 + 5 * n) * MB, nothing=0)
    seen = reckon(ledger, 402 * MB, 4)
    assert seen.sessions == (402 - 60) // 5 + 1
    assert seen.baseline_bytes == pytest.approx(27 * MB, rel=0.01)
    assert seen.transient_bytes == pytest.approx(30 * MB, rel=0.2)


def test_heights_of_one_process_say_nothing_where_there_were_others():
    ledger = ledger_of(10, 20, 30, 40, 50)
    for n in range(4):
        ledger.note_height((10 + 2 * n) * MB, nothing=0)
    ledger.apart = True
    assert reckon(ledger, 402 * MB, 1).sessions == 39


def test_where_programs_passed_all_that_was_opened_meanwhile_is_one_warm_up():
    ledger = ledger_of(10, 250, 40, 180, 70)
    ledger.keep_ends()
    assert ledger.counts == [4]
    assert [(step.held, step.memory_bytes // MB) for step in ledger.steps()] == [(0, 10), (4, 70)]
    ledger.add(Reading(rss_bytes=75 * MB, charged_bytes=75 * MB), 1)
    assert ledger.steps()[-1].held == 5


def test_what_is_held_outside_of_the_process_is_added_to_the_heights():
    ledger = Ledger(group=None)
    reading = Reading(rss_bytes=10 * MB, charged_bytes=10 * MB)
    ledger.add(reading, 0, Around(Usage(total_bytes=0)))
    for n in range(1, 31):
        ledger.note_height((10 + n) * MB, nothing=0)
        ledger.unmeasured = 0
        own = Reading(rss_bytes=(10 + n) * MB, charged_bytes=(10 + n) * MB)
        ledger.add(own, 1, Around(Usage(total_bytes=0, shared_bytes=4 * n * MB)))
    assert reckon(ledger, 312 * MB, 4).sessions == pytest.approx(60, abs=2)


def with_programs(each_bytes: int | None, *, ours: bool = True) -> Ledger:
    """Five sessions made alone, and more by four of eight threads that seem to wait for others."""
    ledger = Ledger(group=None, one_by_one=ours)
    for opened in (0, *[1] * 5, *[4] * 7):
        if opened and each_bytes is not None:
            ledger.note_passing(opened * each_bytes, opened)
        ledger.note_together(0.5)
        held_bytes = 13 * MB + (ledger.held + opened) * 5 * MB
        ledger.add(Reading(rss_bytes=held_bytes, charged_bytes=held_bytes), opened)
    return ledger


def test_where_programs_of_all_threads_may_meet_no_more_is_said_than_then_fit():
    found = reckon(with_programs(55 * MB), 536 * MB, 8)
    assert found is not None
    assert (found.low, found.sessions, found.sizes_vary) == (16, 16, True)
    assert found.high > 50
    assert reckon(with_programs(None), 536 * MB, 8).sessions > 90


def test_one_alone_tells_what_its_programs_need():
    assert [step.at_worst for step in with_programs(55 * MB).steps()] == [False, *[True] * 12]
    assert not any(step.at_worst for step in with_programs(None).steps())
    ledger = Ledger(group=None)
    for opened in (0, 2, 2):
        ledger.note_passing(55 * MB if opened else None, 2)
        ledger.add(Reading(rss_bytes=MB, charged_bytes=MB), opened)
    assert not any(step.at_worst for step in ledger.steps())


def test_where_an_app_keeps_its_users_waiting_fewer_programs_meet():
    assert reckon(with_programs(55 * MB, ours=False), 536 * MB, 8).sessions > 50
