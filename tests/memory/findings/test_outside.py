"""What counts as held outside of the processes."""

from stresstune.memory.findings.ledger import Ledger
from stresstune.memory.findings.outside import Around
from stresstune.memory.readings.cgroup import Usage
from stresstune.memory.readings.holdings import Holdings
from stresstune.memory.readings.sample import Reading

MB = 10**6


def kept(
    kernel_mb: list[float], each_mb: float = 1, *, quiet: bool = True, files: bool = False
) -> int:
    """Sessions of such a size, while the group's kernel memory (or files in memory) stand so."""
    made = Ledger(group=None, quiet=quiet)
    for held, seen in enumerate(kernel_mb):
        seen_bytes = round(seen * MB)
        usage = (
            Usage(total_bytes=0, shared_bytes=seen_bytes)
            if files
            else Usage(total_bytes=0, kernel_bytes=seen_bytes)
        )
        reading = Reading(rss_bytes=0, charged_bytes=round(held * each_mb * MB))
        made.add(reading, 1 if held else 0, Around(usage))
    return made.outside_bytes


def test_little_that_follows_the_sessions_counts():
    assert kept([0.06 * held for held in range(20)]) == 1_140_000


def test_where_many_others_are_little_is_noise_however_it_comes():
    assert kept([0.06 * held for held in range(20)], quiet=False) == 0


def test_little_that_comes_and_goes_is_noise():
    assert kept([0, 2, 1, 0.5, 2.5, 0.2, 1.5, 0, 2]) == 0


def test_many_files_that_nobody_has_open_count_however_they_came():
    assert kept([0, 0, 30, 0, 20], files=True) == 20 * MB


def test_much_of_the_kernels_counts_if_it_comes_with_the_sessions():
    assert kept([0, 5, 10, 15, 20]) == 20 * MB
    assert kept([0, 0, 30, 0, 20]) == 0
    assert kept([0, *[0] * 30, *[20] * 30]) == 0


def test_what_others_are_known_to_hold_is_not_the_sessions():
    made = Ledger(group=None)
    for held in range(6):
        usage = Usage(total_bytes=0, shared_bytes=held * 50 * MB, kernel_bytes=held * 9 * MB)
        others = Holdings(
            mapped_bytes=held * 20 * MB, open_bytes=held * 20 * MB, kernel_bytes=held * 9 * MB
        )
        reading = Reading(rss_bytes=0, charged_bytes=held * MB)
        made.add(reading, 1 if held else 0, Around(usage, 0, others))
    assert made.outside_bytes == 50 * MB
    assert [step.memory_bytes for step in made.steps()] == [held * 11 * MB for held in range(6)]


def test_what_others_give_back_hides_nothing_of_the_sessions():
    made = Ledger(group=None)
    for held in range(6):
        others = Holdings(mapped_bytes=(100 - 20 * held) * MB)
        usage = Usage(total_bytes=0, shared_bytes=others.mapped_bytes + held * 10 * MB)
        reading = Reading(rss_bytes=0, charged_bytes=held * MB)
        made.add(reading, 1 if held else 0, Around(usage, 0, others))
    assert made.outside_bytes == 50 * MB


def test_files_that_the_sessions_have_open_are_theirs_without_any_group():
    made = Ledger(group=None)
    for held in range(3):
        reading = Reading(rss_bytes=0, charged_bytes=held * MB)
        made.add(reading, 1 if held else 0, Around(own_bytes=MB + held * 3 * MB))
    assert made.outside_bytes == 6 * MB


def test_stacks_and_tables_are_not_counted_twice():
    made = Ledger(group=None)
    for held in range(9):
        usage = Usage(total_bytes=0, kernel_bytes=held * 9 * MB)
        reading = Reading(rss_bytes=0, charged_bytes=held * 10 * MB, kernel_bytes=held * 9 * MB)
        made.add(reading, 1 if held else 0, Around(usage))
    assert made.outside_bytes == 0


def test_a_few_steps_do_not_tell_what_follows_them():
    assert kept([0, 0.06, 0.12, 0.18]) == 0


def test_what_is_next_to_nothing_beside_the_sessions_does_not_count():
    assert kept([0.001 * held for held in range(20)]) == 0


def test_what_the_kernel_keeps_for_files_in_memory_goes_with_them():
    made = Ledger(group=None)
    for held in range(20):
        file_bytes = held * 4 * MB
        usage = Usage(total_bytes=0, file_bytes=file_bytes, kernel_bytes=file_bytes // 39)
        reading = Reading(rss_bytes=0, charged_bytes=held * MB)
        made.add(reading, 1 if held else 0, Around(usage))
    assert made.outside_bytes == 0
