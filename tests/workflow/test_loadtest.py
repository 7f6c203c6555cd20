from __future__ import annotations

from stresstune.workflow.loadtest import LoadTest


def test_a_burst_makes_as_many_calls_as_it_has_at_once() -> None:
    assert LoadTest(kind="burst", concurrent=12).requests == 12
