"""The probe from its first call to its answer, on small services, in virtual time."""

from __future__ import annotations

import socket
from collections.abc import Callable
from types import SimpleNamespace
from typing import Self

import anyio
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from stresstune.api.probe import ApiRun, OutcomeReader, aprobe_api, probe_api, probe_with
from stresstune.errors import Interrupted, TargetUnusable
from stresstune.model.api import ApiCapacity
from stresstune.model.workload import Budget, Progress, Workload
from stresstune.testing import (
    FixedWindow,
    SimulatedRefusal,
    SimulatedService,
    SlidingWindow,
    TokenBucket,
    users_hold,
)
from tests import virtual_time

pytestmark = pytest.mark.no_cover


def probe(target: object, workload: Workload | None = None, **options: object) -> ApiCapacity:
    async def main() -> ApiCapacity:
        return await aprobe_api(target, workload, **options)

    return virtual_time.run(main)


def raising(error: Callable[[], BaseException], seconds: float = 0.05) -> Callable[[], object]:
    async def call() -> None:
        call.calls += 1
        await anyio.sleep(seconds)
        raise error()

    call.calls = 0
    return call


class Refused(Exception):
    """Carries a status where the SDK has it."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


class RefusedLikeRequests(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.response = SimpleNamespace(status_code=code)


class RefusedLikeHttpx(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.status_code = code


# --- what it finds


@pytest.mark.parametrize("backend", virtual_time.BACKENDS)
def test_a_stated_quota_costs_its_own_size_a_refusal_and_a_call_once_it_admits_again(
    backend: str,
) -> None:
    service = SimulatedService(rate=FixedWindow(60, phase_seconds=40), stated=True)
    capacity = virtual_time.run(aprobe_api, service, on=backend)
    (limit,) = capacity.limits
    assert (limit.kind, limit.value, limit.provenance) == ("requests_per_minute", 60, "stated")
    assert capacity.outcome == "measured"
    assert capacity.breaking_point == 61
    assert (capacity.requests_sent, capacity.rejected) == (62, 1)
    assert capacity.seconds < 45  # it turned by then, as stated: no rolling minute is waited for
    assert not capacity.limits[0].counts_rejected
    assert 1 <= capacity.max_sessions(2.0) <= 3
    assert capacity.health.ok


@pytest.mark.parametrize("backend", virtual_time.BACKENDS)
def test_a_bare_quota_is_measured_to_the_call(backend: str) -> None:
    service = SimulatedService(rate=SlidingWindow(90), latency_sigma=0.3)
    capacity = virtual_time.run(aprobe_api, service, on=backend)
    (limit,) = capacity.limits
    assert (limit.kind, limit.provenance) == ("requests_per_minute", "measured")
    assert limit.low <= 90 <= limit.high
    assert limit.value == pytest.approx(90, rel=0.05)
    assert capacity.requests_sent == service.calls


def test_both_backends_find_the_same() -> None:
    def found(backend: str) -> ApiCapacity:
        service = SimulatedService(rate=FixedWindow(60, phase_seconds=17), stated=True)
        return virtual_time.run(aprobe_api, service, on=backend)

    one, other = found("asyncio"), found("trio")
    assert one.limits == other.limits
    assert one.requests_sent == other.requests_sent


@pytest.mark.parametrize(
    ("service", "kind", "value"),
    [
        (SimulatedService(concurrency=8, latency_sigma=0.3), "concurrency", 8),
        (SimulatedService(places=2, latency_sigma=0.3), "throughput", 2 / 1.57),
        (SimulatedService(overload_ratio=0.3), "overload", 0.3),
        (
            SimulatedService(tokens=FixedWindow(26_000), input_tokens_sd=60, stated=True),
            "tokens_per_minute",
            26_000,
        ),
        (
            SimulatedService(tokens=FixedWindow(26_000, phase_seconds=9), input_tokens_sd=60),
            "tokens_per_minute",
            26_000,
        ),
        (SimulatedService(rate=TokenBucket(120, burst=20)), "requests_per_minute", 120),
        (
            SimulatedService(rate=SlidingWindow(60, counts_rejected=True)),
            "requests_per_minute",
            60,
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_kind_of_limit_is_told_from_the_others(
    service: SimulatedService, kind: str, value: float
) -> None:
    capacity = probe(service)
    assert capacity.outcome == "measured"
    assert capacity.limits[0].kind == kind
    assert capacity.limits[0].value == pytest.approx(value, rel=0.15)
    assert capacity.requests_sent == service.calls <= 1000
    assert capacity.seconds <= 180


def test_where_nothing_limits_the_wanted_sessions_are_proved() -> None:
    capacity = probe(SimulatedService(latency_sigma=0.3))
    assert capacity.outcome == "enough"
    assert capacity.limits == ()
    assert capacity.max_sessions(2.0) >= 30
    assert capacity.breaking_point is None
    assert capacity.proven_in_flight >= 25


def test_few_wanted_sessions_cost_few_calls() -> None:
    capacity = probe(SimulatedService(latency_sigma=0.3), Workload(sessions=3))
    assert capacity.outcome == "enough"
    assert capacity.max_sessions(2.0) >= 3
    assert capacity.requests_sent < 200


@pytest.mark.parametrize("kind", ["fixed", "sliding", "bucket"])
@pytest.mark.parametrize("stated", [True, False])
def test_a_quota_that_somebody_else_half_used_is_not_overrated(kind: str, stated: bool) -> None:
    def service(seed: int) -> SimulatedService:
        rates = {
            "fixed": FixedWindow(120, phase_seconds=33, used=60),
            "sliding": SlidingWindow(120, used=60),
            "bucket": TokenBucket(120, burst=20, used=10),
        }
        return SimulatedService(rate=rates[kind], stated=stated, latency_sigma=0.3, seed=seed)

    capacity = probe(service(5))
    assert capacity.max_sessions(2.0) > 0
    assert users_hold(service, capacity.max_sessions(2.0))
    assert capacity.limits[0].low <= 120 * 1.01


def test_the_name_of_the_target_and_whether_it_is_simulated_are_kept() -> None:
    service = SimulatedService(rate=FixedWindow(5), stated=True)
    service.name, service.simulated = "emulator at https://me:pw@host", True
    capacity = probe(service)
    assert capacity.simulated
    assert capacity.target.startswith("emulator at")
    assert "pw" not in capacity.target


def test_a_target_that_tells_no_usage_is_probed_all_the_same() -> None:
    service = SimulatedService(rate=FixedWindow(40), stated=True)

    async def silent() -> None:
        await service()

    capacity = probe(silent)
    assert capacity.limits[0].value == 40
    assert capacity.input_tokens_per_request is None


def test_progress_is_told_with_what_was_spent() -> None:
    told: list[Progress] = []
    probe(SimulatedService(rate=FixedWindow(30), stated=True), on_progress=told.append)
    assert told[0].message == "up to 30 calls in flight"
    said = [one.message for one in told]
    assert "up to 30 calls in flight: 1 answered" in said
    assert "the service states requests_per_minute 30" in said
    assert all(one.stage == "api" and one.total == 1000 for one in told)
    assert told[-1].done == 34  # one is refused, and two more when it is asked whether they count


# --- what ends it at once


@pytest.mark.parametrize("code", [400, 401, 403, 404])
@pytest.mark.parametrize("error", [Refused, RefusedLikeRequests, RefusedLikeHttpx])
def test_a_target_that_refuses_every_call_is_unusable(error: type, code: int) -> None:
    target = raising(lambda: error(code))
    with pytest.raises(TargetUnusable, match=rf"every call to .* ended with {code}.*check the key"):
        probe(target)
    assert target.calls <= 12


@pytest.mark.parametrize(
    "error",
    [
        lambda: ConnectionRefusedError(111, "refused"),
        lambda: socket.gaierror(-2, "unknown"),
        ConnectionResetError,
    ],
)
def test_a_target_that_cannot_be_reached_is_unusable(error: Callable[[], Exception]) -> None:
    target = raising(error)
    with pytest.raises(TargetUnusable, match="check the key, the model's name and the address"):
        probe(target)
    assert target.calls <= 12


@pytest.mark.parametrize("error", [lambda: Refused(500), lambda: ValueError("broken")])
def test_a_target_that_always_fails_tells_nothing_and_costs_little(
    error: Callable[[], Exception],
) -> None:
    target = raising(error)
    capacity = probe(target)
    assert capacity.outcome == "inconclusive"
    assert capacity.max_sessions(2.0) == 0
    assert capacity.error_ratio == 1.0
    assert target.calls <= 12


def test_calls_that_hang_are_failed_calls_and_are_not_waited_for() -> None:
    service = SimulatedService(latency_sigma=0.3)
    calls = 0

    async def hangs_now_and_then() -> object:
        nonlocal calls
        calls += 1
        if calls % 20 == 0:
            await anyio.sleep_forever()
        return await service()

    capacity = probe(hangs_now_and_then)
    (limit,) = capacity.limits
    assert limit.kind == "overload"
    assert capacity.max_sessions(2.0) == 0
    assert capacity.seconds < 150


def test_one_call_that_hangs_among_many_keeps_nobody_waiting() -> None:
    service = SimulatedService(latency_sigma=0.3)
    calls = 0

    async def hangs_once() -> object:
        nonlocal calls
        calls += 1
        if calls == 100:
            await anyio.sleep_forever()
        return await service()

    capacity = probe(hangs_once, Workload(sessions=5), budget=Budget(max_seconds=1_000))
    assert capacity.outcome == "enough"
    assert capacity.seconds < 120


def test_a_service_that_is_always_late_ends_the_probe_early_and_says_so() -> None:
    capacity = probe(SimulatedService(latency_seconds=12.0, latency_sigma=0.1))
    assert capacity.outcome == "inconclusive"
    assert capacity.requests_sent < 100
    assert "nobody is answered within 10 s" in capacity.notes[0]


def test_a_target_that_never_answers_is_inconclusive_when_the_time_is_over() -> None:
    capacity = probe(anyio.sleep_forever, budget=Budget(max_seconds=90))
    assert capacity.outcome == "inconclusive"
    assert capacity.max_sessions(2.0) == 0
    assert capacity.seconds <= 90.1


def test_a_daily_quota_ends_it_at_once_whatever_the_delay_says() -> None:
    service = SimulatedService(per_day=20, stated=True)
    capacity = probe(service)
    (limit,) = capacity.limits
    assert (limit.kind, limit.value) == ("requests_per_day", 20)
    assert capacity.rejected <= 4  # those already on their way
    assert capacity.max_sessions(2.0) == 0


def quota_error(quota_id: str, value: str | None, message: str = "quota") -> SimulatedRefusal:
    violation = {
        "quotaMetric": "generativelanguage.googleapis.com/generate_content_free_tier_requests",
        "quotaId": quota_id,
    }
    if value is not None:
        violation["quotaValue"] = value
    failure = {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]}
    error = SimulatedRefusal(429, "RESOURCE_EXHAUSTED", [failure])
    error.details["error"]["message"] = message
    return error


@pytest.mark.parametrize("value", ["20", None])
def test_a_free_key_keeps_its_day_from_the_first_evidence_of_a_daily_quota(
    value: str | None,
) -> None:
    target = raising(
        lambda: quota_error("GenerateRequestsPerDayPerProjectPerModel-FreeTier", value)
    )
    capacity = probe(target)
    assert target.calls == 1
    assert capacity.quotas[0].free_tier
    assert capacity.max_sessions(2.0) == 0


def test_a_limit_of_0_ends_it_with_one_call() -> None:
    service = SimulatedService(rate=FixedWindow(0), stated=True)
    capacity = probe(service)
    assert service.calls == 1
    assert capacity.limits[0].value == 0
    assert capacity.max_sessions(60.0) == 0


@pytest.mark.parametrize(
    "message",
    [
        "Your prepayment credits are depleted.",
        "You have exceeded your spend limit of $10 per rolling 10 minutes.",
    ],
)
def test_an_empty_purse_ends_it_at_once(message: str) -> None:
    def broke() -> SimulatedRefusal:
        error = SimulatedRefusal(429, "RESOURCE_EXHAUSTED", [])
        error.details["error"]["message"] = message
        return error

    target = raising(broke)
    capacity = probe(target)
    assert target.calls == 1
    assert capacity.quotas[0].quota == "spend"
    assert capacity.max_sessions(2.0) == 0


def test_a_lying_delay_changes_nothing() -> None:
    honest = SimulatedService(rate=FixedWindow(50), stated=True)
    lying = SimulatedService(rate=FixedWindow(50), stated=True, lying_delay_seconds=3600.0)
    one, other = probe(honest), probe(lying)
    assert one.limits == other.limits
    assert one.seconds == pytest.approx(other.seconds)


def test_a_probe_whose_own_loop_stood_still_is_invalid() -> None:
    service = SimulatedService(latency_sigma=0.3)

    async def slow_to_start() -> object:
        if service.calls == 50:
            virtual_time.stall(4.0)
        return await service()

    capacity = probe(slow_to_start)
    assert capacity.outcome == "invalid"
    assert "stood still for" in capacity.health.reason
    assert capacity.max_sessions(2.0) == 0


def test_what_is_stated_holds_even_if_the_generator_stood_still() -> None:
    service = SimulatedService(rate=FixedWindow(60), stated=True)

    async def slow_to_start() -> object:
        if service.calls == 20:
            virtual_time.stall(4.0)
        return await service()

    capacity = probe(slow_to_start)
    assert capacity.outcome == "measured"
    assert capacity.limits[0].value == 60


# --- budgets

budgets = st.builds(
    Budget,
    max_requests=st.integers(1, 400),
    max_seconds=st.floats(2, 200),
    max_tokens=st.one_of(st.none(), st.integers(1, 60_000)),
)
services = st.builds(
    SimulatedService,
    rate=st.one_of(
        st.none(),
        st.builds(FixedWindow, st.integers(0, 300)),
        st.builds(SlidingWindow, st.integers(1, 300), counts_rejected=st.booleans()),
        st.builds(TokenBucket, st.integers(10, 300), burst=st.integers(1, 50)),
    ),
    concurrency=st.one_of(st.none(), st.integers(1, 20)),
    places=st.one_of(st.none(), st.integers(1, 5)),
    latency_seconds=st.sampled_from([0.3, 1.5, 8.0]),
    latency_sigma=st.sampled_from([0.0, 0.4]),
    overload_ratio=st.sampled_from([0.0, 0.0, 0.2]),
    refusal_seconds=st.sampled_from([0.02, 0.5]),
    stated=st.booleans(),
)


@settings(max_examples=60, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(services, budgets)
def test_no_budget_is_ever_exceeded(service: SimulatedService, budget: Budget) -> None:
    async def main() -> tuple[ApiCapacity, float]:
        begin = anyio.current_time()
        found = await aprobe_api(service, budget=budget)
        return found, anyio.current_time() - begin

    capacity, seconds = virtual_time.run(main)
    assert service.calls <= budget.max_requests
    assert capacity.requests_sent == service.calls
    assert seconds <= budget.max_seconds + 1e-6
    assert capacity.seconds <= budget.max_seconds + 1e-6
    if budget.max_tokens is not None:  # the first call tells what one costs
        assert service.admitted * 260 <= max(budget.max_tokens, 260)


def test_without_a_word_about_tokens_only_one_call_is_risked() -> None:
    service = SimulatedService()

    async def silent() -> None:
        await service()

    capacity = probe(silent, budget=Budget(max_tokens=100_000))
    assert service.calls == 1
    assert capacity.outcome == "inconclusive"


# --- the rest of it


def test_synchronous_code_gets_the_same() -> None:
    service = SimulatedService(rate=SlidingWindow(5), stated=True, latency_seconds=0.01)
    capacity = probe_api(service)
    assert capacity.limits[0].value == 5
    assert 6 <= capacity.requests_sent == service.calls <= 20  # some are refused on their way


def test_ctrl_c_hands_over_what_was_measured() -> None:
    async def interrupted_at_the_third() -> None:
        interrupted_at_the_third.calls += 1
        await anyio.sleep(0)
        if interrupted_at_the_third.calls == 3:
            raise KeyboardInterrupt

    interrupted_at_the_third.calls = 0
    with pytest.raises(Interrupted) as stopped:
        probe_api(interrupted_at_the_third)
    assert isinstance(stopped.value.partial, ApiCapacity)
    assert stopped.value.partial.requests_sent >= 2


def test_ctrl_c_before_the_first_call_hands_over_nothing() -> None:
    class Unopened:
        async def __aenter__(self) -> None:
            raise KeyboardInterrupt

        async def __aexit__(self, *exc: object) -> None: ...

        async def __call__(self) -> None: ...

    with pytest.raises(Interrupted) as stopped:
        probe_api(Unopened())
    assert stopped.value.partial is None


def test_a_run_can_be_read_before_it_has_begun() -> None:
    capacity = ApiRun(Workload(), Budget()).capacity()
    assert (capacity.outcome, capacity.requests_sent) == ("inconclusive", 0)
    assert capacity.max_sessions(2.0) == 0


def test_the_target_is_opened_checked_and_closed() -> None:
    class Careful:
        log: tuple[str, ...] = ()

        async def __aenter__(self) -> Self:
            self.log += ("open",)
            return self

        async def __aexit__(self, *exc: object) -> None:
            self.log += ("close",)

        async def check(self) -> int:
            self.log += ("check",)
            raise TargetUnusable("no such model")

        async def __call__(self) -> None:
            self.log += ("call",)

    target = Careful()
    with pytest.raises(TargetUnusable, match="no such model"):
        virtual_time.run(probe_with, ApiRun(Workload(), Budget()), target)
    assert target.log == ("open", "check", "close")


def test_errors_and_answers_are_read_by_what_they_carry() -> None:
    reader = OutcomeReader()
    assert reader.read_error(Refused(429)).outcome == "rejected"
    assert reader.read_tokens({"usageMetadata": {"promptTokenCount": 12}}) == 12


def test_an_inconclusive_probe_says_what_is_safe_to_set_all_the_same() -> None:
    async def probe() -> ApiCapacity:
        return await aprobe_api(SimulatedService(), Workload(sessions=40))

    found = virtual_time.run(probe)
    proved = found.max_sessions(2.0)
    assert found.outcome == "inconclusive"
    assert 0 < proved < 40
    (note,) = found.notes
    assert f"{proved} are safe to set, or all 40 with a pause of 0.5 s in slow mode" in note
    assert found.max_sessions(2.5) >= 40


@pytest.mark.anyio
async def test_inside_of_a_loop_the_twin_is_named() -> None:
    with pytest.raises(RuntimeError, match=r"await aprobe_api\(…\) instead"):
        probe_api(SimulatedService())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workload": 30}, "workload is 30, and it must be a Workload"),
        ({"budget": {"max_requests": 5}}, "must be a Budget"),
    ],
)
def test_what_is_no_workload_and_no_budget_is_refused_by_its_name(options, message) -> None:
    service = SimulatedService()
    with pytest.raises(TypeError, match=message):
        probe_api(service, **options)
    assert service.calls == 0
