from __future__ import annotations

import math

import pytest

from stresstune.api.estimate import Explanation
from stresstune.api.readings import distinct_quotas, limit_explained, limits_stated
from stresstune.model.load import QuotaStatement
from tests.api.attempts import refused

MINUTE = QuotaStatement(quota="requests", window_seconds=60.0, value=150, quota_id="PerMinute")


def test_each_statement_counts_once_with_its_first_delay() -> None:
    calls = [
        refused(place, QuotaStatement(quota="requests", value=5, retry_delay_seconds=float(place)))
        for place in range(3)
    ]
    (quota,) = distinct_quotas(calls)
    assert quota.retry_delay_seconds == 0.0


@pytest.mark.parametrize(
    ("quota", "kind", "value"),
    [
        (MINUTE, "requests_per_minute", 150),
        (QuotaStatement(quota="requests", value=9), "requests_per_minute", 9),
        (QuotaStatement(quota="tokens", window_seconds=60.0, value=0), "tokens_per_minute", 0),
        (
            QuotaStatement(quota="requests", window_seconds=86_400.0, value=20),
            "requests_per_day",
            20,
        ),
    ],
)
def test_a_statement_becomes_a_limit_of_its_kind(
    quota: QuotaStatement, kind: str, value: float
) -> None:
    (limit,) = limits_stated([quota], [])
    assert (limit.kind, limit.value, limit.low, limit.high) == (kind, value, value, value)
    assert limit.provenance == "stated"


def test_a_day_without_its_value_is_a_limit_of_at_least_what_was_admitted() -> None:
    day = QuotaStatement(quota="requests", window_seconds=86_400.0)
    (limit,) = limits_stated([day], [0.0, 1.0, 2.0])
    assert (limit.kind, limit.value, limit.provenance) == ("requests_per_day", 3, "lower_bound")
    assert limit.high is None


@pytest.mark.parametrize(
    "quota",
    [
        QuotaStatement(quota="requests", window_seconds=60.0),
        QuotaStatement(quota="images", window_seconds=60.0, value=5),
        QuotaStatement(quota="unknown", value=5),
        QuotaStatement(quota="spend"),
    ],
)
def test_a_statement_without_value_or_of_another_quota_is_no_limit(quota: QuotaStatement) -> None:
    assert limits_stated([quota], []) == []


def test_a_refusal_long_before_the_quota_was_used_up_tells_a_bucket() -> None:
    twenty_in_5_s = [place / 4 for place in range(20)]
    (limit,) = limits_stated([MINUTE], twenty_in_5_s)
    assert 8 <= limit.burst <= 10  # 20 calls, less the 2.5 a second that flowed in
    (whole,) = limits_stated([MINUTE], [place / 4 for place in range(150)])
    assert whole.burst is None


def test_calls_that_came_at_once_long_before_the_refusal_tell_the_least_size_too() -> None:
    at_once, slowly = (
        [10 + place / 100 for place in range(40)],
        [30.0 + place for place in range(20)],
    )
    quota = QuotaStatement(quota="requests", window_seconds=60, value=120)
    (limit,) = limits_stated([quota], [0.0, *at_once, *slowly])
    assert limit.burst == pytest.approx(40, abs=1)


def explained(*explanations: Explanation) -> object:
    return limit_explained(explanations, by_tokens=False)


def test_readings_that_agree_are_measured() -> None:
    limit = explained(
        Explanation(machine="fixed", low=100, high=100),
        Explanation(machine="sliding", low=100, high=101),
    )
    assert (limit.value, limit.low, limit.high) == (100, 100, 101)
    assert limit.provenance == "measured"
    assert limit.evidence == "the log of calls fits fixed or sliding"


def test_readings_that_differ_are_a_lower_bound() -> None:
    limit = explained(
        Explanation(machine="bucket", low=60, high=64, burst=10.0),
        Explanation(machine="fixed", low=100, high=100),
    )
    assert (limit.value, limit.provenance, limit.burst) == (60, "lower_bound", 10.0)


def test_one_reading_is_given_by_its_middle() -> None:
    limit = explained(Explanation(machine="bucket", low=98, high=102, burst=16.0))
    assert (limit.value, limit.low, limit.burst) == (100, 98, 16.0)


def test_an_endless_reading_has_no_high_end() -> None:
    limit = explained(Explanation(machine="bucket", low=98, high=math.inf, burst=16.0))
    assert (limit.value, limit.high, limit.provenance) == (98, None, "lower_bound")


def test_refused_calls_are_taken_to_count_unless_that_is_refuted() -> None:
    counting = Explanation(machine="sliding_counting_rejected", low=60, high=60)
    plain = Explanation(machine="sliding", low=60, high=60)
    assert explained(counting).counts_rejected
    assert explained(counting, plain).counts_rejected
    assert not explained(plain).counts_rejected


def test_a_window_turns_as_a_whole_only_where_nothing_else_explains_the_log() -> None:
    fixed = Explanation(machine="fixed", low=60, high=60)
    assert explained(fixed).resets
    assert not explained(fixed, Explanation(machine="sliding", low=60, high=60)).resets
    assert not explained(Explanation(machine="fixed", low=60, high=60, slack=0.06)).resets
