from __future__ import annotations

import errno
import math
from collections.abc import Callable

import anyio
import pytest

from stresstune.api import classic
from stresstune.api.classic import aburst, aramp, asustained
from stresstune.api.probe import aprobe_api, probe_api
from stresstune.errors import Interrupted, TargetUnusable
from stresstune.model.load import LoadResult
from stresstune.model.workload import Progress, Workload
from stresstune.testing import FixedWindow, SimulatedService
from tests import virtual_time

pytestmark = [pytest.mark.anyio, pytest.mark.no_cover]


@pytest.fixture(params=virtual_time.BACKENDS)
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, object]]:
    return virtual_time.backend(request.param)


async def instant() -> None:
    await anyio.sleep(0)


class Refused(Exception):
    status_code = 403


async def refused() -> None:
    raise Refused


# --- burst


async def test_a_burst_counts_what_became_of_each_call() -> None:
    result = await aburst(SimulatedService(rate=FixedWindow(20), latency_seconds=2.0), 30)
    assert (result.kind, result.total) == ("burst", 30)
    assert (result.successful, result.failed, result.rejected) == (20, 10, 10)
    assert result.errors == {"429 RESOURCE_EXHAUSTED": 10}
    assert result.duration_seconds == pytest.approx(2.0)
    assert result.throughput_per_second == pytest.approx(10.0)
    assert result.concurrent == 30
    assert len(result.attempts) == 30
    assert result.health.ok


async def test_what_failed_otherwise_is_told_beside_the_classic_reading() -> None:
    result = await aburst(SimulatedService(error_ratio=0.5, seed=1), 30)
    assert (result.tier, result.rejected) == ("good", 0)
    assert f"{result.failed} of 30 calls failed for other reasons" in result.recommendation


async def test_response_times_are_those_of_the_successful_calls() -> None:
    result = await aburst(SimulatedService(latency_sigma=0.5, seed=2), 100)
    seconds = sorted(attempt.latency_seconds for attempt in result.attempts)
    assert result.latency.count == 100
    assert result.latency.min_seconds == seconds[0]
    assert result.latency.max_seconds == seconds[-1]
    assert result.latency.average_seconds == pytest.approx(sum(seconds) / 100)
    assert result.latency.p50_seconds < result.latency.p95_seconds < result.latency.p99_seconds


@pytest.mark.parametrize(
    ("quota", "tier"),
    [(30, "good"), (29, "concerning"), (25, "concerning"), (24, "critical"), (0, "critical")],
)
async def test_a_burst_is_read_by_the_classic_table(quota: int, tier: str) -> None:
    result = await aburst(SimulatedService(rate=FixedWindow(quota)), 30)
    assert result.tier == tier
    assert result.recommendation


async def test_a_burst_without_an_answer_tells_nothing() -> None:
    result = await aburst(SimulatedService(error_ratio=1.0), 5)
    assert result.tier == "inconclusive"
    assert result.errors == {"500 INTERNAL": 5}


def slow_to_begin(service: SimulatedService, seconds: float):
    """A target that holds a slow CPU for so long before each of its calls is under way."""

    async def call() -> object:
        virtual_time.stall(seconds)
        return await service()

    return call


async def test_a_slow_machine_can_begin_a_burst_too() -> None:
    service = SimulatedService(rate=FixedWindow(20), latency_seconds=0.01)
    result = await aburst(slow_to_begin(service, 0.03), 30)
    assert result.health.ok
    assert result.rejected == 10
    many = await aburst(slow_to_begin(SimulatedService(latency_seconds=5.0), 0.025), 100)
    assert many.health.ok
    assert many.concurrent == 100


async def test_calls_that_end_before_the_last_begins_are_no_burst() -> None:
    result = await aburst(slow_to_begin(SimulatedService(latency_seconds=0.1), 0.05), 30)
    assert not result.health.ok
    assert result.health.reason == "the 30 calls of a burst took 1.45 s to start"


async def test_a_machine_that_stands_still_after_the_start_spoils_a_burst() -> None:
    quick, slow = SimulatedService(latency_seconds=1.0), SimulatedService(latency_seconds=3.0)

    async def with_a_stall() -> object:
        if quick.calls:
            return await slow()
        answer = await quick()
        virtual_time.stall(1.5)
        return answer

    result = await aburst(with_a_stall, 5)
    assert result.health.reason == "the event loop stood still for 1.5 s"


# --- sustained


@pytest.mark.parametrize("rate", [10, 100])
async def test_a_sustained_load_offers_its_rate(rate: int) -> None:
    result = await asustained(SimulatedService(latency_sigma=0.3), rate, 20)
    assert result.total == rate * 20
    assert result.offered_per_second == pytest.approx(rate, abs=max(0.01 * rate, 0.1))
    assert result.successful == result.total
    assert result.tier == "good"


async def test_a_sustained_load_is_not_one_call_after_the_other() -> None:
    result = await asustained(SimulatedService(latency_seconds=4.0), 5, 10)
    assert result.duration_seconds == pytest.approx(13.8)
    assert 20 <= result.concurrent <= 21  # one ends as another begins


async def test_starts_that_were_dropped_are_due_and_failed_and_spoil_the_run() -> None:
    service = SimulatedService()

    async def with_a_stall() -> object:
        if service.calls == 20:
            virtual_time.stall(2.0)
        return await service()

    result = await asustained(with_a_stall, 20, 10)
    assert result.total == 200
    assert result.health.dropped_starts > 30
    assert result.failed == result.health.dropped_starts
    assert not result.health.ok
    assert "dropped" in result.health.reason


# --- ramp


async def test_a_ramp_stops_at_the_first_rate_limit() -> None:
    result = await aramp(SimulatedService(concurrency=22))
    assert [step.concurrent for step in result.steps] == [5, 10, 15, 20, 25]
    assert (result.breaking_point, result.last_good) == (25, 20)
    last = result.steps[-1]
    assert (last.succeeded, last.rejected, last.failed) == (22, 3, 0)
    assert result.total == 75
    assert result.tier == "concerning"


async def test_a_ramp_rests_between_its_steps() -> None:
    result = await aramp(SimulatedService(latency_seconds=1.0), 1, 3, 1)
    assert result.duration_seconds == pytest.approx(3 * 1.0 + 2 * 2.0)
    assert result.breaking_point is None
    assert result.last_good == 3
    assert result.tier == "good"


async def test_a_ramp_that_breaks_early_is_critical_and_has_no_good_step() -> None:
    result = await aramp(SimulatedService(rate=FixedWindow(3)))
    assert (result.breaking_point, result.last_good, result.tier) == (5, None, "critical")


async def test_other_errors_do_not_stop_a_ramp() -> None:
    result = await aramp(SimulatedService(error_ratio=0.3, seed=3), 5, 15, 5)
    assert len(result.steps) == 3
    assert sum(step.failed for step in result.steps) > 0
    assert result.breaking_point is None


# --- all three


@pytest.mark.parametrize("run", [aburst, asustained, aramp])
async def test_a_target_that_refuses_everything_is_unusable(run: object) -> None:
    with pytest.raises(TargetUnusable, match="every call ended with 403"):
        await run(refused)


async def test_a_target_that_cannot_be_reached_is_unusable() -> None:
    async def nobody_there() -> None:
        raise ConnectionRefusedError(111, "refused")

    with pytest.raises(TargetUnusable, match="check the key, the model's name and the address"):
        await aburst(nobody_there, 3)


async def test_progress_is_told() -> None:
    told: list[Progress] = []
    await aramp(instant, 2, 4, 2, on_progress=told.append)
    asked = [one for one in told if ":" not in one.message]
    assert [(one.message, one.done, one.total) for one in asked] == [
        ("2 calls at once", 0, 6),
        ("4 calls at once", 2, 6),
    ]
    assert "2 calls at once: 2 answered" in {one.message for one in told}


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda: classic.burst(instant, 0), "concurrent is 0: it must be above 0 and at most 1000"),
        (lambda: classic.burst(instant, 1001), "concurrent is 1001"),
        (lambda: classic.sustained(instant, 0, 10), "rate_per_second is 0"),
        (lambda: classic.sustained(instant, 301, 1), "rate_per_second is 301"),
        (lambda: classic.sustained(instant, 1, 3601), "seconds is 3601"),
        (lambda: classic.sustained(instant, 300, 60), "rate_per_second x seconds is 18000"),
        (lambda: classic.ramp(instant, 0, 5, 1), "start is 0"),
        (lambda: classic.ramp(instant, 5, 50, 0), "step is 0"),
        (lambda: classic.ramp(instant, 10, 5, 1), "from 10 to 5 has no steps"),
        (lambda: classic.ramp(instant, 100, 1000, 1), "calls of all steps is 495550"),
    ],
)
def test_numbers_out_of_range_are_refused_before_any_call(call: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        call()


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda: classic.burst(instant, 1.5), "concurrent is 1.5: it must be a whole number"),
        (lambda: classic.burst(instant, math.nan), "concurrent is nan"),
        (lambda: classic.ramp(instant, 1, 2.5), "stop is 2.5"),
        (lambda: classic.ramp(instant, 1, 3, 0.5), "step is 0.5"),
        (lambda: classic.sustained(instant, math.nan, 1), "rate_per_second is nan"),
        (lambda: classic.sustained(instant, 1, math.inf), "seconds is inf"),
    ],
)
def test_half_a_call_is_refused(call: Callable[[], object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        call()


@pytest.mark.parametrize(
    "run",
    [
        lambda target: classic.burst(target, 2),
        lambda target: classic.sustained(target, 100, 0.05),
        lambda target: classic.ramp(target, 2, 2),
        lambda target: probe_api(target, Workload()),
    ],
)
def test_a_synchronous_callable_is_no_target(run: Callable[[object], object]) -> None:
    calls = []

    def edit() -> None:
        calls.append("made")

    with pytest.raises(TypeError, match=r"edit returns cannot be awaited: write it with async def"):
        run(edit)
    assert len(calls) <= 2


def test_a_lambda_that_makes_an_asynchronous_call_is_a_target() -> None:
    assert classic.burst(lambda: instant(), 2).successful == 2  # noqa: PLW0108 - it is about that


def test_synchronous_code_gets_the_same() -> None:
    assert classic.burst(instant, 7).successful == 7
    assert classic.sustained(instant, 200, 0.05).total == 10
    assert classic.ramp(instant, 3, 3, 1).steps[0].succeeded == 3


def test_ctrl_c_hands_over_what_was_seen() -> None:
    async def interrupted_at_the_third() -> None:
        interrupted_at_the_third.calls += 1
        await anyio.sleep(0)
        if interrupted_at_the_third.calls == 3:
            raise KeyboardInterrupt

    interrupted_at_the_third.calls = 0
    with pytest.raises(Interrupted) as stopped:
        classic.sustained(interrupted_at_the_third, 100, 1)
    assert isinstance(stopped.value.partial, LoadResult)
    assert 0 < stopped.value.partial.successful < 100


def test_ctrl_c_before_the_first_call_hands_over_nothing() -> None:
    class Unopened:
        async def __aenter__(self) -> None:
            raise KeyboardInterrupt

        async def __aexit__(self, *exc: object) -> None: ...

        async def __call__(self) -> None: ...

    with pytest.raises(Interrupted) as stopped:
        classic.burst(Unopened(), 3)
    assert stopped.value.partial is None


@pytest.mark.anyio
async def test_inside_of_a_loop_the_twin_is_named() -> None:
    with pytest.raises(RuntimeError, match=r"await asustained\(…\) instead"):
        classic.sustained(SimulatedService(), 10, 1)


def test_calls_that_this_machine_could_not_make_say_nothing_of_the_service() -> None:
    service = SimulatedService(latency_seconds=1.0)
    open_files = 0

    async def call() -> object:
        nonlocal open_files
        if open_files >= 50:
            raise OSError(errno.EMFILE, "Too many open files")
        open_files += 1
        return await service()

    found = virtual_time.run(aburst, call, 100)
    assert (found.successful, found.failed, found.tier) == (50, 50, "inconclusive")
    assert not found.health.ok
    assert "50 of 100 calls could not be made" in found.recommendation
    assert virtual_time.run(aprobe_api, call).outcome == "invalid"
