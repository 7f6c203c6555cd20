"""What a classic test has seen, and how it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from stresstune.api.answers import latency_of
from stresstune.api.meaning import meanings
from stresstune.load.health import StallWatch, health_of
from stresstune.load.saying import OnProgress, Saying
from stresstune.model.load import (
    Attempt,
    GeneratorHealth,
    LoadKind,
    LoadResult,
    LoadStep,
    LoadTier,
)

TYPICAL_CLASS = 30
"""Users that a ramp is read for here; `stresstune.judge` reads it for the workload's own."""


@dataclass
class ClassicRun:
    """A classic test under way; what it has seen can be read at any time."""

    kind: LoadKind
    wanted: int
    on_progress: OnProgress | None = None
    breaking_point: int | None = None
    last_good: int | None = None
    steps: list[LoadStep] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    dropped: int = 0
    watch: StallWatch = field(default_factory=StallWatch)

    def __post_init__(self) -> None:
        self.saying = Saying(self.on_progress, self.attempts, self.wanted)

    def result(self) -> LoadResult:
        """Return what was seen until now."""
        calls = [a for a in self.attempts if a.outcome != "ignored" or a.error]
        answered = [a for a in calls if a.outcome == "ok"]
        begin = min((a.intended_seconds for a in calls), default=0.0)
        seconds = max((a.finished_seconds for a in calls), default=0.0) - begin
        starting = max((a.started_seconds for a in calls), default=0.0) - begin
        rejected = sum(a.outcome == "rejected" for a in calls)
        health = health_of(
            calls,
            dropped_starts=self.dropped,
            stall_seconds=self.watch.longest_seconds,
            pool_waits_seconds=self.watch.pool_waits_seconds,
            in_bursts=self.kind != "sustained",
        )
        tier = _tier(self, calls, rejected) if health.ok else "inconclusive"
        return LoadResult(
            kind=self.kind,
            duration_seconds=seconds,
            total=len(calls) + self.dropped,
            successful=len(answered),
            failed=len(calls) + self.dropped - len(answered),
            rejected=rejected,
            errors=dict(Counter(a.error for a in calls if a.outcome != "ok").most_common()),
            latency=latency_of([a.latency_seconds for a in answered]),
            offered_per_second=self._offered_per_second(calls, seconds, starting),
            throughput_per_second=len(answered) / seconds if seconds > 0 else 0.0,
            concurrent=max((a.in_flight for a in calls), default=0),
            breaking_point=self.breaking_point,
            last_good=self.last_good,
            steps=tuple(self.steps),
            health=health,
            tier=tier,
            recommendation=_advice(tier, health, calls, len(calls) - len(answered) - rejected),
            attempts=tuple(sorted(calls, key=lambda a: (a.started_seconds, a.finished_seconds))),
        )

    def _offered_per_second(
        self, calls: Sequence[Attempt], seconds: float, starting: float
    ) -> float:
        """Starts a second: of a schedule by its gaps, of bursts by all the time they took."""
        if self.kind == "sustained":
            return (len(calls) - 1) / starting if starting > 0 else 0.0
        return len(calls) / seconds if seconds > 0 else 0.0


def _tier(run: ClassicRun, calls: Sequence[Attempt], rejected: int) -> LoadTier:
    """Read the third row of the classic table, for as many users as the test had."""
    if not any(a.outcome in ("ok", "rejected") for a in calls):
        return "inconclusive"
    if run.kind == "ramp":
        if run.breaking_point is None:
            return "good"
        return "concerning" if run.breaking_point >= 2 / 3 * TYPICAL_CLASS else "critical"
    if not rejected:
        return "good"
    return "concerning" if rejected / len(calls) <= 5 / 30 else "critical"


_ADVICE: dict[LoadTier, str] = {
    "good": "No rate limit was met. A test this short does not prove a quota: run `probe api`.",
    "concerning": "A few calls were rejected: let fewer in, or start everybody in slow mode.",
    "critical": "Rate limits bind well below this load: halve the sessions and use slow mode.",
    "inconclusive": "No call got through, so nothing was learned about rate limits.",
}


def _advice(
    tier: LoadTier, health: GeneratorHealth, calls: Sequence[Attempt], failed_otherwise: int
) -> str:
    for_the_day = meanings(quota for a in calls for quota in a.quotas)
    if for_the_day:
        return " ".join(for_the_day)
    if not health.ok:
        return f"Nothing was learned about rate limits: {health.reason}."
    if tier == "inconclusive" or not failed_otherwise:
        return _ADVICE[tier]
    return f"{_ADVICE[tier]} {failed_otherwise} of {len(calls)} calls failed for other reasons."
