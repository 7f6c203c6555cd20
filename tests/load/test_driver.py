from __future__ import annotations

from dataclasses import dataclass, field

import anyio
import pytest

from stresstune.load.driver import CUT_OFF, Driver
from stresstune.load.pacer import CATCH_UP_SECONDS, ConstantPace
from stresstune.model.load import Attempt, Outcome, QuotaStatement
from tests.virtual_time import stall

pytestmark = pytest.mark.anyio


@dataclass
class Read:
    outcome: Outcome
    label: str
    quotas: tuple[QuotaStatement, ...] = ()


class Reader:
    """Reads the few errors of these tests."""

    def read_error(self, error: BaseException) -> Read:
        if isinstance(error, TimeoutError):
            return Read("timed_out", "TimeoutError")
        return Read("rejected", f"429 {error}", (QuotaStatement(quota="requests", value=7),))

    def read_tokens(self, returned: object) -> int | None:
        return returned if isinstance(returned, int) else None


@dataclass
class Service:
    """Takes its time; refuses from the ``refuses_from``-th call on."""

    seconds: float = 1.0
    refuses_from: int | None = None
    started: list[float] = field(default_factory=list)

    async def __call__(self) -> object:
        self.started.append(anyio.current_time())
        if self.refuses_from is not None and len(self.started) >= self.refuses_from:
            await anyio.sleep(0.02)
            raise RuntimeError("enough")
        await anyio.sleep(self.seconds)
        return 260


def driving(target: object, **options: object) -> Driver:
    return Driver(target=target, reader=Reader(), **options)


async def test_a_call_that_succeeds_is_kept_with_its_times_and_tokens() -> None:
    driver = driving(Service(seconds=1.5))
    driver.now()
    await anyio.sleep(2)
    attempt = await driver.call()
    assert driver.attempts == [attempt]
    assert attempt == Attempt(
        intended_seconds=2.0,
        started_seconds=2.0,
        finished_seconds=3.5,
        outcome="ok",
        input_tokens=260,
    )
    assert (driver.in_flight, driver.pending) == (0, {})


async def test_latency_counts_from_the_intended_start_and_service_from_the_actual_one() -> None:
    driver = driving(Service(seconds=1.0))
    driver.now()
    await anyio.sleep(3)
    attempt = await driver.call(intended_seconds=2.75)
    assert attempt.latency_seconds == pytest.approx(1.25)
    assert attempt.service_seconds == pytest.approx(1.0)


async def test_what_a_target_raises_is_read_and_kept() -> None:
    attempt = await driving(Service(refuses_from=1)).call()
    assert (attempt.outcome, attempt.error) == ("rejected", "429 enough")
    assert attempt.quotas[0].value == 7
    assert attempt.input_tokens is None


async def test_our_own_deadline_ends_a_call_that_never_ends() -> None:
    attempt = await driving(anyio.sleep_forever, timeout_seconds=30.0).call()
    assert attempt.outcome == "timed_out"
    assert attempt.service_seconds == pytest.approx(30.0)


async def test_a_call_that_is_cancelled_is_kept_as_cut_off() -> None:
    driver = driving(Service(seconds=100))
    with anyio.move_on_after(4):
        await driver.call()
    (attempt,) = driver.attempts
    assert (attempt.outcome, attempt.error) == ("ignored", CUT_OFF)
    assert attempt.finished_seconds == pytest.approx(4.0)
    assert driver.in_flight == 0


async def test_whoever_listens_is_told_of_each_call_that_ended() -> None:
    told: list[Attempt] = []
    driver = driving(Service(), on_attempt=told.append)
    await driver.volley(3)
    assert told == driver.attempts
    assert len(told) == 3


async def test_a_volley_starts_all_at_once_and_returns_them_in_the_order_of_their_starts() -> None:
    service = Service(refuses_from=4)
    calls = await driving(service).volley(5)
    assert service.started == [service.started[0]] * 5
    assert sorted(call.in_flight for call in calls) == [1, 2, 3, 4, 5]
    assert sum(call.outcome == "ok" for call in calls) == 3


async def test_a_hundred_a_second_are_a_hundred_a_second() -> None:
    driver = driving(Service(seconds=1.3))
    calls = await driver.open_loop(ConstantPace(rate_per_second=100, seconds=10))
    starts = sorted(call.started_seconds for call in calls)
    assert len(calls) == 1000
    assert (len(starts) - 1) / (starts[-1] - starts[0]) == pytest.approx(100, abs=1)
    assert driver.dropped_starts == 0


async def test_a_slow_answer_delays_no_start() -> None:
    driver = driving(Service(seconds=60))
    calls = await driver.open_loop(ConstantPace(rate_per_second=10, seconds=5))
    assert [round(call.started_seconds, 6) for call in calls] == [i / 10 for i in range(50)]
    assert max(call.in_flight for call in calls) == 50


async def test_starts_keep_to_the_schedule_after_a_short_lag() -> None:
    service = Service(seconds=0.5)

    async def call_with_a_hiccup() -> object:
        if len(service.started) == 3:
            stall(0.08)
        return await service()

    driver = driving(call_with_a_hiccup)
    calls = await driver.open_loop(ConstantPace(rate_per_second=20, seconds=2))
    calls.sort(key=lambda call: call.intended_seconds)
    assert driver.dropped_starts == 0
    late = [call.started_seconds - call.intended_seconds for call in calls]
    assert 0.02 < max(late) <= CATCH_UP_SECONDS
    assert [round(call.intended_seconds, 6) for call in calls] == [i / 20 for i in range(40)]
    assert late[-1] == pytest.approx(0.0, abs=1e-6)


async def test_a_stall_is_not_caught_up_as_a_burst() -> None:
    service = Service(seconds=0.5)

    async def call_with_a_stall() -> object:
        if len(service.started) == 10:
            stall(3.0)
        return await service()

    driver = driving(call_with_a_stall)
    calls = await driver.open_loop(ConstantPace(rate_per_second=50, seconds=6))
    assert len(calls) + driver.dropped_starts == 300
    assert 140 <= driver.dropped_starts <= 150
    in_any_tenth = [sum(t <= s < t + 0.1 for s in service.started) for t in service.started]
    assert max(in_any_tenth) <= 1.5 * 50 * CATCH_UP_SECONDS + 5


async def test_latency_of_a_call_that_started_late_holds_the_lateness() -> None:
    service = Service(seconds=1.0)

    async def call_with_a_hiccup() -> object:
        if not service.started:
            stall(0.05)
        return await service()

    calls = await driving(call_with_a_hiccup).open_loop(ConstantPace(rate_per_second=50, seconds=1))
    second = next(call for call in calls if call.intended_seconds == pytest.approx(0.02))
    assert second.latency_seconds == pytest.approx(1.03, abs=1e-3)
    assert second.service_seconds == pytest.approx(1.0, abs=1e-3)


async def test_an_open_loop_ends_when_it_is_told_to_and_waits_for_what_it_started() -> None:
    driver = driving(Service(seconds=2))
    pace = ConstantPace(rate_per_second=10, seconds=60)
    calls = await driver.open_loop(pace, go_on=lambda: driver.in_flight < 5)
    assert len(calls) == 5
    assert all(call.outcome == "ok" for call in calls)


async def test_an_open_loop_returns_only_its_own_calls() -> None:
    driver = driving(Service(seconds=0.1))
    await driver.call()
    calls = await driver.open_loop(ConstantPace(rate_per_second=10, seconds=1))
    assert len(calls) == 10
    assert len(driver.attempts) == 11


async def test_a_stream_keeps_so_many_in_flight_and_leaves_a_gap_between_starts() -> None:
    service = Service(seconds=1.0)
    driver = driving(service)
    async with anyio.create_task_group() as tasks:
        await driver.stream(
            tasks,
            in_flight=lambda: 4,
            gap_seconds=lambda: 0.1,
            go_on=lambda: len(service.started) < 20,
        )
        assert driver.in_flight > 0  # calls under way are not waited for
    assert max(attempt.in_flight for attempt in driver.attempts) == 4
    gaps = [b - a for a, b in zip(service.started, service.started[1:], strict=False)]
    assert min(gaps) >= 0.1 - 1e-9


async def test_a_stream_follows_a_level_that_rises_while_nothing_ends() -> None:
    driver = driving(Service(seconds=30))
    async with anyio.create_task_group() as tasks:
        await driver.stream(
            tasks,
            in_flight=lambda: 1 if driver.now() < 5 else 3,
            gap_seconds=lambda: 0.01,
            go_on=lambda: driver.now() < 10,
        )
    assert max(attempt.in_flight for attempt in driver.attempts) == 3


async def test_waiting_for_an_end_is_over_at_the_first_end_or_in_time() -> None:
    driver = driving(Service(seconds=3))
    driver.now()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(driver.call)
        await driver.one_ends(at_most_seconds=1.0)
        assert driver.now() == pytest.approx(1.0)
        await driver.one_ends(at_most_seconds=10.0)
        assert driver.now() == pytest.approx(3.0)
        await driver.one_ends(at_most_seconds=0.5)
        assert driver.now() == pytest.approx(3.5)
