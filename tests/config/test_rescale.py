"""What was found under one limit, reckoned for another."""

import pytest

from stresstune.config.rescale import rescale
from tests.config.builders import GB, memory


def test_a_capacity_is_scaled_to_another_limit():
    scaled = rescale(memory(), GB)
    assert scaled.sessions_that_fit == 12
    assert scaled.safe_sessions == 9
    assert "not measured" in scaled.notes[-1]
    assert rescale(memory(sizes_vary=True), 2 * GB + 1).sessions_that_fit == 24
    assert rescale(memory(), 10).sessions_that_fit == 0


def test_what_cannot_be_scaled_stays():
    assert rescale(memory(), None) == memory()
    assert rescale(memory(), 2 * GB) == memory()
    assert rescale(memory(bytes_per_session=None), GB) == memory(bytes_per_session=None)


@pytest.mark.parametrize("stopped_by", ["memory_error", "killed", "guard"])
def test_less_memory_never_holds_more_than_was_found(stopped_by: str):
    found = memory(sessions_that_fit=6, safe_sessions=4, stopped_by=stopped_by)
    scaled = rescale(found, 2 * GB - 1_000_000)
    assert (scaled.sessions_that_fit, scaled.safe_sessions) == (6, 4)


def test_more_memory_helps_as_far_as_it_was_memory_that_ended_it():
    killed = memory(sessions_that_fit=6, safe_sessions=4, stopped_by="killed")
    more = 2 * GB + 10 * float(killed.bytes_per_session or 0)
    assert rescale(killed, round(more)).sessions_that_fit == 16
    refused = memory(sessions_that_fit=6, safe_sessions=4, stopped_by="memory_error")
    assert rescale(refused, 4 * GB).sessions_that_fit == 6
    assert rescale(memory(sessions_that_fit=6, refused="rejected"), 4 * GB).sessions_that_fit == 6


def test_what_others_hold_there_is_counted_and_who_set_the_limit_is_said():
    scaled = rescale(memory(), GB, limit_source="cgroup v2 /app", others_bytes=200_000_000)
    assert scaled.sessions_that_fit < (rescale(memory(), GB).sessions_that_fit or 0)
    assert scaled.limit_source == "cgroup v2 /app"
