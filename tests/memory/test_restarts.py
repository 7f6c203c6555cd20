"""How often an app is started, and which start counts."""

import msgspec
import pytest

from stresstune.errors import Interrupted, UsageError
from stresstune.memory.restarts import check_room, fewest
from stresstune.model.memory import MemoryCapacity
from stresstune.model.record import Estimate
from tests.memory.test_what_if import capacity


def found(sessions: int | None, *, seconds: float = 1.0, **more: object) -> MemoryCapacity:
    safe = None if sessions is None else sessions * 8 // 10
    given = {"stopped_by": "guard", "safe_sessions": safe, "seconds": seconds, **more}
    return msgspec.structs.replace(capacity(sessions), **given)


def started(
    *later: MemoryCapacity | BaseException, first: MemoryCapacity
) -> tuple[object, list[int]]:
    which: list[int] = []

    def start(number: int) -> MemoryCapacity:
        which.append(number)
        came = later[number - 2]
        if isinstance(came, MemoryCapacity):
            return came
        raise came

    return fewest(first, start, within_seconds=60.0), which


def test_two_starts_that_agree_on_what_they_know_are_enough():
    said, which = started(found(98), first=found(99))
    assert which == [2]
    assert (said.sessions_that_fit, said.safe_sessions) == (98, 78)
    assert said.notes == ()


def test_of_starts_that_differ_the_fewest_count_and_it_is_said():
    said, which = started(found(92), found(115), first=found(114))
    assert which == [2, 3]
    assert (said.sessions_that_fit, said.safe_sessions) == (92, 73)
    assert any("of 3 starts of the app, the fewest count: 92 to 115" in each for each in said.notes)
    assert said.sizes_vary


def test_a_start_that_was_killed_earlier_counts_and_is_told():
    said, which = started(found(4, stopped_by="killed"), first=found(20))
    assert which == [2]
    assert (said.sessions_that_fit, said.safe_sessions, said.sizes_vary) == (4, 3, True)
    assert "the app failed when it was started again: killed" in said.notes


def test_what_one_start_is_unsure_of_all_are():
    unsure = found(100, sizes_vary=True, bytes_per_session=Estimate(4e6, 3.8e6, 4.4e6))
    unsure = msgspec.structs.replace(unsure, safe_sessions=74)
    sure = found(99, bytes_per_session=Estimate(4.1e6, 4.0e6, 4.2e6))
    said, _ = started(sure, sure, first=unsure)
    assert (said.sessions_that_fit, said.safe_sessions, said.sizes_vary) == (99, 74, True)
    size = said.bytes_per_session
    assert size is not None
    assert (size, size.low, size.high) == (4.1e6, 3.8e6, 4.4e6)


def test_where_sessions_are_unequal_agreement_may_be_chance():
    uneven = found(92, sizes_vary=True)
    assert started(uneven, found(91), first=uneven)[1] == [2, 3]


@pytest.mark.parametrize(
    "first",
    [
        found(90, seconds=16.0),
        found(None),
        found(90, at_least=True),
        found(90, error="refused", stopped_by="error"),
    ],
)
def test_what_takes_long_or_has_no_number_is_not_started_again(first: MemoryCapacity):
    said, which = started(first=first)
    assert which == []
    assert said == first


def test_no_start_goes_beyond_the_time_that_the_probe_may_take():
    def start(_number: int) -> MemoryCapacity:
        raise AssertionError

    assert fewest(found(90, seconds=3.0), start, within_seconds=5.0) == found(90, seconds=3.0)


def test_a_start_that_fails_takes_nothing_from_the_first():
    first = found(90)
    assert started(UsageError("the port is taken"), first=first)[0] == first
    said, which = started(found(None, stopped_by="error", error="no port"), first=first)
    assert which == [2]
    assert (said.sessions_that_fit, said.safe_sessions) == (90, 72)
    assert said.notes == ("the app failed when it was started again: no port",)


@pytest.mark.parametrize("came", [Interrupted(None), KeyboardInterrupt()])
def test_an_interrupt_leaves_what_was_found_with_the_first(came: BaseException):
    first = found(90)
    with pytest.raises(Interrupted) as interrupted:
        started(came, first=first)
    assert interrupted.value.partial == first


def test_what_one_start_left_in_memory_is_not_taken_from_the_next():
    def start(_number: int) -> MemoryCapacity:
        check_room([10**9, 400_000_000], [10**9, 90_000_000])
        raise AssertionError

    said = fewest(found(133), start, within_seconds=60.0)
    assert said.sessions_that_fit == 133
    assert "310 MB were not given back" in said.notes[-1]
