import msgspec.structs

from stresstune.memory.findings import lines
from stresstune.model.memory import MemorySample
from tests.memory.test_what_if import capacity


def sample(session: int, data_mb: int, rss_mb: int, pss_mb: int | None = None) -> MemorySample:
    return MemorySample(
        session=session,
        seconds=0.0,
        session_data_bytes=data_mb * 10**6,
        rss_bytes=rss_mb * 10**6,
        pss_bytes=None if pss_mb is None else pss_mb * 10**6,
    )


def test_the_proportional_set_is_shown_where_it_was_read():
    assert lines.process_bytes(sample(1, 0, 20, 15)) == 15_000_000
    assert lines.process_bytes(sample(1, 0, 20)) == 20_000_000


def test_a_session_of_unknown_data_is_as_large_as_its_increase():
    line = lines.session_line(sample(0, 0, 10), sample(1, 0, 30), None)
    assert line == "Session 1: size 20.0 MB, process memory 30.0 MB, increase 20.0 MB"


def test_beyond_the_sessions_that_are_wanted_there_is_no_total():
    numbers = [
        lines.session_line(sample(number - 1, 0, 10), sample(number, 0, 30), 10).partition(":")[0]
        for number in (9, 10, 11)
    ]
    assert numbers == ["Session 9/10", "Session 10/10", "Session 11"]


def test_the_summary_tells_the_classic_results():
    seen = msgspec.structs.replace(
        capacity(25), session_data_bytes=313_200_000, process_bytes=328_300_000, safe_sessions=20
    )
    assert lines.summary(seen) == (
        "Sessions created: 4",
        "Total session data: 313.2 MB",
        "Final process memory: 328.3 MB",
        "Overhead: 15.1 MB",
        "Sessions that fit: 25",
        "Safe limit: 20 sessions",
    )


def test_without_a_number_the_summary_has_none():
    assert len(lines.summary(capacity(None))) == 4
