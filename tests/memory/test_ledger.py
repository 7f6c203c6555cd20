"""What counts as held outside of the processes."""

from stresstune.memory.cgroup import Usage
from stresstune.memory.ledger import Ledger
from stresstune.memory.sample import Reading

MB = 10**6


def kept(kernel_mb: list[float], each_mb: float = 1, *, quiet: bool = True) -> int:
    """Sessions of such a size, while the group's kernel memory stands so."""
    made = Ledger(group=None, quiet=quiet)
    for held, kernel in enumerate(kernel_mb):
        usage = Usage(total_bytes=0, kernel_bytes=round(kernel * MB))
        reading = Reading(rss_bytes=0, charged_bytes=round(held * each_mb * MB))
        made.add(reading, usage, 1 if held else 0)
    return made.outside_bytes


def test_little_that_follows_the_sessions_counts():
    assert kept([0.06 * held for held in range(20)]) == 1_140_000


def test_where_many_others_are_little_is_noise_however_it_comes():
    assert kept([0.06 * held for held in range(20)], quiet=False) == 0


def test_little_that_comes_and_goes_is_noise():
    assert kept([0, 2, 1, 0.5, 2.5, 0.2, 1.5, 0, 2]) == 0


def test_much_counts_however_it_came():
    assert kept([0, 0, 30, 0, 20]) == 20 * MB


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
        made.add(reading, usage, 1 if held else 0)
    assert made.outside_bytes == 0
