"""What happened to the calls of a load test."""

from __future__ import annotations

from typing import Literal

from stresstune.model.record import Record

Outcome = Literal[
    "ok", "rejected", "overloaded", "timed_out", "ignored", "failed", "unreachable", "dropped"
]
"""How one call ended.

``rejected`` is a 429, ``overloaded`` a 503 or 529, ``timed_out`` our own deadline or a 504,
``ignored`` a 400, 401, 403 or 404 (it measured nothing), ``unreachable`` no connection, ``failed``
everything else (an empty answer, a broken body, a 500), ``dropped`` a call that was never started.
"""

LoadKind = Literal["burst", "sustained", "ramp"]
LoadTier = Literal["good", "concerning", "critical", "inconclusive"]


class QuotaStatement(Record, frozen=True, kw_only=True):
    """What one 429 said about one quota.

    Attributes:
        quota: Which quota: ``requests``, ``tokens``, ``images``, ``spend`` or ``unknown``.
        window_seconds: 60 for a minute, 86400 for a day, None if it was not said.
        value: The limit in requests, tokens or images a window; 0 means that this model is not to
            be had at all with this key; None if it was not said.
        quota_id: The server's own name for it, or "".
        retry_delay_seconds: When the server says to come back, or None.
        model: The model, as the server calls it, or "".
        free_tier: The quota's name says that it is the free tier's.
    """

    quota: Literal["requests", "tokens", "images", "spend", "unknown"]
    window_seconds: float | None = None
    value: int | None = None
    quota_id: str = ""
    retry_delay_seconds: float | None = None
    model: str = ""
    free_tier: bool = False


class Attempt(Record, frozen=True, kw_only=True):
    """One call: when it was meant to start, when it did, when and how it ended.

    Attributes:
        intended_seconds: Intended start, on the run's own clock (0 is the start of the run).
        started_seconds: Actual start.
        finished_seconds: End.
        outcome: How it ended.
        error: Type and code of the error (``429 RESOURCE_EXHAUSTED``), never its full text, or "".
        input_tokens: Input tokens as the server counted them, or None.
        quotas: What a 429 said; several quotas may be exceeded at once.
        in_flight: Calls under way when this one started, itself included.
    """

    intended_seconds: float
    started_seconds: float
    finished_seconds: float
    outcome: Outcome
    error: str = ""
    input_tokens: int | None = None
    quotas: tuple[QuotaStatement, ...] = ()
    in_flight: int = 1

    @property
    def latency_seconds(self) -> float:
        """From the intended start to the end: free of coordinated omission."""
        return self.finished_seconds - self.intended_seconds

    @property
    def service_seconds(self) -> float:
        """From the actual start to the end."""
        return self.finished_seconds - self.started_seconds


class Latency(Record, frozen=True, kw_only=True):
    """Response times of the calls that succeeded, in seconds, from their intended start.

    Attributes:
        count: How many there are; every other field is 0 where there is none.
    """

    count: int = 0
    average_seconds: float = 0.0
    min_seconds: float = 0.0
    max_seconds: float = 0.0
    p50_seconds: float = 0.0
    p95_seconds: float = 0.0
    p99_seconds: float = 0.0


class GeneratorHealth(Record, frozen=True, kw_only=True):
    """Was the load generator itself the limit?

    Attributes:
        ok: It was not; the run may be believed.
        lag_p50_seconds: How late calls started, median.
        lag_p99_seconds: How late calls started, 99th percentile.
        max_stall_seconds: Longest time in which the event loop did not come round.
        dropped_starts: Calls that were due and never started.
        pool_wait_p99_seconds: How long requests waited for a connection (the name, connecting, and
            a place in the pool where it is limited; that of `Gemini` and `HttpTarget` is not), 99th
            percentile; 0 where the target does not tell.
        reason: Why the run is not to be believed, or "".
    """

    ok: bool = True
    lag_p50_seconds: float = 0.0
    lag_p99_seconds: float = 0.0
    max_stall_seconds: float = 0.0
    dropped_starts: int = 0
    pool_wait_p99_seconds: float = 0.0
    reason: str = ""


class LoadStep(Record, frozen=True, kw_only=True):
    """One level of a ramp.

    Attributes:
        concurrent: Calls that were started together.
        succeeded: How many of them came back with an answer.
        rejected: How many met a 429.
        failed: How many ended any other way.
    """

    concurrent: int
    succeeded: int
    rejected: int
    failed: int


class LoadResult(Record, frozen=True, kw_only=True, tag_field="record", tag="load_result"):
    """What a classic test saw: burst, sustained or ramp.

    Attributes:
        kind: Which test.
        duration_seconds: From the first intended start to the last end.
        total: Calls that were due.
        successful: Calls with a usable answer.
        failed: All others, rejected ones included.
        rejected: Calls that met a 429.
        errors: Errors by type (``{"429 RESOURCE_EXHAUSTED": 12}``).
        latency: Response times of the successful calls.
        offered_per_second: Calls started a second.
        throughput_per_second: Calls that succeeded a second.
        concurrent: Largest number of calls in flight.
        breaking_point: First level of a ramp that met a rate limit, or None.
        last_good: Last level of a ramp without one, or None.
        steps: The levels of a ramp, in order.
        health: Whether the generator can be believed.
        tier: The classic reading of it: good without a rejection, concerning up to 5 in 30.
        recommendation: The same in words, for a person.
        simulated: It was the emulator, not the real thing.
        attempts: Every call.

    >>> from stresstune import burst
    >>> async def edit(): ...  # your call to the API
    >>> result = burst(edit, concurrent=2)
    >>> result.kind, result.total, result.errors
    ('burst', 2, {})
    """

    kind: LoadKind
    duration_seconds: float
    total: int
    successful: int
    failed: int
    rejected: int
    errors: dict[str, int]
    latency: Latency
    offered_per_second: float
    throughput_per_second: float
    concurrent: int
    breaking_point: int | None = None
    last_good: int | None = None
    steps: tuple[LoadStep, ...] = ()
    health: GeneratorHealth = GeneratorHealth()
    tier: LoadTier = "inconclusive"
    recommendation: str = ""
    simulated: bool = False
    attempts: tuple[Attempt, ...] = ()
