"""Calls fail at any load only if sparse ones fail too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from stresstune.api.probe import aprobe_api
from stresstune.model.api import ApiCapacity
from stresstune.testing import (
    FixedWindow,
    RateLimit,
    SimulatedService,
    SlidingWindow,
    TokenBucket,
    users_hold,
)
from tests import virtual_time
from tests.api.neighbour import Neighboured


@dataclass
class Both:
    """A quota a minute, and a bucket that small bursts empty."""

    minute: FixedWindow
    bucket: TokenBucket

    def admit(self, now_seconds: float, weight: float = 1.0) -> bool:
        admitted = self.bucket.admit(now_seconds, weight)
        return admitted and self.minute.admit(now_seconds, weight)

    def retry_after_seconds(self, now_seconds: float) -> float:
        limits = (self.minute, self.bucket)
        return max(limit.retry_after_seconds(now_seconds) for limit in limits)


def neighboured_bucket(seed: int) -> RateLimit:
    return Neighboured(TokenBucket(200, burst=20), 60, seed)


def two_limits(seed: int) -> RateLimit:
    return Both(FixedWindow(250, phase_seconds=10), TokenBucket(420, burst=7))


def counting(seed: int) -> RateLimit:
    return Neighboured(SlidingWindow(210, counts_rejected=True), 40, seed)


def probe(service: SimulatedService) -> ApiCapacity:
    async def main() -> ApiCapacity:
        return await aprobe_api(service)

    return virtual_time.run(main)


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", [21, 22])
@pytest.mark.parametrize("rate", [neighboured_bucket, two_limits, counting])
def test_refusals_that_fit_no_quota_and_sparse_calls_that_are_admitted_are_no_overload(
    rate: Callable[[int], RateLimit], seed: int
) -> None:
    def service(seed: int) -> SimulatedService:
        return SimulatedService(rate=rate(seed), latency_sigma=0.4, seed=seed)

    capacity = probe(service(seed))
    carried = capacity.max_sessions(2.0)
    assert {limit.kind for limit in capacity.limits} == {"requests_per_minute"}
    assert carried >= 2
    assert users_hold(service, carried)
    assert capacity.seconds <= 180.0


@pytest.mark.parametrize("ratio", [0.1, 0.3])
def test_429s_at_random_are_told_by_sparse_calls_that_are_refused_too(ratio: float) -> None:
    service = SimulatedService(overload_ratio=ratio, overload_code=429, latency_sigma=0.3, seed=4)
    capacity = probe(service)
    (limit,) = capacity.limits
    assert limit.kind == "overload"
    assert limit.low < ratio < limit.high
    assert capacity.max_sessions(2.0) == 0


def test_what_sparse_calls_prove_is_a_lower_bound() -> None:
    (limit,) = probe(SimulatedService(rate=two_limits(23), latency_sigma=0.4, seed=23)).limits
    assert limit.provenance == "lower_bound"
    assert limit.low == limit.value <= 250
    assert "sparse ones in a row were all admitted" in limit.evidence
