from __future__ import annotations

from stresstune.api.failures import less_queued
from stresstune.api.knee import find_throughput
from tests.api.attempts import attempt


def test_who_gave_up_in_a_queue_met_no_failure_even_while_it_is_not_measured() -> None:
    answered = [attempt(place * 3, seconds=3.0) for place in range(4)]
    queued = [attempt(20 + place, seconds=20.0 + place, in_flight=9) for place in range(8)]
    alone = attempt(100, seconds=60.0, outcome="timed_out", in_flight=1)
    hung = [attempt(30, seconds=60.0, outcome="timed_out", in_flight=9), alone]
    calls = [*answered, *queued, *hung]
    assert find_throughput(calls) is None
    assert less_queued(hung, calls, None, 10.0) == [alone]
    assert less_queued(hung, [*answered, *hung], None, 10.0) == hung  # nobody waits for others
