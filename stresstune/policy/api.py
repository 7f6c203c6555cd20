"""What the API evidence of a probe means: a capacity, with its limits."""

from __future__ import annotations

import math

from msgspec.structs import replace

from stresstune.model.api import ApiCapacity, Limit, LimitKind
from stresstune.model.policy import Policy
from stresstune.model.verdict import Finding, Tier
from stresstune.model.workload import Workload
from stresstune.policy.thresholds import is_below
from stresstune.units import format_ratio

UNITS: dict[LimitKind, str] = {
    "requests_per_minute": "requests a minute",
    "tokens_per_minute": "input tokens a minute",
    "requests_per_day": "requests a day",
    "concurrency": "calls in flight",
    "throughput": "answers a second",
    "overload": "of the calls fail at any load",
}


def is_measured(api: ApiCapacity) -> bool:
    """Tell whether the probe found something out, so that its numbers may be used."""
    return api.outcome in {"measured", "enough"}


def proves_some(api: ApiCapacity, pause_seconds: float) -> bool:
    """Tell whether a probe whose budget was spent proved that somebody fits, whatever binds."""
    spent = api.outcome == "inconclusive" and not api.limits and api.proven_per_minute is not None
    return spent and api.max_sessions(pause_seconds) >= 1


def binding_limit(api: ApiCapacity, pause_seconds: float) -> Limit | None:
    """Return the limit that carries the fewest sessions with such a pause between their calls.

    None where that is no limit that was found, but merely the end of what was proved.
    """
    carried = [
        replace(api, limits=(limit,), proven_per_minute=None, proven_in_flight=None)
        for limit in api.limits
    ]
    tightest = min(carried, key=lambda one: one.max_sessions(pause_seconds), default=None)
    if tightest is None or tightest.max_sessions(pause_seconds) > api.max_sessions(pause_seconds):
        return None
    return tightest.limits[0]


def find(api: ApiCapacity, workload: Workload, policy: Policy) -> Finding:
    """Judge the API evidence for the wanted sessions at full pace."""
    if not is_measured(api):
        return Finding(
            subject="api", tier="inconclusive", statement=_unknown_words(api).rstrip(".")
        )
    sessions = api.max_sessions(workload.think_seconds)
    return Finding(
        subject="api",
        tier=_tier(api, sessions, workload.sessions, policy),
        statement=_statement(api, sessions, workload).rstrip("."),
        sessions=sessions,
    )


def carries_words(api: ApiCapacity, sessions: int, pause_seconds: float) -> str:
    """Say how many sessions the API carries with so long a pause, and which limit says so."""
    limit = binding_limit(api, pause_seconds)
    what = limit_words(limit) if limit else _proved_words(api)
    if limit is not None and limit.kind == "overload":
        return f"{what}, which carries nobody at any pace"
    who = "1 session" if sessions == 1 else f"{sessions} sessions"
    return f"{what} carries {who} with {pause_seconds:g} s between two calls"


def limit_words(limit: Limit) -> str:
    """Name a limit with its value, unit and provenance, as in ``60 requests a minute (stated)``.

    >>> limit_words(Limit(kind="overload", value=0.3, low=0.2, high=0.4, provenance="measured"))
    '30 % of the calls fail at any load (measured, 20 % to 40 %)'
    """
    value = format_ratio(limit.value) if limit.kind == "overload" else _count_words(limit.value)
    at_least = "at least " if limit.provenance == "lower_bound" else ""
    interval = _interval_words(limit) if limit.provenance == "measured" else ""
    provenance = limit.provenance.replace("_", " ")
    return f"{at_least}{value} {UNITS[limit.kind]} ({provenance}{interval})"


def has_unexplained_rejections(api: ApiCapacity) -> bool:
    """Tell whether there were 429s for which no limit was found."""
    return api.rejected > 0 and all(
        limit.provenance == "lower_bound" or limit.kind in {"throughput", "overload"}
        for limit in api.limits
    )


def _proved_words(api: ApiCapacity) -> str:
    proofs = {"calls a minute": api.proven_per_minute, "in flight": api.proven_in_flight}
    proved = " and ".join(f"{value:,} {unit}" for unit, value in proofs.items() if value)
    return f"what was proved{f' (at least {proved})' if proved else ''}"


def _tier(api: ApiCapacity, sessions: int, wanted: int, policy: Policy) -> Tier:
    if is_below(sessions, wanted, policy.api_concerning_ratio):
        return "critical"
    if sessions < wanted or has_unexplained_rejections(api):
        return "concerning"
    return "good"


def _statement(api: ApiCapacity, sessions: int, workload: Workload) -> str:
    carries = carries_words(api, sessions, workload.think_seconds)
    words = f"{carries}; {workload.sessions} wanted."
    if api.input_tokens_per_request is None and "tokens_per_minute" in _kinds(api):
        words += " How many tokens a call takes was not told, so only what was admitted counts."
    if has_unexplained_rejections(api):
        words += f" {api.rejected} of {api.requests_sent} calls met a 429 that no limit explains."
    return words[0].upper() + words[1:]


def _kinds(api: ApiCapacity) -> set[LimitKind]:
    return {limit.kind for limit in api.limits}


def _unknown_words(api: ApiCapacity) -> str:
    if api.outcome == "invalid":
        why = api.health.reason or "the load generator itself was the limit"
        return f"What the API carries could not be told: {why}."
    notes = [note for note in api.notes if not note.startswith("self-test: ")]
    why = " ".join(notes) or f"{api.requests_sent} calls in {api.seconds:.0f} s were not enough"
    return f"What the API carries could not be told: {why.rstrip('.')}."


def _interval_words(limit: Limit) -> str:
    high = "?" if limit.high is None or math.isinf(limit.high) else _count_words(limit.high)
    if limit.kind == "overload":
        high = "?" if limit.high is None else format_ratio(limit.high)
        return f", {format_ratio(limit.low)} to {high}"
    return f", {_count_words(limit.low)} to {high}"


def _count_words(value: float) -> str:
    if not math.isfinite(value):
        return str(value)
    return f"{value:.1f}" if 0 < abs(value) < 10 and value % 1 else f"{value:,.0f}"
