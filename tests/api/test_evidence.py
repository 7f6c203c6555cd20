from __future__ import annotations

import pytest
from msgspec.structs import replace

from stresstune.api.evidence import Evidence
from stresstune.load.driver import CUT_OFF
from stresstune.model.api import Limit
from stresstune.model.load import Attempt, Outcome
from stresstune.model.workload import Workload
from tests.api.attempts import attempt, refused


def evidence(*attempts: Attempt, **fields: object) -> Evidence:
    return Evidence(workload=Workload(), attempts=list(attempts), **fields)


def test_calls_under_way_count_as_let_in() -> None:
    known = evidence(attempt(0.0), refused(1.0), pending={7: 2.0})
    assert known.admitted_seconds() == [0.0, 2.0]
    assert known.admitted_in_flight_at(2.5) == 1
    assert known.admitted_in_flight_at(1.0) == 1
    assert known.proven_in_flight() == 1


@pytest.mark.parametrize(
    ("call", "let_in"),
    [
        (attempt(0.0, outcome="failed"), True),
        (attempt(0.0, outcome="timed_out"), True),
        (attempt(0.0, outcome="unreachable"), False),
        (attempt(0.0, outcome="ignored", error="400 INVALID_ARGUMENT"), False),
        (attempt(0.0, 2.0, "ignored", error=CUT_OFF), True),
        (attempt(0.0, 0.5, "ignored", error=CUT_OFF), False),
    ],
)
def test_whether_a_call_was_let_in_is_seen_by_its_end(call: Attempt, let_in: bool) -> None:
    assert bool(evidence(call).admitted_seconds()) == let_in


def test_a_log_is_what_a_quota_saw() -> None:
    known = evidence(
        attempt(0.0, tokens=200),
        attempt(0.5, outcome="failed"),
        refused(1.0),
        attempt(1.5, outcome="ignored", error="400 INVALID_ARGUMENT"),
        refused(1.55, outcome="overloaded"),
        attempt(1.6, tokens=300),
        pending={1: 0.2},
    )
    log = known.events()
    assert [(one.seconds, one.admitted) for one in log] == [
        (0.0, True),
        (0.2, True),
        (0.5, True),
        (1.0, False),
        (1.6, True),
    ]
    # what told nothing weighs as much as the others do, a refused call as much as any did
    assert [one.weight for one in known.events(by_tokens=True)] == [200, 250, 250, 300, 300]


def test_tokens_are_known_only_if_told_and_vary_only_if_they_differ() -> None:
    assert evidence(attempt(0.0)).tokens_per_call() is None
    assert not evidence(attempt(0.0, tokens=100)).tokens_vary()
    assert not evidence(attempt(0.0, tokens=100), attempt(1.0, tokens=101)).tokens_vary()
    assert evidence(attempt(0.0, tokens=100), attempt(1.0, tokens=120)).tokens_vary()


def test_a_cap_explains_the_refusals_at_its_level_and_no_others() -> None:
    crowd = [attempt(0.0, 5.0) for _ in range(4)]
    known = evidence(*crowd, refused(1.0), refused(9.0))
    known.find_cap(4)
    assert [call.started_seconds for call in known.unexplained_refusals()] == [9.0]
    assert [one.admitted for one in known.events()].count(False) == 1
    (limit,) = known.limits
    assert (limit.kind, limit.value) == ("concurrency", 4)


def test_errors_are_what_no_limit_explains() -> None:
    calls = [attempt(place, outcome="failed" if place % 10 == 0 else "ok") for place in range(40)]
    assert evidence(*calls).error_ratio() == pytest.approx(0.1)
    assert evidence(*calls, stray=4).error_ratio() == pytest.approx(0.2)
    assert evidence().error_ratio() == 0.0


def test_an_overload_must_be_sure() -> None:
    def failing(failed: int, calls: int) -> Limit | None:
        ends = [attempt(n, outcome="failed" if n < failed else "ok") for n in range(calls)]
        return evidence(*ends).overload()

    assert failing(5, 20) is None  # too few calls
    assert failing(1, 200) is None  # may be one in a hundred
    found = failing(20, 100)
    assert found is not None
    assert (found.kind, found.value) == ("overload", 0.2)
    assert 0.01 < found.low < 0.2 < found.high


def test_in_the_end_more_failures_than_are_tolerated_are_no_good_news() -> None:
    def known(failed: int, calls: int) -> Evidence:
        ends = [attempt(n, outcome="failed" if n < failed else "ok") for n in range(calls)]
        return evidence(*ends)

    for failed, calls, told in ((13, 1000, True), (10, 1000, False), (2, 100, False)):
        one = known(failed, calls)
        assert one.overload() is None
        one.conclude()
        assert [limit.kind for limit in one.limits] == ["overload"] * told


@pytest.mark.parametrize("outcome", ["overloaded", "failed"])
def test_503s_and_500s_beside_a_quota_that_was_measured_are_failures(outcome: Outcome) -> None:
    quota = Limit(kind="requests_per_minute", value=60, low=60, high=60, provenance="measured")
    for failed, surely in ((6, False), (40, True)):
        calls = [attempt(n, outcome=outcome if n < failed else "ok") for n in range(600)]
        known = evidence(*calls)
        known.limits.append(quota)
        assert known.error_ratio() == pytest.approx(failed / 600)
        known.conclude()
        assert ("overload" in {limit.kind for limit in known.limits}) == surely


def test_503s_at_a_cap_beside_a_quota_are_the_caps() -> None:
    crowd = [attempt(0.0, 50.0) for _ in range(4)]
    known = evidence(*crowd, *[refused(n, outcome="overloaded") for n in range(1, 40)])
    known.find_cap(4)
    quota = Limit(kind="requests_per_minute", value=60, low=60, high=60, provenance="measured")
    known.limits.append(quota)
    known.conclude()
    assert known.error_ratio() == 0.0
    assert [limit.kind for limit in known.limits] == ["concurrency", "requests_per_minute"]


def test_what_a_quota_refused_is_no_overload() -> None:
    quota = Limit(kind="requests_per_minute", value=60, low=60, high=60, provenance="stated")
    for outcome, provenance in (("rejected", "stated"), ("failed", "measured")):
        calls = [attempt(n, outcome=outcome if n < 13 else "ok") for n in range(1000)]
        known = evidence(*calls)
        known.limits.append(replace(quota, provenance=provenance))
        known.conclude()
        assert [limit.kind for limit in known.limits] == ["requests_per_minute"]


def test_what_fails_beside_a_stated_quota_is_an_overload() -> None:
    for failed, calls, told in ((13, 1000, True), (3, 100, True), (2, 60, False), (3, 200, False)):
        ends = [attempt(n, outcome="failed" if n < failed else "ok") for n in range(calls)]
        known = evidence(*ends)
        quota = Limit(kind="requests_per_minute", value=60, low=60, high=60, provenance="stated")
        known.limits.append(quota)
        known.conclude()
        assert ("overload" in {limit.kind for limit in known.limits}) is told


def test_silent_refusals_before_a_stated_quota_is_used_up_are_strays() -> None:
    calls = [attempt(n) for n in range(60)]
    known = evidence(*calls[:20], refused(20.5), *calls[21:], refused(59.5))
    assert known.strays_beside(60.0) == 1


def test_the_first_call_warms_up_and_is_no_response_time() -> None:
    known = evidence(attempt(0.0, 9.0), attempt(10.0, 1.0), attempt(12.0, 1.0))
    assert known.capacity().latency.max_seconds == 1.0
    assert evidence(attempt(0.0, 9.0)).capacity().latency.count == 1


def test_the_tightest_limit_comes_first() -> None:
    known = evidence(*[attempt(place * 2.0) for place in range(5)])
    for kind, value in (("concurrency", 20), ("requests_per_minute", 60)):
        known.limits.append(
            Limit(kind=kind, value=value, low=value, high=value, provenance="measured")
        )
    kinds = [limit.kind for limit in known.capacity().limits]
    assert kinds == ["requests_per_minute", "concurrency"]


def test_proofs_are_left_out_where_only_limits_are_asked_for() -> None:
    known = evidence(*[attempt(place / 10) for place in range(100)])
    assert known.capacity().proven_per_minute > 0
    without = known.capacity(proofs=False)
    assert (without.proven_per_minute, without.proven_in_flight) == (None, None)


def test_a_queue_is_a_limit_and_its_waits_are_no_latency() -> None:
    alone = [attempt(place * 2.0, 1.0 + place / 50) for place in range(8)]
    queue = [attempt(20 + n * 0.1, 20.0 + n * 0.9 - n * 0.1, in_flight=20) for n in range(30)]
    capacity = evidence(*alone, *queue, attempt(60, 1.0)).capacity()
    assert [limit.kind for limit in capacity.limits] == ["throughput"]
    assert capacity.limits[0].value == pytest.approx(1 / 0.9, rel=0.1)
    assert capacity.latency.max_seconds < 2.0


def test_who_gave_up_in_a_long_queue_met_no_overload() -> None:
    alone = [attempt(place, seconds=1.0, in_flight=1) for place in range(5)]
    queued = [attempt(5 + place, seconds=20.0, in_flight=20) for place in range(30)]
    gave_up = [attempt(35 + place, 60.0, "timed_out", in_flight=60) for place in range(20)]
    assert evidence(*alone, *queued, *gave_up).error_ratio() == 0.0
    among_few = [attempt(100 + place, 60.0, "timed_out", in_flight=1) for place in range(20)]
    assert evidence(*alone, *queued, *among_few).error_ratio() == pytest.approx(20 / 55)
