"""The probe on the bench of worlds, beside the classic ramp and pass-or-fail bisection.

Run it by hand with ``python -m tests.benchmarks.api_worlds --seeds 1,2 --only bucket``.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from stresstune.api.answers import LEAST_CALLS_THAT_TELL
from stresstune.api.probe import aprobe_api
from stresstune.model.api import ApiCapacity
from stresstune.queueing import Users, window_needed
from stresstune.stats import quantile, wilson_interval
from stresstune.testing import (
    FixedWindow,
    RateLimit,
    SimulatedService,
    SlidingWindow,
    TokenBucket,
    most_users_that_hold,
)
from tests import virtual_time
from tests.benchmarks.peers import Advice, classic_ramp, pass_or_fail_bisection
from tests.benchmarks.world import TOKENS, World
from tests.benchmarks.worlds import worlds


@dataclass(frozen=True, kw_only=True)
class Row:
    """One world: its truth, and what each method makes of it.

    Attributes:
        world: Which one.
        seed: Of its latencies and phases.
        truth: Most users that hold there, at most the wanted ones.
        least: Calls that the best method would need; see `least_calls`.
        capacity: What our probe found.
        ours: What it recommends.
        ramp: What the classic ramp and its table recommend.
        bisection: What pass-or-fail bisection recommends.
    """

    world: World
    seed: int
    truth: int
    least: int
    capacity: ApiCapacity
    ours: Advice
    ramp: Advice
    bisection: Advice

    @property
    def kind(self) -> str:
        """The kind of limit that was found to bind, or how the probe ended."""
        limits = self.capacity.limits
        found = limits[0].kind if limits else self.capacity.outcome
        return "enough" if self.capacity.outcome == "enough" else found

    @property
    def error(self) -> float | None:
        """Measured value of a bare quota or cap beside the true one, as a ratio; None elsewhere."""
        values = [one.value for one in self.capacity.limits if one.kind in self.world.binds]
        if self.world.quota is None or not values:
            return None
        return abs(values[0] / self.world.quota - 1)

    @property
    def stated_exactly(self) -> bool | None:
        """Whether the stated value was taken over as it is; None where nothing is stated."""
        if self.world.stated is None:
            return None
        found = [(one.value, one.provenance) for one in self.capacity.limits]
        return (self.world.stated, "stated") in found


def least_calls(world: World, truth: int) -> int:
    """Return the fewest calls that can prove the answer, whatever the method.

    - A window that binds, stated or bare: as many calls as it still has left, and the one that is
      refused. (A bare one cannot be told from a cap by that alone: this is a bound, no method.)
    - A bucket: what is in it, and the one that is refused; where it states nothing, 20 more that
      flow in, since fewer would not tell it to one in twenty.
    - A daily quota: likewise.
    - Calls that fail at random: until the Wilson interval of their share lies above the tolerance.
    - Everything else (a cap, a queue, enough): the calls of two windows of what the users that
      are carried need, since a window whose phase is unknown can turn in the middle and hide half.

    None is above the budget.
    """
    service = world.make(0)
    tolerance = world.workload.error_tolerance_ratio
    most = world.budget.max_requests
    if service.per_day is not None:
        return min(most, service.per_day + 1)
    if service.overload_ratio > tolerance:
        return min(most, _calls_that_tell(service.overload_ratio, tolerance))
    if "requests_per_minute" in world.binds and service.rate is not None:
        return min(most, _calls_left(service.rate, 1, stated=service.stated))
    if "tokens_per_minute" in world.binds and service.tokens is not None:
        return min(most, _calls_left(service.tokens, TOKENS, stated=service.stated))
    return min(most, 2 * window_needed(max(truth, 1), 60.0, _users(world, service)))


def _calls_left(limit: RateLimit, weight: float, *, stated: bool) -> int:
    """Calls until the refusal, that one counted in, and those that tell how a bucket fills."""
    match limit:
        case TokenBucket():
            return math.floor((limit.burst - limit.used) / weight) + 1 + (0 if stated else 20)
        case FixedWindow() | SlidingWindow():
            return math.floor((limit.quota - limit.used) / weight) + 1
    raise TypeError(f"no such quota: {limit!r}")


def _calls_that_tell(ratio: float, tolerance: float) -> int:
    calls = LEAST_CALLS_THAT_TELL
    while wilson_interval(round(ratio * calls), calls)[0] <= tolerance:
        calls += 1
    return calls


def _users(world: World, service: SimulatedService) -> Users:
    mean = service.latency_seconds * math.exp(service.latency_sigma**2 / 2)
    return Users(
        think_seconds=world.workload.think_seconds,
        latency_seconds=mean,
        latency_sd_seconds=mean * math.sqrt(math.expm1(service.latency_sigma**2)),
        tolerance_ratio=world.workload.error_tolerance_ratio,
    )


def measure(world: World, seed: int, truth: int) -> Row:
    """Let the three methods loose on fresh copies of one world."""

    async def probe() -> ApiCapacity:
        return await aprobe_api(world.make(seed), world.workload, budget=world.budget)

    capacity = virtual_time.run(probe)
    told = capacity.outcome in ("measured", "enough")
    carried = capacity.max_sessions(world.workload.think_seconds) if told else 0
    return Row(
        world=world,
        seed=seed,
        truth=truth,
        least=least_calls(world, truth),
        capacity=capacity,
        ours=Advice(
            sessions=min(world.workload.sessions, carried),
            requests=capacity.requests_sent,
            seconds=capacity.seconds,
        ),
        ramp=virtual_time.run(classic_ramp, world.make(seed), world.workload),
        bisection=virtual_time.run(pass_or_fail_bisection, world.make(seed), world.workload),
    )


def measure_all(
    seeds: Sequence[int], only: str = "", each: Callable[[Row], None] = lambda row: None
) -> list[Row]:
    """Measure the worlds whose name contains ``only``, each with its truth by experiment."""
    rows = []
    for world in worlds():
        if only in world.name:
            truth = most_users_that_hold(
                world.make, world.workload, at_most=world.workload.sessions
            )
            for seed in seeds:
                rows.append(measure(world, seed, truth))
                each(rows[-1])
    return rows


# --- figures


@dataclass(frozen=True, kw_only=True)
class Goal:
    """One figure to reach.

    Attributes:
        name: What it is.
        reached: The figure.
        goal: What it should be, in words.
        ok: Whether it is.
        misses: The worlds that stand in the way.
    """

    name: str
    reached: float
    goal: str
    ok: bool
    misses: tuple[str, ...] = ()


def ratios(rows: Sequence[Row], advice: Callable[[Row], Advice]) -> list[float]:
    """Return recommended ÷ true where somebody is carried at all; unsafe advice is no merit."""
    return [min(advice(row).sessions, row.truth) / row.truth for row in rows if row.truth]


def unsafe(rows: Sequence[Row], advice: Callable[[Row], Advice]) -> list[Row]:
    """Return where more are let in than hold."""
    return [row for row in rows if advice(row).sessions > row.truth]


def goals(rows: Sequence[Row]) -> list[Goal]:
    """Hold our probe against the figures that it is to reach."""

    def names(these: Sequence[Row]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row.world.name for row in these))

    bad = unsafe(rows, lambda row: row.ours)
    tight = ratios(rows, lambda row: row.ours)
    loose = [row for row in rows if row.ours.sessions < 0.8 * row.truth]
    wrong = [row for row in rows if row.kind not in row.world.binds]
    right = 1 - len(wrong) / len(rows)
    stated = [row for row in rows if row.stated_exactly is False]
    errors = [row.error for row in rows if row.error is not None]
    off = [row for row in rows if (row.error or 0.0) > 0.05]
    costs = [row.ours.requests / row.least for row in rows]
    dear = [row for row in rows if row.ours.requests > 1.3 * row.least]
    spent = [row for row in rows if row.ours.requests > row.world.budget.max_requests]
    slow = [row for row in rows if row.ours.seconds > row.world.budget.max_seconds + 0.1]
    median, p10 = quantile(tight or [1.0], 0.5), quantile(tight or [1.0], 0.1)
    error, cost = statistics.median(errors or [0.0]), statistics.median(costs)
    return [
        Goal(name="unsafe advice", reached=len(bad), goal="0", ok=not bad, misses=names(bad)),
        Goal(name="recommended ÷ true, median", reached=median, goal="≥ 0.92", ok=median >= 0.92),
        Goal(
            name="recommended ÷ true, 10th percentile",
            reached=p10,
            goal="≥ 0.8",
            ok=p10 >= 0.8,
            misses=names(loose),
        ),
        Goal(
            name="the right kind of limit",
            reached=right,
            goal="≥ 0.95",
            ok=right >= 0.95,
            misses=names(wrong),
        ),
        Goal(
            name="stated values not taken over",
            reached=len(stated),
            goal="0",
            ok=not stated,
            misses=names(stated),
        ),
        Goal(
            name="error of measured values, median",
            reached=error,
            goal="≤ 0.05",
            ok=error <= 0.05,
            misses=names(off),
        ),
        Goal(
            name="requests ÷ least, median",
            reached=cost,
            goal="≤ 1.3",
            ok=cost <= 1.3,
            misses=names(dear),
        ),
        Goal(
            name="budgets of requests exceeded",
            reached=len(spent),
            goal="0",
            ok=not spent,
            misses=names(spent),
        ),
        Goal(
            name="budgets of seconds exceeded",
            reached=len(slow),
            goal="0",
            ok=not slow,
            misses=names(slow),
        ),
    ]


# --- tables

HEAD = (
    f"{'world':42}{'seed':>5}{'true':>5} |{'ours':>5}{'ramp':>5}{'bis.':>5} | "
    f"{'found':20}{'value':>10}{'true':>8}  {'calls':>5}{'least':>6}{'s':>6}"
)


def line(row: Row) -> str:
    """One row of the table; ``!`` marks advice under which the service breaks."""

    def number(advice: Advice) -> str:
        return f"{advice.sessions}{'!' if advice.sessions > row.truth else ' '}"

    limits = row.capacity.limits
    value = f"{limits[0].value:10.2f}" if limits else f"{'':10}"
    true = row.world.quota if row.world.stated is None else row.world.stated
    wrong = "" if row.kind in row.world.binds else "  other kind"
    return (
        f"{row.world.name:42.42}{row.seed:5}{row.truth:5} |"
        f"{number(row.ours):>5}{number(row.ramp):>5}{number(row.bisection):>5} | "
        f"{row.kind:20}{value}{'' if true is None else true:>8}  "
        f"{row.ours.requests:5}{row.least:6}{row.ours.seconds:6.0f}{wrong}"
    )


def summary(rows: Sequence[Row]) -> Iterator[str]:
    """Lines that sum it up: the methods side by side, then the goals of our probe."""
    methods: dict[str, Callable[[Row], Advice]] = {
        "stresstune": lambda row: row.ours,
        "classic ramp and table": lambda row: row.ramp,
        "pass-or-fail bisection": lambda row: row.bisection,
    }
    yield f"{len(rows)} runs, {len({row.world.name for row in rows})} worlds"
    yield f"{'':26}{'unsafe':>8}{'median':>8}{'p10':>8}{'calls':>8}{'most':>8}{'s':>8}{'most':>8}"
    for name, advice in methods.items():
        tight = ratios(rows, advice) or [1.0]
        calls = [advice(row).requests for row in rows]
        seconds = [advice(row).seconds for row in rows]
        yield (
            f"{name:26}{len(unsafe(rows, advice)):8}{quantile(tight, 0.5):8.2f}"
            f"{quantile(tight, 0.1):8.2f}{statistics.median(calls):8.0f}{max(calls):8}"
            f"{statistics.median(seconds):8.0f}{max(seconds):8.0f}"
        )
    for goal in goals(rows):
        mark = "reached" if goal.ok else "MISSED"
        yield f"{goal.name:38}{goal.reached:8.3f}  goal {goal.goal:8}{mark}"
        if goal.misses:
            some = ", ".join(goal.misses[:12])
            yield f"    where: {some}{' …' if len(goal.misses) > 12 else ''}"


def main(argv: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1", help="numbers with commas between (default: 1)")
    parser.add_argument("--only", default="", help="worlds whose name contains this")
    options = parser.parse_args(argv)
    print(HEAD)
    rows = measure_all(
        [int(seed) for seed in options.seeds.split(",")],
        options.only,
        each=lambda row: print(line(row), flush=True),
    )
    print("\n" + "\n".join(summary(rows)))


if __name__ == "__main__":
    main()
