"""The probe on worlds that it was not built on, judged from outside.

Run it by hand with ``python -m tests.benchmarks.outside --seeds 1,2 --only bucket``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import pathlib
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

import anyio

import stresstune
from stresstune.model.api import ApiCapacity
from stresstune.stats import quantile
from tests import virtual_time
from tests.benchmarks.outside.chance import drawn
from tests.benchmarks.outside.listed import listed
from tests.benchmarks.outside.services import Service
from tests.benchmarks.outside.truth import hold, most_that_hold
from tests.benchmarks.outside.world import OutsideWorld
from tests.benchmarks.outside.worlds import worlds

WORDS = (
    "CRASH",
    "UNSAFE",
    "REQUESTS",
    "COUNT",
    "TOKENS",
    "SECONDS",
    "GOOD?",
    "other kind",
    "loose",
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """What became of one world."""

    world: OutsideWorld
    seed: int
    truth: int
    truth_even: int
    found: ApiCapacity | None
    carried: int
    advised: int | None
    delay: float
    advised_holds: bool
    tier: str
    sent: int
    tokens: int
    seconds: float
    cpu: float
    crash: str = ""

    @property
    def kind(self) -> str:
        if self.found is None:
            return "crash"
        if self.found.outcome != "measured":
            return self.found.outcome
        return self.found.limits[0].kind

    @property
    def unsafe(self) -> bool:
        return self.carried > min(self.truth, self.truth_even) or not self.advised_holds

    def _most_at_delay(self) -> int:
        return most_that_hold(
            self.world.make,
            at_most=self.advised or 1,
            think_seconds=self.world.workload.think_seconds + self.delay,
            tolerance=self.world.workload.error_tolerance_ratio,
            objective=self.world.workload.latency_objective_seconds,
        )

    @property
    def faults(self) -> list[str]:
        budget = self.world.budget
        found = []
        if self.crash:
            return [f"CRASH {self.crash}"]
        if self.unsafe:
            said = "" if self.advised_holds else f" at +{self.delay:g} s: {self._most_at_delay()}"
            found.append(("UNSAFE" if self.world.fair else "unsafe (unfair)") + said)
        if self.kind not in self.world.binds:
            found.append("other kind")
        if self.sent > budget.max_requests:
            found.append(f"REQUESTS {self.sent}")
        if self.found is not None and self.found.requests_sent != self.sent:
            found.append(f"COUNT {self.found.requests_sent}")
        if budget.max_tokens is not None and self.tokens > budget.max_tokens:
            found.append(f"TOKENS {self.tokens}")
        if self.seconds > budget.max_seconds + 0.1:
            found.append(f"SECONDS {self.seconds:.1f}")
        if self.carried < 0.8 * self.truth and self.world.fair:
            found.append("loose")
        if self.tier == "good" and self.truth < self.world.workload.sessions:
            found.append("GOOD?")
        return found


@dataclass
class Counted:
    """Counts what reaches a service, on the side of the service."""

    service: Service
    sent: int = 0
    tokens: int = 0

    async def __call__(self) -> object:
        self.sent += 1
        self.tokens += self.service.tokens
        return await self.service()


def truths(world: OutsideWorld) -> tuple[int, int]:
    """Most users that hold, with scattered and with even pauses; kept between runs."""
    kept = pathlib.Path(tempfile.gettempdir()) / "stresstune-outside-truth.json"
    known = json.loads(kept.read_text()) if kept.exists() else {}
    here = pathlib.Path(__file__).parent
    source = "".join((here / name).read_text() for name in ("services.py", "truth.py"))
    key = f"{world.name} {world.workload} {hashlib.sha1(source.encode()).hexdigest()}"
    if key not in known:
        known[key] = [
            most_that_hold(
                world.make,
                at_most=world.workload.sessions,
                think_seconds=world.workload.think_seconds,
                tolerance=world.workload.error_tolerance_ratio,
                objective=world.workload.latency_objective_seconds,
                exponential=scattered,
            )
            for scattered in (True, False)
        ]
        again = json.loads(kept.read_text()) if kept.exists() else {}
        kept.write_text(json.dumps({**again, key: known[key]}))
    scattered, even = known[key]
    return scattered, even


def judge(world: OutsideWorld, seed: int, backend: str) -> Row:
    """Let the probe loose, and its advice live."""
    truth, truth_even = truths(world)
    target = Counted(world.make(seed))

    async def probe() -> tuple[ApiCapacity, float]:
        began = anyio.current_time()
        found = await stresstune.aprobe_api(target, world.workload, budget=world.budget)
        return found, anyio.current_time() - began

    began = time.process_time()
    try:
        found, seconds = virtual_time.run(probe, on=backend)
    except Exception as error:  # noqa: BLE001 - a crash is what is looked for
        return Row(
            world=world,
            seed=seed,
            truth=truth,
            truth_even=truth_even,
            found=None,
            carried=0,
            advised=None,
            delay=0.0,
            advised_holds=True,
            tier="",
            sent=target.sent,
            tokens=target.tokens,
            seconds=0.0,
            cpu=0.0,
            crash=repr(error)[:200],
        )
    cpu = time.process_time() - began
    verdict = stresstune.judge(api=found, workload=world.workload)
    advice = stresstune.recommend(verdict)
    told = found.outcome != "invalid"
    carried = found.max_sessions(world.workload.think_seconds)
    delay = (advice.slow_mode_delay_seconds or 0.0) if advice.slow_mode_default else 0.0
    advised = advice.max_concurrent_sessions
    holds = (
        advised is None
        or carried == 0
        or hold(
            world.make,
            advised,
            think_seconds=world.workload.think_seconds + delay,
            tolerance=world.workload.error_tolerance_ratio,
            objective=world.workload.latency_objective_seconds,
        )
    )
    if advised == 1:  # never below 1: the tier says that it is no advice
        holds = True
    return Row(
        world=world,
        seed=seed,
        truth=truth,
        truth_even=truth_even,
        found=found,
        carried=min(carried, world.workload.sessions) if told else 0,
        advised=advised,
        delay=delay,
        advised_holds=holds,
        tier=verdict.tier,
        sent=target.sent,
        tokens=target.tokens,
        seconds=seconds,
        cpu=cpu,
    )


def line(row: Row) -> str:
    """One row of the table."""
    limits = row.found.limits if row.found else ()
    value = (
        f"{limits[0].value:9.2f} {limits[0].provenance[:3]} {limits[0].window_seconds or 0:4.0f}s"
        if limits
        else f"{'':19}"
    )
    return (
        f"{row.world.name:52.52}{row.seed:3}{row.truth:5}{row.truth_even:5} |{row.carried:4} "
        f"{row.advised if row.advised is not None else '-':>4} +{row.delay:4.1f} | "
        f"{row.kind:20}{value} {row.sent:5}{row.seconds:7.1f}{row.cpu:6.2f} {row.tier[:6]:6} "
        f"{', '.join(row.faults)}"
    )


def summary(rows: Sequence[Row]) -> list[str]:
    """What it comes to."""
    fair = [row for row in rows if row.world.fair]
    tight = [min(row.carried, row.truth) / row.truth for row in fair if row.truth]
    count = {word: sum(_has(row, word) for row in rows) for word in WORDS}
    cpu = max(row.cpu for row in rows)
    return [
        f"{len(rows)} runs of {len({row.world.name for row in rows})} worlds",
        ", ".join(f"{word} {times}" for word, times in count.items()),
        f"recommended / true: {_shares(tight)}",
        f"calls: median {statistics.median(row.sent for row in rows):.0f}, CPU at most {cpu:.1f} s",
    ]


def _shares(tight: Sequence[float]) -> str:
    if not tight:
        return "no world carries anybody"
    mean = math.fsum(tight) / len(tight)
    return f"median {quantile(tight, 0.5):.2f}, p10 {quantile(tight, 0.1):.2f}, mean {mean:.3f}"


def _has(row: Row, word: str) -> bool:
    return any(fault.startswith(word) for fault in row.faults)


def main(argv: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--only", default="")
    parser.add_argument("--backend", default="trio")
    parser.add_argument("--part", default="0/1", help="which worlds: every second is 0/2 and 1/2")
    parser.add_argument("--drawn", type=int, default=0, help="so many worlds at random instead")
    parser.add_argument("--listed", type=int, default=0, help="so many of the kinds promised")
    parser.add_argument("--first", type=int, default=1000, help="number of the first one")
    options = parser.parse_args(argv)
    known = worlds()
    if options.drawn or options.listed:
        known = [*drawn(options.drawn, options.first), *listed(options.listed, options.first)]
    part, parts = (int(number) for number in options.part.split("/"))
    rows = []
    for world in [one for one in known if options.only in one.name][part::parts]:
        for seed in (int(seed) for seed in options.seeds.split(",")):
            rows.append(judge(world, seed, options.backend))
            print(line(rows[-1]), flush=True)
            if known[0].name[0] in "#@" and rows[-1].faults:
                print("    " + world.name, flush=True)
    print("\n" + "\n".join(summary(rows)))


if __name__ == "__main__":
    main()
