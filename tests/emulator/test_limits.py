from __future__ import annotations

import math

import pytest

from stresstune.emulator.limits import Pace, Quotas, burst_of, limits_of, mean_seconds, windows_of


def test_only_quotas_that_are_set_are_counted():
    assert windows_of(Quotas()) == []
    assert windows_of(Quotas(tokens_per_minute=0, window="sliding")) == [
        ("tokens_per_minute", 0, "sliding", 60.0)
    ]


def test_the_burst_is_in_requests_and_the_other_buckets_go_in_step():
    quotas = Quotas(requests_per_minute=60, tokens_per_minute=6000, burst=20)
    assert burst_of(quotas, "requests_per_minute", 60) == 20
    assert burst_of(quotas, "tokens_per_minute", 6000) == 2000
    assert burst_of(Quotas(tokens_per_minute=6000, burst=20), "tokens_per_minute", 6000) == 1000


def test_a_model_has_its_limits_under_its_own_name():
    (limit,) = limits_of("m", Quotas(concurrency=4), Pace(), stated=True)
    assert (limit.model, limit.kind, limit.value, limit.stated) == ("m", "concurrency", 4, False)


def test_the_mean_of_a_lognormal_pace_is_above_its_median():
    assert mean_seconds(Pace(median_seconds=1.0, sigma=1.0)) == pytest.approx(math.exp(0.5))
