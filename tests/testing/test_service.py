from __future__ import annotations

import statistics

import anyio
import pytest

from stresstune.load.outcome import classify, input_tokens
from stresstune.testing import FixedWindow, SimulatedRefusal, SimulatedService

pytestmark = pytest.mark.anyio


def errors_of(service: SimulatedService, calls: int, every_seconds: float = 0.01) -> list[int]:
    answers = [service.arrive(place * every_seconds) for place in range(calls)]
    return [answer.error.code for answer in answers if answer.error is not None]


async def test_a_call_takes_as_long_as_the_service_does_and_tells_its_tokens() -> None:
    service = SimulatedService(latency_seconds=2.0, input_tokens=300)
    begin = anyio.current_time()
    answer = await service()
    assert anyio.current_time() - begin == pytest.approx(2.0)
    assert input_tokens(answer) == 300


async def test_a_refusal_comes_soon_and_reads_like_the_real_one() -> None:
    service = SimulatedService(
        rate=FixedWindow(2), stated=True, refusal_seconds=0.5, model="gemini-x"
    )
    await service()
    await service()
    begin = anyio.current_time()
    with pytest.raises(SimulatedRefusal) as refused:
        await service()
    assert anyio.current_time() - begin == pytest.approx(0.5)
    read = classify(refused.value)
    assert read.outcome == "rejected"
    (quota,) = read.quotas
    assert (quota.quota, quota.window_seconds, quota.value) == ("requests", 60.0, 2)
    assert quota.model == "gemini-x"
    assert 0 < quota.retry_delay_seconds <= 60


def test_a_bare_refusal_states_nothing() -> None:
    service = SimulatedService(rate=FixedWindow(0))
    assert classify(service.arrive(0.0).error).quotas == ()


def test_a_limit_of_0_leaves_the_value_out_and_says_it_in_the_message() -> None:
    refusal = SimulatedService(rate=FixedWindow(0), stated=True).arrive(0.0).error
    (failure, _) = refusal.details["error"]["details"]
    assert "quotaValue" not in failure["violations"][0]
    assert classify(refusal).quotas[0].value == 0
    assert classify(refusal).terminal


def test_a_daily_quota_ends_for_good_whatever_the_delay_says() -> None:
    service = SimulatedService(per_day=3, stated=True)
    assert errors_of(service, 10, every_seconds=3600) == [429] * 7
    quota = classify(service.arrive(1e6).error).quotas[0]
    assert (quota.window_seconds, quota.value) == (86_400.0, 3)
    assert quota.retry_delay_seconds == 40.0


def test_a_delay_may_lie() -> None:
    service = SimulatedService(rate=FixedWindow(0), stated=True, lying_delay_seconds=3600.0)
    assert classify(service.arrive(0.0).error).quotas[0].retry_delay_seconds == 3600.0


def test_tokens_have_a_quota_of_their_own() -> None:
    service = SimulatedService(tokens=FixedWindow(1000), input_tokens=300, stated=True)
    assert len(errors_of(service, 10)) == 7
    quota = classify(service.arrive(1.0).error).quotas[0]
    assert (quota.quota, quota.value) == ("tokens", 1000)


def test_a_cap_admits_so_many_at_a_time() -> None:
    service = SimulatedService(concurrency=4, latency_seconds=10)
    assert len(errors_of(service, 10)) == 6
    assert service.arrive(11.0).error is None


def test_places_that_are_taken_make_a_queue() -> None:
    service = SimulatedService(places=2, latency_seconds=3.0)
    assert [service.arrive(0.0).seconds for _ in range(5)] == [3, 3, 6, 6, 9]


@pytest.mark.parametrize(("field", "code"), [("overload_ratio", 503), ("error_ratio", 500)])
def test_some_calls_fail_at_random(field: str, code: int) -> None:
    errors = errors_of(SimulatedService(**{field: 0.2}, seed=4), 2000)
    assert set(errors) == {code}
    assert 0.17 < len(errors) / 2000 < 0.23


def test_latency_is_lognormal_around_its_median() -> None:
    service = SimulatedService(latency_seconds=2.0, latency_sigma=0.5, seed=1)
    seconds = [service.arrive(0.0).seconds for _ in range(2000)]
    assert statistics.median(seconds) == pytest.approx(2.0, rel=0.05)
    assert statistics.quantiles(seconds, n=20)[18] == pytest.approx(2.0 * 2.276, rel=0.1)


def test_the_same_seed_is_the_same_service() -> None:
    def lived(seed: int) -> list[float]:
        service = SimulatedService(
            latency_sigma=0.5, error_ratio=0.1, input_tokens_sd=50, seed=seed
        )
        return [service.arrive(place).seconds for place in range(50)]

    assert lived(3) == lived(3)
    assert lived(3) != lived(4)


def test_it_counts_what_it_admitted_and_refused() -> None:
    service = SimulatedService(rate=FixedWindow(7))
    errors_of(service, 10)
    assert (service.calls, service.admitted, service.refused) == (10, 7, 3)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"rate": 150}, TypeError, r"rate is 150, and it must be a limit: FixedWindow\(150\)"),
        ({"tokens": 26_000}, TypeError, "tokens is 26000"),
        ({"concurrency": 0}, ValueError, "concurrency is 0, and it must be at least 1"),
        ({"places": -2}, ValueError, "places is -2"),
        ({"per_day": -1}, ValueError, "per_day is -1"),
        ({"latency_seconds": -1.5}, ValueError, "latency_seconds is -1.5"),
        ({"latency_seconds": float("nan")}, ValueError, "latency_seconds is nan"),
        ({"latency_seconds": "1"}, TypeError, "latency_seconds is '1', and it must be a number"),
        ({"overload_ratio": 30}, ValueError, "overload_ratio is 30, and a share is 0 to 1"),
        ({"error_ratio": -0.1}, ValueError, "error_ratio is -0.1"),
    ],
)
def test_a_service_that_cannot_be_is_refused_and_not_measured(options, error, message) -> None:
    with pytest.raises(error, match=message):
        SimulatedService(**options)
