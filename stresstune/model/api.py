"""What was learned about the API."""

from __future__ import annotations

import math
from typing import Literal, assert_never

from msgspec.structs import replace

from stresstune import queueing
from stresstune.model.load import Attempt, GeneratorHealth, Latency, QuotaStatement
from stresstune.model.record import Record

LimitKind = Literal[
    "requests_per_minute",
    "tokens_per_minute",
    "requests_per_day",
    "concurrency",
    "throughput",
    "overload",
]

Provenance = Literal["stated", "measured", "lower_bound"]

TOLERANCE_USED_RATIO = 0.7
"""Share of the error tolerance that a recommendation uses: the formulas are that close to the
simulated users of `stresstune.testing`, and a number that is one too high is unsafe."""

LATE_ALLOWED_RATIO = 0.03
"""Share of answers beyond the latency objective that a recommendation allows, of 0.05."""

SERVED_OUT_RATIO = 0.8
"""Where so large a share of what a queueing server serves, or a cap lets through, is proved to be
admitted by any quota, that server or cap is what binds."""

COUNTING_FACTOR, COUNTING_CALLS = 14.0, 120.0
"""Where refused calls count, the window stays shut once it is: so much rarer must that be, and the
more so the more calls it holds beyond these (by simulation; 10 is too little for some of the longer
pauses, and 14 for 300 or 600 calls)."""

ApiOutcome = Literal["measured", "enough", "inconclusive", "invalid"]


class Limit(Record, frozen=True, kw_only=True):
    """One limit of the service.

    Attributes:
        kind: What is limited.
        value: Best value, in the unit of the kind: requests (or input tokens) a minute, requests a
            day, calls in flight, succeeded calls a second (``throughput``), share of calls that
            fail at any load (``overload``, 0 to 1).
        low: Lower end of its interval.
        high: Upper end of its interval; infinite values are written as None.
        provenance: ``stated`` by the server, ``measured``, or a ``lower_bound`` (at least this).
        window_seconds: Length of the window in which it is counted, or None; a quota of a shorter
            window than a minute is given by the minute as well.
        burst: Calls that are admitted at once after a rest, where a token bucket was recognised,
            or None.
        counts_rejected: Refused calls are counted against it too, so that overload feeds itself.
        resets: All of it is admitted again as its window turns, as was seen: no rolling window.
        flows: It admits again as it flows in, as was seen: a bucket of ``burst``, and no window.
        served_per_second: Throughput behind a cap on concurrency, where some of the calls that it
            admits wait for others; None where they do not.
        evidence: What was seen, in one sentence.

    >>> limit = Limit(kind="requests_per_minute", value=60, low=58, high=61, provenance="measured")
    >>> f"{limit.kind}: {limit.low} to {limit.high}"
    'requests_per_minute: 58 to 61'
    """

    kind: LimitKind
    value: float
    low: float
    high: float | None
    provenance: Provenance
    window_seconds: float | None = None
    burst: float | None = None
    counts_rejected: bool = False
    resets: bool = False
    flows: bool = False
    served_per_second: float | None = None
    evidence: str = ""


class ApiCapacity(Record, frozen=True, kw_only=True, tag_field="record", tag="api_capacity"):
    """What the API carries.

    Attributes:
        limits: Every limit that was found, the tightest first; what was merely proved to be there
            is no limit, and stands in ``proven_per_minute`` and ``proven_in_flight``.
        outcome: ``measured`` (a limit was found), ``enough`` (the wanted sessions fit, with room
            to spare; nothing more was asked), ``inconclusive`` (it could not be told), ``invalid``
            (the load generator itself was the limit).
        breaking_point: Calls at once, or sent within the window, at the first rejection; None if
            there was none.
        requests_sent: All calls, rejected ones included.
        rejected: Calls that met a 429.
        seconds: How long the probe took.
        latency: Response times of the calls that succeeded, without overload.
        latency_sd_seconds: Standard deviation of those response times.
        latency_low_seconds: Lower end of the interval of the mean response time; 0 stands for the
            mean itself, and so does it below.
        latency_high_seconds: Upper end of it.
        proven_per_minute: Calls that the service is proved to admit in a minute, whatever its
            window; None where it was not asked. It bounds the sessions where no rate was found.
        proven_in_flight: Most calls that were in flight without a refusal; None likewise.
        error_ratio: Share of calls that failed for reasons other than the limits found.
        input_tokens_per_request: Mean input tokens of a call, or None if never told.
        latency_objective_seconds: The objective that throughput was judged by.
        error_tolerance_ratio: Share of failed calls that still counts as holding.
        target: What was probed (model and address, without any secret).
        simulated: It was the emulator, not the real thing.
        health: Whether the load generator can be believed.
        notes: What a reader must know to trust or distrust the numbers.
        quotas: Everything that 429s stated.
        attempts: Every call.

    >>> rate = Limit(kind="requests_per_minute", value=60, low=58, high=61, provenance="measured")
    >>> capacity = ApiCapacity(limits=(rate,), outcome="measured")
    >>> capacity.limits[0].value
    60
    """

    limits: tuple[Limit, ...]
    outcome: ApiOutcome
    breaking_point: int | None = None
    requests_sent: int = 0
    rejected: int = 0
    seconds: float = 0.0
    latency: Latency = Latency()
    latency_sd_seconds: float = 0.0
    latency_low_seconds: float = 0.0
    latency_high_seconds: float = 0.0
    proven_per_minute: int | None = None
    proven_in_flight: int | None = None
    error_ratio: float = 0.0
    input_tokens_per_request: float | None = None
    latency_objective_seconds: float = 10.0
    error_tolerance_ratio: float = 0.01
    target: str = ""
    simulated: bool = False
    health: GeneratorHealth = GeneratorHealth()
    notes: tuple[str, ...] = ()
    quotas: tuple[QuotaStatement, ...] = ()
    attempts: tuple[Attempt, ...] = ()

    def max_sessions(self, think_seconds: float) -> int:
        """Return how many sessions the API carries at this pause between two calls.

        The interactive response time law with room for the fluctuation of independent users (see
        `stresstune.queueing`), on the unfavourable end of each interval: short response times for
        a rate (users come back sooner), long ones for a cap on concurrency (they stay longer).

        Args:
            think_seconds: Mean pause of one session between an answer and its next call,
                slow-mode delay included; a finite number, and less than 0 counts as 0.

        Returns:
            The largest number of independent sessions that every limit carries; 0 where not even
            one is carried, or where nothing was proved. A record that merely says ``enough``, of
            somebody's own making, limits nobody: `stresstune.queueing.MAX_SESSIONS`.

        Raises:
            ValueError: `think_seconds` is not finite.
        """
        if not math.isfinite(think_seconds):
            raise ValueError(f"think_seconds is {think_seconds}: it must be a finite number")
        bounds = [*self.limits, *self._proofs()]
        if self.outcome == "invalid" or self._late_without_load():
            return 0
        if not bounds:
            return queueing.MAX_SESSIONS if self.outcome == "enough" else 0
        return min(self._carried_by(bound, max(think_seconds, 0.0)) for bound in bounds)

    def _proofs(self) -> list[Limit]:
        """What was proved, as lower bounds of the limits that were not found."""
        found = {limit.kind for limit in self.limits}
        proofs: list[tuple[LimitKind, int | None]] = []
        if not found & {"requests_per_minute", "tokens_per_minute"} and not self._served_out():
            proofs.append(("requests_per_minute", self.proven_per_minute))
        if "concurrency" not in found:
            proofs.append(("concurrency", self.proven_in_flight))
        return [
            Limit(kind=kind, value=value, low=value, high=None, provenance="lower_bound")
            for kind, value in proofs
            if value is not None
        ]

    def _served_out(self) -> bool:
        """Whether as many calls a minute are proved as the other limits let through at all."""
        proven = self.proven_per_minute or 0
        most = [limit.low for limit in self.limits if limit.kind == "throughput"]
        if self.latency.average_seconds > 0:  # Little's law: a cap is a throughput as well
            most += [
                limit.low / self.latency.average_seconds
                for limit in self.limits
                if limit.kind == "concurrency"
            ]
        return any(proven >= SERVED_OUT_RATIO * 60 * per_second for per_second in most)

    def _late_without_load(self) -> bool:
        typical = self.latency.p95_seconds if self.latency.count >= 20 else self.latency.p50_seconds
        return typical > self.latency_objective_seconds

    def _carried_by(self, limit: Limit, think_seconds: float) -> int:
        match limit.kind:
            case "requests_per_minute" | "tokens_per_minute":
                return self._carried_by_quota(limit, think_seconds)
            case "concurrency" | "throughput":
                return self._carried_by_server(limit, think_seconds)
            case "requests_per_day" | "overload":
                # the one is only ever learned from the rejection that ends the day; the other
                # fails more calls than is tolerated, whatever the number of sessions
                return 0
            case _:
                assert_never(limit.kind)

    def _carried_by_quota(self, limit: Limit, think_seconds: float) -> int:
        sooner = self._users(think_seconds, self.latency_low_seconds)
        if limit.kind == "requests_per_minute":
            return _carried_by_rate(limit, 1.0, sooner)
        if self.input_tokens_per_request is None:
            # what a call weighs was never told: as many as were admitted
            return _carried_by_rate(_requests(self.proven_per_minute or 0), 1.0, sooner)
        return _carried_by_rate(limit, self.input_tokens_per_request, sooner)

    def _carried_by_server(self, limit: Limit, think_seconds: float) -> int:
        if self.latency.average_seconds <= 0:
            return _carried_by_instant_answers(limit, think_seconds)
        if limit.kind == "concurrency":
            later = self._users(think_seconds, self.latency_high_seconds)
            return queueing.sessions_under_concurrency(
                math.floor(limit.low), later, limit.served_per_second
            )
        unqueued = self._users(think_seconds, self.latency.average_seconds)
        # there is one place at least, and none is quicker than all of them together
        longer = max(1 / (limit.low * unqueued.latency_seconds), 1.0) if limit.low > 0 else 1.0
        unqueued = replace(
            unqueued,
            latency_seconds=unqueued.latency_seconds * longer,
            latency_sd_seconds=unqueued.latency_sd_seconds * longer,
        )
        return queueing.sessions_under_throughput(
            limit.low, unqueued, self.latency_objective_seconds, LATE_ALLOWED_RATIO
        )

    def _users(self, think_seconds: float, latency_seconds: float) -> queueing.Users:
        left = max(self.error_tolerance_ratio - self.error_ratio, self.error_tolerance_ratio / 10)
        return queueing.Users(
            think_seconds=think_seconds,
            latency_seconds=latency_seconds or self.latency.average_seconds,
            latency_sd_seconds=self.latency_sd_seconds,
            tolerance_ratio=left * TOLERANCE_USED_RATIO,
        )


def _requests(per_minute: float) -> Limit:
    return Limit(
        kind="requests_per_minute",
        value=per_minute,
        low=per_minute,
        high=None,
        provenance="lower_bound",
    )


def _carried_by_instant_answers(limit: Limit, think_seconds: float) -> int:
    """Reckon without a response time: everybody at once, or as many calls as there are."""
    if limit.kind == "concurrency":
        return max(0, math.floor(limit.low))
    return max(0, math.floor(limit.low * think_seconds))


def _carried_by_rate(limit: Limit, weight: float, users: queueing.Users) -> int:
    if limit.low <= 0:
        return 0
    weight = max(weight, 1e-9)
    window_seconds = limit.window_seconds or 60.0
    per_second = limit.low / weight / 60.0
    if limit.counts_rejected:
        rarer = COUNTING_FACTOR * max(per_second * window_seconds / COUNTING_CALLS, 1.0)
        users = replace(users, tolerance_ratio=users.tolerance_ratio / rarer)
    under = queueing.sessions_under_fixed_window if limit.resets else queueing.sessions_under_window
    by_window = under(per_second * window_seconds, window_seconds, users)
    if limit.burst is None:
        return by_window
    by_bucket = queueing.sessions_under_bucket(per_second, limit.burst / weight, users)
    is_bucket = limit.flows or limit.provenance == "measured"
    return by_bucket if is_bucket else min(by_window, by_bucket)
