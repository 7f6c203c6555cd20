"""What was learned about the API."""

from __future__ import annotations

from typing import Literal

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
        window_seconds: Length of the window in which it is counted, or None.
        burst: Calls that are admitted at once after a rest, where a token bucket was recognised,
            or None.
        evidence: What was seen, in one sentence.
    """

    kind: LimitKind
    value: float
    low: float
    high: float | None
    provenance: Provenance
    window_seconds: float | None = None
    burst: float | None = None
    evidence: str = ""


class ApiCapacity(Record, frozen=True, kw_only=True, tag_field="record", tag="api_capacity"):
    """What the API carries.

    Attributes:
        limits: Every limit that was found, the tightest first.
        outcome: ``measured`` (a limit was found), ``enough`` (the wanted sessions fit, with room
            to spare; nothing more was asked), ``inconclusive`` (it could not be told), ``invalid``
            (the load generator itself was the limit).
        breaking_point: Calls at once, or sent within the window, at the first rejection; None if
            there was none.
        requests_sent: All calls, rejected ones included.
        rejected: Calls that met a 429.
        seconds: How long the probe took.
        latency: Response times of the calls that succeeded, without overload.
        latency_low_seconds: Lower end of the interval of the mean response time.
        latency_high_seconds: Upper end of it.
        proven_per_minute: Most calls that were really admitted within one minute.
        proven_in_flight: Most calls that really were in flight without a rejection.
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
    """

    limits: tuple[Limit, ...]
    outcome: ApiOutcome
    breaking_point: int | None
    requests_sent: int
    rejected: int
    seconds: float
    latency: Latency
    latency_low_seconds: float = 0.0
    latency_high_seconds: float = 0.0
    proven_per_minute: int = 0
    proven_in_flight: int = 0
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
