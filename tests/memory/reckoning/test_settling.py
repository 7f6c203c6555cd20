from stresstune.memory.reckoning.settling import settled
from stresstune.memory.reckoning.steps import Increment
from tests.memory.reckoning.test_fit import MB


def of(*counts_and_mb: tuple[int, float]) -> list[Increment]:
    held, made = 0, []
    for count, mb in counts_and_mb:
        made.append(
            Increment(
                count=count,
                middle=held + (count + 1) / 2,
                bytes_each=mb * MB,
                transient_bytes=0.0,
                needs_bytes=(),
            )
        )
        held += count
    return made


def test_a_beginning_may_be_half_of_the_sessions_though_it_is_more_than_half_of_the_steps():
    """A cache that fills up: later steps are larger, since less is to be learned from each."""
    filling, full = [(2, 5.0)] * 10, [(3, 2.0)] * 8
    assert settled(of(*filling, *full)) == of(*filling, *full)[10:]


def test_what_is_less_than_half_of_the_sessions_is_not_all_that_counts():
    filling, full = [(3, 5.0)] * 8, [(2, 2.0)] * 10
    assert settled(of(*filling, *full)) == of(*filling, *full)
