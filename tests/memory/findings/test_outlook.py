"""Where a probe stands while it runs."""

from stresstune.memory.ends.boundary import Boundary
from stresstune.memory.ends.limits import Ceiling
from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.findings.outlook import PROJECT_EVERY_SECONDS, Outlook
from stresstune.memory.readings.sample import Reading

MB = 10**6


def ledger(held: int) -> Ledger:
    made = Ledger(group=None)
    for session in range(held + 1):
        reading = Reading(rss_bytes=0, charged_bytes=(10 + 20 * session) * MB)
        made.add(reading, 1 if session else 0)
    return made


def boundary(limit_mb: int, others_mb: int = 0) -> Boundary:
    return Boundary(Ceiling("modelled", f"{limit_mb} MB", limit_mb * MB), others_mb * MB)


def test_it_is_about_the_end_that_is_nearest():
    now = Outlook().at(ledger(4), (boundary(1000, 700), boundary(500)), 1)
    assert (now.limit_source, now.used_bytes, now.sessions) == ("1000 MB", 790 * MB, 4)
    assert now.guard_bytes < now.limit_bytes
    assert now.projected == now.projected_low == now.projected_high == 14


def test_after_one_session_nothing_is_projected():
    assert Outlook().at(ledger(1), (boundary(500),), 1).projected is None


def test_of_sessions_that_are_too_small_to_be_seen_nothing_is_projected():
    made = Ledger(group=None)
    for session in range(5):
        made.add(Reading(rss_bytes=0, charged_bytes=10 * MB + session), 1 if session else 0)
    assert Outlook().at(made, (boundary(500),), 1).projected is None


def test_a_projection_is_not_made_at_every_step():
    now = 0.0
    outlook = Outlook(clock=lambda: now)
    assert outlook.at(ledger(4), (boundary(500),), 1).projected == 24
    assert outlook.at(ledger(4), (boundary(300),), 1).projected == 24
    now = PROJECT_EVERY_SECONDS
    assert outlook.at(ledger(4), (boundary(300),), 1).projected == 14


def test_without_an_end_there_is_nothing_to_look_at():
    assert Outlook().at(ledger(2), (), 1) is None


def test_a_projection_that_takes_long_is_made_less_often():
    ticks = iter([0.0, 0.0, 1.0, 20.0, 40.0, 60.0, 60.0, 60.0])
    outlook = Outlook(clock=lambda: next(ticks))
    assert outlook.at(ledger(4), (boundary(500),), 1).projected == 24  # and it took 1 s
    for _ in range(2):
        assert outlook.at(ledger(4), (boundary(300),), 1).projected == 24
    assert outlook.at(ledger(4), (boundary(300),), 1).projected == 14
