"""From the calls of a probe, and the limits found in them, to a capacity: pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import fmean

from msgspec.structs import replace

from stresstune.api.answers import judged, latency_of
from stresstune.api.event import Event
from stresstune.api.failures import count_broken, less_queued, overload_of
from stresstune.api.knee import Throughput, find_in_time
from stresstune.api.proof import WINDOW_SECONDS, proven_in_window
from stresstune.api.readings import as_seen, distinct_quotas, limit_of_throughput
from stresstune.api.response import response_time
from stresstune.load.driver import CUT_OFF
from stresstune.model.api import ApiCapacity, ApiOutcome, Limit
from stresstune.model.load import Attempt, GeneratorHealth
from stresstune.model.workload import Workload

REFUSALS = ("rejected", "overloaded")
"""Outcomes by which a service says that it will not, for the moment."""

QUOTAS_A_MINUTE = ("requests_per_minute", "tokens_per_minute")

USED_UP_RATIO = 0.9
"""A quota of which so much was used may be what refuses, though it does not say so each time."""


@dataclass
class Evidence:
    """What a probe knows at some moment.

    Attributes:
        workload: What is to be carried.
        attempts: Every call that has ended.
        limits: Limits found by reading or reasoning (throughput is reckoned anew each time).
        explained: Places in ``attempts`` of refusals that a cap on concurrency explains.
        stray: Refusals that came at random.
        breaking_point: Calls admitted before the first refusal, that one counted in, or None.
        pending: When the calls that are still under way were started.
        phase_risk_ratio: See `stresstune.api.proof.proven_in_window`.
    """

    workload: Workload
    attempts: list[Attempt]
    limits: list[Limit] = field(default_factory=list)
    explained: set[int] = field(default_factory=set)
    stray: int = 0
    breaking_point: int | None = None
    pending: Mapping[int, float] = field(default_factory=dict)
    phase_risk_ratio: float = 0.0
    _throughput: tuple[int, Throughput | None] = (0, None)

    def admitted_seconds(self) -> list[float]:
        """Return when calls began that were let in, in order; those under way are taken as such."""
        ended = [a.started_seconds for a in self.attempts if _let_in(a)]
        return sorted([*ended, *self.pending.values()])

    def refusals(self) -> list[Attempt]:
        """Return the calls that were refused, in the order of their ends."""
        return [attempt for attempt in self.attempts if attempt.outcome in REFUSALS]

    def events(self, *, by_tokens: bool = False) -> list[Event]:
        """Return the log as a quota saw it, without refusals that a cap explains, and without 503s.

        A quota answers 429; a service that is overloaded for a moment says nothing about one.
        """
        mean = self.tokens_per_call() or 1.0 if by_tokens else 1.0
        under_way = [
            Event(seconds=start, admitted=True, weight=mean) for start in self.pending.values()
        ]
        log = [
            Event(
                seconds=attempt.started_seconds,
                admitted=attempt.outcome not in REFUSALS,
                weight=self._tokens(attempt) if by_tokens else 1.0,
            )
            for place, attempt in enumerate(self.attempts)
            if attempt.outcome not in ("ignored", "overloaded") and place not in self.explained
        ]
        return sorted([*log, *under_way], key=lambda event: (event.seconds, not event.admitted))

    def _tokens(self, attempt: Attempt) -> float:
        """Tokens of a call; of a refused one, which does not tell, the most that it may have."""
        told = [a.input_tokens for a in self.attempts if a.input_tokens is not None]
        if attempt.input_tokens is not None:
            return float(attempt.input_tokens)
        return float(max(told)) if attempt.outcome in REFUSALS else fmean(told)

    def tokens_per_call(self) -> float | None:
        """Return the mean input tokens of a call, or None if never told."""
        told = [a.input_tokens for a in self.attempts if a.input_tokens is not None]
        return fmean(told) if told else None

    def tokens_vary(self) -> bool:
        """Return whether calls differ enough in tokens to tell a token quota by them."""
        told = [a.input_tokens for a in self.attempts if a.input_tokens is not None]
        return len(told) > 1 and max(told) - min(told) > 0.05 * fmean(told)

    def proven_in_flight(self) -> int:
        """Return the most admitted calls that were in flight together."""
        moves = [(start, 1) for start in self.admitted_seconds()]
        moves += [(a.finished_seconds, -1) for a in self.attempts if _let_in(a)]
        level = most = 0
        for _, step in sorted(moves):
            level += step
            most = max(most, level)
        return most

    def proven_per_minute(self) -> int:
        """Return the calls a minute that are proved to be admitted."""
        return proven_in_window(self.admitted_seconds(), phase_risk_ratio=self.phase_risk_ratio)

    def admitted_in_flight_at(self, seconds: float) -> int:
        """Return how many admitted calls were under way at a moment."""
        ended = sum(
            _let_in(a) and a.started_seconds <= seconds < a.finished_seconds for a in self.attempts
        )
        return ended + sum(start <= seconds for start in self.pending.values())

    def unexplained_refusals(self) -> list[Attempt]:
        """Return the refusals that no cap on concurrency explains."""
        return [
            attempt
            for place, attempt in enumerate(self.attempts)
            if attempt.outcome in REFUSALS and place not in self.explained
        ]

    def admitted_before_statement(self) -> list[float]:
        """Return when calls were admitted until the first 429 that states a quota."""
        first = min(a.started_seconds for a in self.refusals() if a.quotas)
        return [start for start in self.admitted_seconds() if start <= first]

    def strays_beside(self, quota_calls: float) -> int:
        """Count refusals that state nothing and came before a quota that others state was used up.

        Args:
            quota_calls: Calls a minute that it admits.
        """
        admitted = self.admitted_seconds()
        silent = [attempt for attempt in self.unexplained_refusals() if not attempt.quotas]
        used = (
            bisect_left(admitted, a.started_seconds)
            - bisect_left(admitted, a.started_seconds - WINDOW_SECONDS)
            for a in silent
        )
        return sum(calls < USED_UP_RATIO * quota_calls for calls in used)

    def find_cap(self, in_flight: int, times: str = "three times") -> None:
        """Take it for a cap on concurrency, which explains the refusals at that level."""
        self.limits.append(
            Limit(
                kind="concurrency",
                value=in_flight,
                low=in_flight,
                high=in_flight,
                provenance="measured",
                evidence=f"{times} {in_flight} calls in flight were admitted, and no more",
            )
        )
        self.explained |= self.refused_at(in_flight)

    def refused_at(self, in_flight: int) -> set[int]:
        """Return places in ``attempts`` of refusals with so many admitted calls in flight."""
        return {
            place
            for place, attempt in enumerate(self.attempts)
            if attempt.outcome in REFUSALS
            and self.admitted_in_flight_at(attempt.started_seconds) >= in_flight
        }

    def error_ratio(self) -> float:
        """Return the share of calls that failed for no limit that was found."""
        late_seconds = self.workload.latency_objective_seconds
        ended = judged(self.attempts, late_seconds)
        hung = [a for a in ended if a.outcome in ("timed_out", "ignored")]
        queue = self.throughput() if hung else None
        broken = count_broken(ended)
        broken += len(less_queued(hung, self.attempts, queue, late_seconds))
        refused = max(self.stray, self._overloaded_beside_a_quota())
        return (broken + refused) / len(ended) if ended else 0.0

    def _overloaded_beside_a_quota(self) -> int:
        """Count 503s where a quota was measured: they are not its own, nor all of them a cap's."""
        unstated = [one.kind for one in self.limits if one.provenance != "stated"]
        if not set(unstated) & set(QUOTAS_A_MINUTE):
            return 0
        caps = [int(limit.low) for limit in self.limits if limit.kind == "concurrency"]
        of_cap = self.explained.union(*map(self.refused_at, caps))
        places = enumerate(self.attempts)
        return sum(a.outcome == "overloaded" and place not in of_cap for place, a in places)

    def overload(self, *, in_the_end: bool = False) -> Limit | None:
        """Return a limit where surely more calls fail at random than are tolerated.

        Args:
            in_the_end: Nothing more is asked; more failures than are tolerated, among enough
                calls, are then no good news even where they may be bad luck.
        """
        ended = len(judged(self.attempts, self.workload.latency_objective_seconds))
        hits = round(self.error_ratio() * ended)
        heard = any(a.outcome == "ok" or a.outcome in REFUSALS for a in self.attempts)
        if not heard:
            return None
        tolerated = self.workload.error_tolerance_ratio
        return overload_of(hits, ended, tolerated, in_the_end=in_the_end)

    def conclude(self) -> None:
        """Take failures for an overload at last, where nothing else was found to cause them.

        Beside a quota that states nothing, only what no quota answers with is one, where that is
        surely too much: a 503, a 500, an answer that breaks off.
        """
        told = all(one.kind == "concurrency" or one.provenance == "stated" for one in self.limits)
        overload = self.overload(in_the_end=True)
        if not told:
            ended = judged(self.attempts, self.workload.latency_objective_seconds)
            failed = self._overloaded_beside_a_quota() + count_broken(ended)
            overload = overload_of(failed, len(ended), self.workload.error_tolerance_ratio)
        if overload is not None:
            self.limits.append(overload)

    def capacity(
        self,
        *,
        outcome: ApiOutcome = "measured",
        seconds: float = 0.0,
        proofs: bool = True,
        health: GeneratorHealth | None = None,
    ) -> ApiCapacity:
        """Return what is known as a capacity.

        Args:
            outcome: How the probe ends.
            seconds: How long it took.
            proofs: Include what was proved beside the limits; without, only the limits count.
            health: Whether the generator can be believed.
        """
        throughput = self.throughput()
        limits = [as_seen(one, throughput, self.events()) for one in self.limits]
        limits += [limit_of_throughput(throughput)] if throughput else []
        overload = any(limit.kind == "overload" for limit in limits)
        objective_seconds = self.workload.latency_objective_seconds
        few_users = any(limit.kind in QUOTAS_A_MINUTE for limit in limits)
        response = response_time(self.attempts, throughput, objective_seconds, few_users=few_users)
        rejected = sum(attempt.outcome == "rejected" for attempt in self.attempts)
        proven = self.proven_per_minute() if proofs else None
        capacity = ApiCapacity(
            limits=tuple(limits),
            outcome=outcome,
            breaking_point=self.breaking_point,
            requests_sent=len(self.attempts),
            rejected=rejected,
            seconds=seconds,
            latency=latency_of(response.seconds),
            latency_sd_seconds=response.spread_seconds,
            latency_low_seconds=response.low_seconds,
            latency_high_seconds=response.high_seconds,
            proven_per_minute=proven,
            proven_in_flight=self.proven_in_flight() if proofs else None,
            error_ratio=0.0 if overload else self.error_ratio(),
            input_tokens_per_request=self.tokens_per_call(),
            latency_objective_seconds=objective_seconds,
            error_tolerance_ratio=self.workload.error_tolerance_ratio,
            health=health or GeneratorHealth(),
            quotas=tuple(distinct_quotas(self.attempts)),
            attempts=tuple(self.attempts),
        )
        return _tightest_first(capacity, self.workload.think_seconds)

    def throughput(self) -> Throughput | None:
        """Return the throughput of a queueing server, or None where nothing queues."""
        if self._throughput[0] != len(self.attempts):  # it is asked several times at each look
            late_seconds = self.workload.latency_objective_seconds
            self._throughput = len(self.attempts), find_in_time(self.attempts, late_seconds)
        return self._throughput[1]


def _let_in(attempt: Attempt) -> bool:
    if attempt.outcome == "ignored":  # cut off: it was under way for longer than refusals take
        return attempt.error == CUT_OFF and attempt.service_seconds > 1.0
    return attempt.outcome in ("ok", "failed", "timed_out")


def _tightest_first(capacity: ApiCapacity, think_seconds: float) -> ApiCapacity:
    order = sorted(
        capacity.limits,
        key=lambda limit: replace(
            capacity, limits=(limit,), proven_per_minute=None, proven_in_flight=None
        ).max_sessions(think_seconds),
    )
    return replace(capacity, limits=tuple(order))
