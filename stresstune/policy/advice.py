"""What to tell the room, and what would lift the limit."""

from __future__ import annotations

import math

from stresstune.model.api import ApiCapacity, Limit
from stresstune.model.memory import MemoryCapacity
from stresstune.model.verdict import Verdict
from stresstune.model.workload import Workload
from stresstune.policy import api as api_rules
from stresstune.policy import memory as memory_rules
from stresstune.units import format_bytes

LARGEST_GROUP = 5
"""People who can work at one screen; more of them take turns."""


def announce(verdict: Verdict, sessions: int | None, *, slow_mode: bool | None) -> tuple[str, ...]:
    """Return what to tell the room: nothing where the tier is good.

    Args:
        verdict: How it was judged.
        sessions: How many are let in, or None if that is left alone.
        slow_mode: New sessions start in slow mode; None where the app has none.
    """
    if verdict.tier == "good":
        return ()
    if sessions == 0:  # a person closed the app: no pace and no pairs help
        return ("The app lets nobody in: its number of sessions is 0.",)
    tick = {
        True: "Slow Mode is on: leave it ticked. If you see errors, wait a moment and try again.",
        False: "If you see errors, tick Slow Mode.",
        None: "If you see errors, wait a moment and try again.",
    }
    if _answers_nobody(verdict):
        return ("The API answers nobody now: no pause and no smaller room mends that.",)
    if _fails_at_random(verdict):
        again = "Some calls fail whoever makes them: wait a moment and try again."
        return (f"{again} Fewer people at a time do not mend it.",)
    return (*_share(verdict.workload.sessions, sessions), tick[slow_mode])


def _answers_nobody(verdict: Verdict) -> bool:
    """Tell whether every call failed, so that nothing is known of the API but that."""
    api = verdict.api
    return isinstance(api, ApiCapacity) and api.requests_sent > 0 and api.latency.count == 0


def _fails_at_random(verdict: Verdict) -> bool:
    """Tell whether the API is short because it fails at any load, and memory is not."""
    memory = any(one.subject == "memory" and one.tier != "good" for one in verdict.findings)
    if memory or not isinstance(verdict.api, ApiCapacity):
        return False
    limit = api_rules.binding_limit(verdict.api, verdict.workload.think_seconds)
    return limit is not None and limit.kind == "overload"


def lift(verdict: Verdict) -> tuple[str, ...]:
    """Return what would let more users in, the most useful first; nothing where all of them fit."""
    lines: list[str] = []
    if verdict.memory is not None:
        lines += _lift_memory(verdict.memory, verdict)
    match verdict.api:
        case ApiCapacity() as api:
            lines += _lift_api(api, verdict.workload)
        case None:
            pass
        case _:
            lines.append("Find the quota itself: probe the API for its limits.")
    return tuple(lines)


def _share(wanted: int, sessions: int | None) -> tuple[str, ...]:
    if sessions is None or sessions >= wanted:
        return ()
    size = math.ceil(wanted / sessions)
    groups = math.ceil(wanted / size)
    if size == 2:
        return (f"Work in pairs: {groups} pairs.",)
    if size <= LARGEST_GROUP:
        return (f"Pairs are not enough: work in groups of {size}, {groups} groups.",)
    return (f"Pairs are not enough: take turns, {sessions} of {wanted} at a time.",)


def _lift_memory(memory: MemoryCapacity, verdict: Verdict) -> list[str]:
    allowed = memory_rules.allow(memory, verdict.workload.sessions, verdict.policy)
    if allowed is None or allowed.sessions >= verdict.workload.sessions:
        return []
    lines = list(memory.advice) or _larger_machine(memory, verdict)
    short = memory_rules.is_short(memory, verdict.workload.sessions, verdict.policy)
    if short and not any("session store" in line for line in lines):
        lines.append("Keep sessions outside of the process, in a session store such as Redis.")
    return lines


def _larger_machine(memory: MemoryCapacity, verdict: Verdict) -> list[str]:
    wanted = verdict.workload.sessions
    needed = memory_rules.needed_limit_bytes(memory, wanted, verdict.policy.headroom_ratio)
    if needed is None or not math.isfinite(needed):
        return []
    return [f"Memory: {format_bytes(needed)} would hold all {wanted} sessions."]


def _lift_api(api: ApiCapacity, workload: Workload) -> list[str]:
    limit = api_rules.binding_limit(api, workload.think_seconds)
    if not api_rules.is_measured(api) or limit is None:
        return []
    if api.max_sessions(workload.think_seconds) >= workload.sessions:
        return []
    return [_lift_limit(limit, api, workload)]


def _lift_limit(limit: Limit, api: ApiCapacity, workload: Workload) -> str:
    cycle_seconds = workload.think_seconds + api.latency.average_seconds
    per_minute = 60 * workload.sessions / max(cycle_seconds, 1e-3)
    at_full_pace = f"{workload.sessions} users at full pace make about {per_minute:,.0f} calls"
    match limit.kind:
        case "requests_per_minute":
            return f"API: {at_full_pace} a minute; a higher tier has a higher quota."
        case "tokens_per_minute":
            return f"API: {at_full_pace} a minute; send fewer input tokens, or take a higher tier."
        case "requests_per_day":
            return "API: a tier with billing has a higher daily quota."
        case "concurrency" | "throughput":
            return f"API: {at_full_pace} a minute; more workers or instances behind the address."
        case "overload":
            return (
                f"API: {api_rules.limit_words(limit)}. Fewer people do not mend that: let the app "
                "try again after growing pauses (backoff), or take another model or another hour."
            )
