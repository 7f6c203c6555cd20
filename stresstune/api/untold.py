"""What a probe could not tell, why, and what is to be done about it. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from stresstune.api.answers import are_late_anyhow
from stresstune.api.ledger import Ledger
from stresstune.model.api import ApiCapacity
from stresstune.model.load import Attempt
from stresstune.model.workload import Workload

_MORE_OF = {
    "calls": "give the probe so many (Budget.max_requests, --max-requests) and the time for them",
    "input tokens": "give the probe the input tokens for them (Budget.max_tokens, --max-tokens)",
    "seconds": "give the probe so many (Budget.max_requests, --max-requests) and the time for them",
}


def why_untold(
    found: ApiCapacity, attempts: Sequence[Attempt], ledger: Ledger, workload: Workload
) -> str:
    """Say why an inconclusive probe could not tell.

    Args:
        found: What was found.
        attempts: Its calls.
        ledger: What was spent.
        workload: What was to be carried.
    """
    if not attempts:
        return _allows_no_call(ledger)
    if found.latency.count == 0:
        return f"No call was answered: {_most_frequent(attempts)}."
    objective = workload.latency_objective_seconds
    if are_late_anyhow(attempts, objective):
        return (
            f"Answers take {found.latency.p50_seconds:.1f} s in the median and "
            f"{found.latency.p95_seconds:.1f} s in 95 %, also with few calls at once: nobody "
            f"is answered within {objective:g} s. Another model, a shorter prompt, or "
            "another objective (workload.latency_objective_seconds) would change that."
        )
    return _spent_before(found, ledger.used_up() or "seconds", workload)


def unseen(found: ApiCapacity) -> tuple[str, ...]:
    """Say what is counted over too long a time to show in a probe.

    >>> unseen(ApiCapacity(limits=(), outcome="enough", seconds=43.2))[0].partition(":")[0]
    'The probe looked for 43 s'
    """
    if any(limit.kind == "requests_per_day" for limit in found.limits):
        return ()
    looked = f"The probe looked for {found.seconds:.0f} s"
    return (
        f"{looked}: an hour's or a day's quota that no answer states shows once it is used up.",
    )


def _allows_no_call(ledger: Ledger) -> str:
    if ledger.used_up() != "input tokens":
        return "The budget allows no call."
    return (
        f"The budget allows no call: one takes {ledger.largest_tokens:,} input tokens, and at most "
        f"{ledger.budget.max_tokens:,} may be spent (Budget.max_tokens, --max-tokens)."
    )


def _spent_before(found: ApiCapacity, spent: str, workload: Workload) -> str:
    wanted, think = workload.sessions, workload.think_seconds
    per_minute = 60 * wanted / max(think + found.latency.average_seconds, 1e-3)
    proved = found.max_sessions(think)
    safe = f"{proved} are, so that {proved} are safe to set" if proved else "not one is"
    return (
        f"No limit was met, and the budget of {spent} was spent before all {wanted} sessions were "
        f"proved: {safe}{_or_a_pause(found, workload)}. All make about {per_minute:,.0f} calls a "
        f"minute, and about {2.1 * per_minute:,.0f} prove that: {_MORE_OF[spent]}."
    )


def _or_a_pause(found: ApiCapacity, workload: Workload) -> str:
    """Say with what pause all wanted sessions fit what was proved, if one that is allowed does."""
    wanted, think = workload.sessions, workload.think_seconds
    halves = math.floor(2 * workload.max_slow_mode_delay_seconds)
    for half in range(1, halves + 1):
        if found.max_sessions(think + half / 2) >= wanted:
            return f", or all {wanted} with a pause of {half / 2:g} s in slow mode"
    return ""


def _most_frequent(attempts: Sequence[Attempt]) -> str:
    errors = Counter(attempt.error for attempt in attempts if attempt.error)
    return ", ".join(f"{count} ended with {error}" for error, count in errors.most_common(3))
