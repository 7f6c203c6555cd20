"""Calls for tests, with only what a test is about."""

from __future__ import annotations

from stresstune.model.load import Attempt, Outcome, QuotaStatement


def attempt(
    start: float,
    seconds: float = 1.5,
    outcome: Outcome = "ok",
    *,
    in_flight: int = 1,
    tokens: int | None = None,
    error: str = "",
    quotas: tuple[QuotaStatement, ...] = (),
) -> Attempt:
    """Return a call that started when it was meant to."""
    return Attempt(
        intended_seconds=start,
        started_seconds=start,
        finished_seconds=start + seconds,
        outcome=outcome,
        error=error,
        input_tokens=tokens,
        quotas=quotas,
        in_flight=in_flight,
    )


def refused(start: float, *quotas: QuotaStatement, outcome: Outcome = "rejected") -> Attempt:
    """Return a call that was refused at once."""
    return attempt(start, 0.02, outcome, error="429 RESOURCE_EXHAUSTED", quotas=quotas)
