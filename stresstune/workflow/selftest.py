"""How many calls a second does this machine make at all?

A probe that runs into the ceiling of its own machine measures itself. So before a run against a
real API the same kind of call is made for a second to an emulator in a process of its own, which
answers at once and refuses nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stresstune.errors import StresstuneError
from stresstune.workflow.loadtest import LoadTest
from stresstune.workflow.targets import self_test_target

if TYPE_CHECKING:
    from stresstune.api.target import Target
    from stresstune.config.schema import Config
    from stresstune.model.workload import Workload
    from stresstune.workflow.job import Job
    from stresstune.workflow.options import TuneOptions

SECONDS = 1.0
IN_FLIGHT = 32

ALLOWED_RATIO = 0.5
"""Of the ceiling: above it the load generator shows in the response times (see `load.health`)."""

PROBE_FACTOR = 2.0
"""A probe calls up to so many times as often as the wanted sessions do, to find the limit."""

QUICK_ANSWER_SECONDS = 0.3


@dataclass(frozen=True, kw_only=True)
class Ceiling:
    """What a self-test found.

    Attributes:
        per_second: Calls that this machine made in a second; it may be able to do more.
        needed_per_second: Calls a second that the run may need.
        error: Why it is not known, or "".
    """

    per_second: float = 0.0
    needed_per_second: float
    error: str = ""

    @property
    def is_low(self) -> bool:
        """Whether the run may measure this machine instead of the API."""
        return not self.error and self.needed_per_second > ALLOWED_RATIO * self.per_second

    @property
    def most_per_second(self) -> float:
        """Calls that a probe may begin in a second without measuring this machine."""
        return ALLOWED_RATIO * self.per_second if self.per_second > 0 else math.inf

    @property
    def words(self) -> str:
        """What a reader must know.

        >>> Ceiling(per_second=640, needed_per_second=26).words
        'self-test: this machine makes 640 such calls a second; this run needs up to 26'
        """
        if self.error:
            return f"self-test: it could not be made ({self.error})"
        found = f"self-test: this machine makes {self.per_second:.0f} such calls a second"
        needed = f"this run needs up to {self.needed_per_second:.0f}"
        if not self.is_low:
            return f"{found}; {needed}"
        most = f"{self.most_per_second:.0f} a second"
        return (
            f"{found}, and {needed}: beyond {most} it may measure this machine instead of the API, "
            "and a probe goes no faster. Run it from a larger or less busy one"
        )


def is_wanted(job: Job) -> bool:
    """Tell whether a self-test says anything: the API is real, and called by us."""
    options = job.options
    return options.self_test and options.simulate is None and options.target is None


def self_test(job: Job, test: LoadTest | None = None) -> Ceiling:
    """Make calls for a second, as a probe of this job or a classic test would make them."""
    return ceiling_of(job.options, job.config, needed_per_second(job.workload, test))


def ceiling_of(options: TuneOptions, config: Config, needed: float) -> Ceiling:
    """Make such calls as these say, and tell how many were made in a second."""
    from anyio import run  # noqa: PLC0415 - where the API is probed only

    from stresstune.emulator import running_emulator, tailor  # noqa: PLC0415 - likewise

    try:
        with running_emulator(tailor(latency=0.0, spread=0.0)) as emulator:
            target = self_test_target(options, config, emulator.base_url)
            calls = run(_calls_in, target, SECONDS)
    except (StresstuneError, OSError, ExceptionGroup) as error:
        return Ceiling(needed_per_second=needed, error=str(error))
    return Ceiling(per_second=calls / SECONDS, needed_per_second=needed)


def needed_per_second(workload: Workload, test: LoadTest | None) -> float:
    """Return how many calls a second a run may need, by the response time law.

    >>> from stresstune.model.workload import Workload
    >>> round(needed_per_second(Workload(sessions=30, think_seconds=2.0), None))
    26
    """
    if test is None:
        turn_seconds = workload.think_seconds + QUICK_ANSWER_SECONDS
        return PROBE_FACTOR * workload.sessions / turn_seconds
    match test.kind:
        case "burst":
            return float(test.concurrent)
        case "sustained":
            return test.rate_per_second
        case "ramp":
            return float(test.stop)


async def _calls_in(target: Target, seconds: float) -> int:
    import anyio  # noqa: PLC0415 - where the API is probed only

    from stresstune.api.target import open_target  # noqa: PLC0415 - likewise

    ended = 0

    async def call_on(opened: Target, until: float) -> None:
        nonlocal ended
        while anyio.current_time() < until:
            await opened()
            ended += 1

    async with open_target(target) as opened:
        await opened()  # the first one connects
        until = anyio.current_time() + seconds
        async with anyio.create_task_group() as tasks:
            for _ in range(IN_FLIGHT):
                tasks.start_soon(call_on, opened, until)
    return ended
