"""The three classic tests: burst, sustained, ramp.

They are kept because people know them, and each answers one small question. None of them can see a
quota per minute: a ramp with pauses reads one as a limit on concurrency. Use `probe_api` to decide.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio

from stresstune.api.classic_run import ClassicRun
from stresstune.api.probe import OutcomeReader
from stresstune.api.target import Target, check_target, open_target
from stresstune.errors import Interrupted, TargetUnusable
from stresstune.load.driver import Driver
from stresstune.load.health import watching_stalls
from stresstune.load.pacer import ConstantPace
from stresstune.load.running import run_here
from stresstune.load.saying import OnProgress
from stresstune.model.load import Attempt, LoadResult, LoadStep

PAUSE_BETWEEN_STEPS_SECONDS = 2.0
"""Rest between two steps of a ramp, as the classic test has it."""

CALL_TIMEOUT_SECONDS = 120.0
"""Our own deadline for one call."""

MOST_CALLS = 5_000
"""No classic test makes more calls than this."""


async def _driving(
    run: ClassicRun, target: Target, drive: Callable[[Driver], Awaitable[None]]
) -> LoadResult:
    async with open_target(target) as opened:
        await check_target(opened)
        driver = Driver(
            target=opened,
            reader=OutcomeReader(),
            timeout_seconds=CALL_TIMEOUT_SECONDS,
            attempts=run.attempts,
        )
        async with watching_stalls() as run.watch, run.saying.going_on():
            await drive(driver)
        run.dropped = driver.dropped_starts
    result = run.result()
    if result.attempts and all(a.outcome in ("ignored", "unreachable") for a in result.attempts):
        raise TargetUnusable(
            f"every call ended with {result.attempts[0].error}: check the key, the model's "
            "name and the address, then run the test again"
        )
    return result


def _whole(name: str, value: object) -> None:
    if not isinstance(value, int):
        raise ValueError(f"{name} is {value!r}: it must be a whole number")  # noqa: TRY004 - as below


def _counted(name: str, value: float, most: float) -> None:
    if not 0 < value <= most:
        raise ValueError(f"{name} is {value:g}: it must be above 0 and at most {most:g}")


async def aburst(
    target: Target, concurrent: int = 30, *, on_progress: OnProgress | None = None
) -> LoadResult:
    """Start so many calls at once.

    Args:
        target: An async callable without arguments.
        concurrent: Calls, 1 to 1,000.
        on_progress: Told what is being done.

    Raises:
        ValueError: The number is out of range.
        TargetUnusable: Every call fails for a reason that no waiting mends.

    >>> from stresstune.testing import SimulatedService
    >>> edit = SimulatedService(concurrency=3, latency_seconds=0.1)  # three calls at a time
    >>> result = anyio.run(aburst, edit, 5)
    >>> result.successful, result.rejected
    (3, 2)
    """
    return await _burst(_burst_run(concurrent, on_progress), target)


async def _at_once(run: ClassicRun, driver: Driver, calls: int) -> list[Attempt]:
    run.watch.excused = True  # starting them holds the event loop; each start says how long
    return await driver.volley(calls)


def calls_at_once(concurrent: int) -> int:
    """Return how many calls a burst makes.

    Raises:
        ValueError: The number is out of range.
    """
    _whole("concurrent", concurrent)
    _counted("concurrent", concurrent, 1_000)
    return concurrent


def _burst_run(concurrent: int, on_progress: OnProgress | None) -> ClassicRun:
    return ClassicRun("burst", calls_at_once(concurrent), on_progress)


async def _burst(run: ClassicRun, target: Target) -> LoadResult:
    async def drive(driver: Driver) -> None:
        run.saying.ask(f"{run.wanted} calls at once")
        await _at_once(run, driver, run.wanted)

    return await _driving(run, target, drive)


async def asustained(
    target: Target,
    rate_per_second: float = 10,
    seconds: float = 60,
    *,
    on_progress: OnProgress | None = None,
) -> LoadResult:
    """Start calls at a constant rate, whatever becomes of those before (open loop).

    Args:
        target: An async callable without arguments.
        rate_per_second: Calls a second, at most 300.
        seconds: For how long, at most an hour; no more than 5,000 calls in all.
        on_progress: Told what is being done.

    Raises:
        ValueError: A number is out of range.
        TargetUnusable: Every call fails for a reason that no waiting mends.

    >>> async def edit(): ...  # your call to the API
    >>> anyio.run(asustained, edit, 20, 0.1).total
    2
    """
    pace = pace_of(rate_per_second, seconds)
    return await _sustained(ClassicRun("sustained", pace.total, on_progress), target, pace)


def pace_of(rate_per_second: float, seconds: float) -> ConstantPace:
    """Return the schedule of a sustained load.

    Raises:
        ValueError: A number is out of range.
    """
    _counted("rate_per_second", rate_per_second, 300)
    _counted("seconds", seconds, 3_600)
    _counted("rate_per_second x seconds", rate_per_second * seconds, MOST_CALLS)
    return ConstantPace(rate_per_second=rate_per_second, seconds=seconds)


async def _sustained(run: ClassicRun, target: Target, pace: ConstantPace) -> LoadResult:
    async def drive(driver: Driver) -> None:
        run.saying.ask(f"{pace.rate_per_second:g} calls a second for {pace.seconds:g} s")
        await driver.open_loop(pace)

    return await _driving(run, target, drive)


async def aramp(
    target: Target,
    start: int = 5,
    stop: int = 50,
    step: int = 5,
    *,
    on_progress: OnProgress | None = None,
) -> LoadResult:
    """Start more and more calls at once, and stop at the first rate-limit error.

    Args:
        target: An async callable without arguments.
        start: Calls of the first step.
        stop: Calls of the last one, whether or not the steps lead right to it.
        step: By how much they grow.
        on_progress: Told what is being done.

    Raises:
        ValueError: The steps do not lead from start to stop, or are out of range.
        TargetUnusable: Every call fails for a reason that no waiting mends.

    >>> from stresstune.testing import SimulatedService
    >>> edit = SimulatedService(concurrency=3, latency_seconds=0.1)  # three calls at a time
    >>> anyio.run(aramp, edit, 5, 50).breaking_point
    5
    """
    levels = levels_of(start, stop, step)
    return await _ramp(ClassicRun("ramp", sum(levels), on_progress), target, levels)


def levels_of(start: int, stop: int, step: int) -> tuple[int, ...]:
    """Return how many calls each step of a ramp starts at once.

    Raises:
        ValueError: The steps do not lead from start to stop, or are out of range.
    """
    for name, value in (("start", start), ("step", step), ("stop", stop)):
        _whole(name, value)
    _counted("start", start, 1_000)
    _counted("step", step, 1_000)
    _counted("stop", stop, 1_000)
    if stop < start:
        raise ValueError(
            f"a ramp from {start} to {stop} has no steps: stop must not be below start"
        )
    levels = (*range(start, stop, step), stop)
    _counted("calls of all steps", sum(levels), MOST_CALLS)
    return levels


async def _ramp(run: ClassicRun, target: Target, levels: tuple[int, ...]) -> LoadResult:
    async def drive(driver: Driver) -> None:
        for level in levels:
            if level != levels[0]:
                await anyio.sleep(PAUSE_BETWEEN_STEPS_SECONDS)
            run.saying.ask(f"{level} calls at once")
            calls = await _at_once(run, driver, level)
            rejected = sum(call.outcome == "rejected" for call in calls)
            answered = sum(call.outcome == "ok" for call in calls)
            run.steps.append(
                LoadStep(
                    concurrent=level,
                    succeeded=answered,
                    rejected=rejected,
                    failed=level - answered - rejected,
                )
            )
            if rejected:
                run.breaking_point = level
                return
            run.last_good = level

    return await _driving(run, target, drive)


def burst(
    target: Target, concurrent: int = 30, *, on_progress: OnProgress | None = None
) -> LoadResult:
    """Do the same as `aburst` from synchronous code; Ctrl-C raises `Interrupted`.

    >>> async def edit(): ...  # your call to the API
    >>> burst(edit, concurrent=3).successful
    3
    """
    run = _burst_run(concurrent, on_progress)
    return _from_sync(run, _burst, target)


def sustained(
    target: Target,
    rate_per_second: float = 10,
    seconds: float = 60,
    *,
    on_progress: OnProgress | None = None,
) -> LoadResult:
    """Do the same as `asustained` from synchronous code.

    >>> async def edit(): ...  # your call to the API
    >>> sustained(edit, rate_per_second=20, seconds=0.1).successful
    2
    """
    pace = pace_of(rate_per_second, seconds)
    return _from_sync(ClassicRun("sustained", pace.total, on_progress), _sustained, target, pace)


def ramp(
    target: Target,
    start: int = 5,
    stop: int = 50,
    step: int = 5,
    *,
    on_progress: OnProgress | None = None,
) -> LoadResult:
    """Do the same as `aramp` from synchronous code.

    >>> async def edit(): ...  # your call to the API
    >>> ramp(edit, start=2, stop=2).last_good
    2
    """
    levels = levels_of(start, stop, step)
    return _from_sync(ClassicRun("ramp", sum(levels), on_progress), _ramp, target, levels)


def _from_sync(
    run: ClassicRun, drive: Callable[..., Awaitable[LoadResult]], *arguments: object
) -> LoadResult:
    try:
        return run_here(drive, run, *arguments, twin=f"a{run.kind}")
    except KeyboardInterrupt:
        raise Interrupted(run.result() if run.attempts else None) from None
