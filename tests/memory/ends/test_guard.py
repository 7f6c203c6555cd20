from hypothesis import given
from hypothesis import strategies as st

from stresstune.memory.ends import guard
from stresstune.memory.ends.guard import MIB


@given(st.integers(2**24, 2**44))
def test_the_margin_is_never_more_than_32_mib_and_never_nothing(limit_bytes: int):
    assert 8 * MIB <= guard.margin_bytes(limit_bytes) <= 32 * MIB


@given(st.integers(-(2**40), 2**44))
def test_nothing_can_use_up_the_room_between_two_looks(room_bytes: int):
    seconds = guard.look_again_seconds(room_bytes)
    assert 0.001 <= seconds <= 0.5
    grown = seconds * guard.FASTEST_FILL_BYTES_PER_SECOND
    assert grown <= max(room_bytes, 9 * MIB)
