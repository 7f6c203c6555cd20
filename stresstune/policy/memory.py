"""What the memory evidence means."""

from __future__ import annotations

import math

from stresstune.model.memory import MemoryCapacity
from stresstune.model.policy import Policy
from stresstune.model.verdict import Finding, Tier
from stresstune.policy.allowance import Allowance
from stresstune.policy.thresholds import (
    CRITICAL_MEMORY_SHARE,
    SLACK,
    TIGHT_MEMORY_SHARE,
    is_below,
    share_of,
)
from stresstune.units import format_bytes, format_ratio


def used_ratio(memory: MemoryCapacity, sessions: int) -> float | None:
    """Return p, the share of the limit in use while so many sessions are held.

    It is (baseline + transient + sessions x bytes per session) / limit, on the upper end of the
    interval of the bytes per session. None where one of them is unknown.
    """
    if memory.limit_bytes is None or memory.bytes_per_session is None:
        return None
    needed = _needed_bytes(memory, sessions)
    return needed / memory.limit_bytes if memory.limit_bytes > 0 else math.inf


def needed_limit_bytes(
    memory: MemoryCapacity, sessions: int, headroom_ratio: float
) -> float | None:
    """Return the limit under which so many sessions would be safe, or None where it is unknown."""
    if memory.bytes_per_session is None:
        return None
    return _needed_bytes(memory, math.ceil(sessions / (1 - headroom_ratio) - SLACK))


def find(memory: MemoryCapacity, wanted: int, policy: Policy) -> Finding:
    """Judge the memory evidence for so many wanted sessions."""
    tier = _tier(memory, wanted, policy)
    return Finding(
        subject="memory",
        tier=tier,
        statement=_statement(memory, wanted).rstrip("."),
        sessions=None if tier == "inconclusive" else memory.sessions_that_fit,
    )


def allow(memory: MemoryCapacity, wanted: int, policy: Policy) -> Allowance | None:
    """Return how many of the wanted sessions memory lets in, or None where it is unknown."""
    fit = memory.sessions_that_fit
    if fit is None or _tier(memory, wanted, policy) == "inconclusive":
        return None
    safe = safe_sessions(memory, fit, policy)
    cap, clamp = _cap(fit, wanted, policy)
    sessions = max(0, min(safe, cap, wanted))
    return Allowance(
        sessions=sessions,
        because=f"Memory: {_fit_words(memory)}, {_safe_words(fit, safe, policy)}.",
        clamp=clamp if sessions < min(safe, wanted) else "",
    )


def _safe_words(fit: int, safe: int, policy: Policy) -> str:
    headroom = f"less {format_ratio(policy.headroom_ratio)} headroom: {safe}"
    if safe == share_of(fit, 1 - policy.headroom_ratio):
        return headroom
    return f"but their sizes vary: at the low end of the interval, {headroom}"


def safe_sessions(memory: MemoryCapacity, fit: int, policy: Policy) -> int:
    """Return how many of those that fit are let in: less the headroom, fewer where sizes vary."""
    safe = share_of(fit, 1 - policy.headroom_ratio)
    if memory.sizes_vary and memory.safe_sessions is not None:
        # The probe's headroom is off already, and the policy may leave another.
        left = (1 - policy.headroom_ratio) / max(1 - memory.headroom_ratio, 1e-9)
        return min(safe, share_of(memory.safe_sessions, left))
    return safe


def is_short(memory: MemoryCapacity, wanted: int, policy: Policy) -> bool:
    """Tell whether so few fit that sessions belong outside of the process."""
    fit = memory.sessions_that_fit
    return fit is not None and is_below(fit, wanted, policy.memory_critical_sessions_ratio)


def doubt(memory: MemoryCapacity, wanted: int) -> str:
    """Return why the number of sessions proves nothing, however good it looks, or "".

    Sessions that hold nothing cost nothing; and a source that failed was never seen to open as
    many as are wanted.
    """
    held = memory.held_sessions
    if memory.empty_sessions and memory.empty_sessions >= held:
        what = "the session was" if held == 1 else f"all {held} sessions were"
        return f"{what} None, so nothing was held: the factory must return what the app keeps"
    hangs = memory.stopped_by == "time" and memory.refused == "timed_out"
    if (memory.stopped_by == "error" or hangs) and held < wanted:
        after = f"after {held} of {wanted} sessions"
        return f"the session source failed {after}: {memory.error or 'it did not say why'}"
    return ""


def is_refused(memory: MemoryCapacity, wanted: int) -> bool:
    """Tell whether the app took some of the wanted sessions, and said that it takes no more."""
    told = memory.refused in {"rejected", "overloaded"}
    return told and 0 < memory.held_sessions < wanted


def _tier(memory: MemoryCapacity, wanted: int, policy: Policy) -> Tier:
    fit = memory.sessions_that_fit
    if fit is None or (fit >= wanted and doubt(memory, wanted)):
        return "inconclusive"
    if is_short(memory, wanted, policy):
        return "critical"
    if fit < wanted:
        return "concerning"
    used = used_ratio(memory, wanted)
    if used is not None and used < policy.memory_good_below_ratio:
        return "good"
    nearly_full = used is not None and used > policy.memory_critical_above_ratio
    one_less_is_critical = is_below(wanted - 1, wanted, policy.memory_critical_sessions_ratio)
    return "critical" if nearly_full and one_less_is_critical else "concerning"


def _cap(fit: int, wanted: int, policy: Policy) -> tuple[int, str]:
    if is_below(fit, wanted, policy.memory_critical_sessions_ratio):
        share = format_ratio(policy.memory_critical_sessions_ratio)
        cap = share_of(wanted, CRITICAL_MEMORY_SHARE)
        return cap, f"at most a third of {wanted} while less than {share} of them fit"
    if fit <= wanted * policy.memory_tight_sessions_ratio + SLACK:
        share = format_ratio(policy.memory_tight_sessions_ratio)
        cap = share_of(wanted, TIGHT_MEMORY_SHARE)
        return cap, f"at most half of {wanted} while no more than {share} of them fit"
    return wanted, ""


def _needed_bytes(memory: MemoryCapacity, sessions: int) -> float:
    size = memory.bytes_per_session
    assert size is not None
    return memory.baseline_bytes + memory.transient_bytes + sessions * max(size, size.high)


def _statement(memory: MemoryCapacity, wanted: int) -> str:
    why, fit = doubt(memory, wanted), memory.sessions_that_fit
    if fit is None or (why and fit >= wanted):
        why = why or memory.error or _unknown_words(memory)
        return f"How many sessions fit in memory could not be told: {why.rstrip('.')}."
    if why:
        return f"{_fit_words(memory)} at the most; {wanted} wanted; {why.rstrip('.')}."
    used = used_ratio(memory, wanted)
    if used is None or fit < wanted:
        return f"{_fit_words(memory)}; {wanted} wanted."
    use = "uses" if wanted == 1 else "use"
    return f"{_fit_words(memory)}; {wanted} {use} {format_ratio(used)} of it."


def _unknown_words(memory: MemoryCapacity) -> str:
    if memory.limit_bytes is None:
        return f"the memory limit is {memory.limit_source}"
    return f"the probe ended after {memory.held_sessions} sessions ({memory.stopped_by})"


def _fit_words(memory: MemoryCapacity) -> str:
    one = memory.sessions_that_fit == 1
    fits = "1 session fits" if one else f"{memory.sessions_that_fit} sessions fit"
    fits = f"at least {fits}" if memory.at_least else fits
    if memory.limit_bytes is None:
        return fits
    binary = memory.limit_bytes % 2**20 == 0
    limit = f"{fits} in {format_bytes(memory.limit_bytes, binary=binary)} ({memory.limit_source})"
    if memory.bytes_per_session is None:
        return limit
    if memory.at_least:
        return f"{limit}: what one keeps is too little to be seen"
    return f"{limit} at {format_bytes(memory.bytes_per_session, binary=binary)} each"
