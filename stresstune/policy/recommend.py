"""What the knobs should be, and why."""

from __future__ import annotations

from typing import NamedTuple, assert_never

from msgspec.structs import replace

from stresstune.model.api import ApiCapacity
from stresstune.model.load import LoadResult
from stresstune.model.policy import Policy
from stresstune.model.verdict import Reason, Recommendation, Verdict
from stresstune.model.workload import Workload
from stresstune.policy import advice, pace
from stresstune.policy import api as api_rules
from stresstune.policy import classic as classic_rules
from stresstune.policy import memory as memory_rules
from stresstune.policy.allowance import Allowance
from stresstune.policy.steady import most_careful, nearby
from stresstune.policy.thresholds import FALLBACK_SHARE, share_of


class _Knobs(NamedTuple):
    """Values on the way; None leaves a knob as it is."""

    sessions: int
    slow_mode: bool | None
    delay_seconds: float | None
    reasons: tuple[Reason, ...]


def recommend(verdict: Verdict, *, slow_mode: bool = True) -> Recommendation:
    """Recommend values for the knobs of the app.

    The number of sessions is the least of the wanted ones, of what memory holds safely and of what
    the API carries; slow mode comes on where it lets more users in (see `Policy.prefer`). A knob
    about which nothing was measured is None. The number is never below 1. Where the budget of the
    probe was spent before anything bound, the tier is inconclusive, and what was proved is
    recommended all the same.

    Args:
        verdict: How it was judged.
        slow_mode: The app knows slow mode; without it, only fewer sessions help, and the knobs of
            slow mode are None.

    >>> from stresstune.policy import judge
    >>> recommend(judge()).max_concurrent_sessions is None
    True
    """
    found = _recommend(verdict, slow_mode=slow_mode)
    near = [_recommend(one, slow_mode=slow_mode) for one in nearby(verdict)]
    return replace(found, steady=most_careful([found, *near]))


def _recommend(verdict: Verdict, *, slow_mode: bool) -> Recommendation:
    in_memory = _in_memory(verdict)
    room = in_memory.sessions if in_memory else verdict.workload.sessions
    knobs = _under_api(verdict, _bound(room, verdict)[0], slow_mode=slow_mode)
    if knobs is None and in_memory is None:
        return _record(verdict, None)
    knobs = knobs or _Knobs(room, None, None, ())
    reasons = (*_memory_reasons(in_memory), *knobs.reasons)
    knobs = _bounded(knobs._replace(reasons=reasons), room, verdict)
    return _record(verdict, knobs, has_slow_mode=slow_mode)


def fallback(
    workload: Workload = Workload(),
    policy: Policy = Policy(),
) -> Recommendation:
    """Recommend half of the wanted sessions, without any measurement: everybody works in pairs.

    >>> fallback(Workload(sessions=30)).max_concurrent_sessions
    15
    """
    verdict = Verdict(
        tier="inconclusive",
        findings=(),
        binding=None,
        memory=None,
        api=None,
        workload=workload,
        policy=policy,
    )
    half = share_of(workload.sessions, FALLBACK_SHARE)
    because = f"Nothing was measured: half of the {workload.sessions} wanted sessions."
    knobs = _Knobs(half, None, None, (_sessions_reason(because),))
    return _record(verdict, _bounded(knobs, half, verdict))


def _in_memory(verdict: Verdict) -> Allowance | None:
    if verdict.memory is None:
        return None
    return memory_rules.allow(verdict.memory, verdict.workload.sessions, verdict.policy)


def _under_api(verdict: Verdict, room: int, *, slow_mode: bool) -> _Knobs | None:
    match verdict.api:
        case None:
            return None
        case ApiCapacity() as api:
            think = verdict.workload.think_seconds
            if not api_rules.is_measured(api) and not api_rules.proves_some(api, think):
                return None
            return _paced(api, room, verdict) if slow_mode else _unpaced(api, room, verdict)
        case LoadResult() as result:
            knobs = _classic(result, room, verdict)
            return knobs if knobs is None or slow_mode else _sessions_alone(knobs)
        case _ as never:
            assert_never(never)


def _paced(api: ApiCapacity, room: int, verdict: Verdict) -> _Knobs:
    think, wanted = verdict.workload.think_seconds, verdict.workload.sessions
    chosen = pace.choose(api.max_sessions, wanted, verdict.workload, verdict.policy)
    sessions = min(room, chosen.sessions)
    full = f"API: {api_rules.carries_words(api, api.max_sessions(think), think)}."
    if chosen.delay_seconds is None:
        return _Knobs(sessions, False, None, (_sessions_reason(full), _slow_mode_reason(full)))
    slow_think = think + chosen.delay_seconds
    slow = f"API: {api_rules.carries_words(api, api.max_sessions(slow_think), slow_think)}."
    reasons = (
        _sessions_reason(slow),
        _slow_mode_reason(f"{full} {wanted} are wanted."),
        _delay_reason(chosen, verdict),
    )
    return _Knobs(sessions, True, chosen.delay_seconds, reasons)


def _unpaced(api: ApiCapacity, room: int, verdict: Verdict) -> _Knobs:
    """Let in only as many as are carried at full pace: nothing slows them down."""
    think = verdict.workload.think_seconds
    carried = api.max_sessions(think)
    because = (
        f"API: {api_rules.carries_words(api, carried, think)}; there is no slow mode to rely on."
    )
    sessions = min(room, carried)
    return _Knobs(sessions, None, None, (_sessions_reason(because),))


def _sessions_alone(knobs: _Knobs) -> _Knobs:
    reasons = tuple(one for one in knobs.reasons if one.knob == "max_concurrent_sessions")
    return _Knobs(knobs.sessions, None, None, reasons)


def _classic(result: LoadResult, room: int, verdict: Verdict) -> _Knobs | None:
    finding = classic_rules.find(result, verdict.workload, verdict.policy)
    allowed = classic_rules.allow(result, verdict.workload, verdict.policy)
    if allowed is None:
        return None
    slow_mode = {"good": False, "critical": True}.get(finding.tier)
    reasons = [_sessions_reason(allowed.because, allowed.clamp)]
    if slow_mode is not None:
        reasons.append(_slow_mode_reason(allowed.because))
    return _Knobs(min(room, allowed.sessions), slow_mode, None, tuple(reasons))


def _bounded(knobs: _Knobs, room: int, verdict: Verdict) -> _Knobs:
    """Keep the number of sessions within its bounds, and say which one was active, if any."""
    wanted = verdict.workload.sessions
    bounded_room, room_clamp = _bound(room, verdict)
    sessions, clamp = _bound(knobs.sessions, verdict)
    reasons = knobs.reasons
    if clamp:
        reasons = (*reasons, _sessions_reason(f"{knobs.sessions} became {sessions}", clamp))
    elif room_clamp and sessions == bounded_room:
        reasons = (*reasons, _sessions_reason(f"{room} became {sessions}", room_clamp))
    elif sessions == wanted:
        reasons = (_sessions_reason(f"All {wanted} wanted sessions are let in."), *reasons)
    return knobs._replace(sessions=sessions, reasons=reasons)


def _bound(sessions: int, verdict: Verdict) -> tuple[int, str]:
    """Keep a number within its bounds, and name the one that was active, or ""."""
    policy, wanted = verdict.policy, verdict.workload.sessions
    fewest, most = policy.lower.max_concurrent_sessions, policy.upper.max_concurrent_sessions
    if most is not None and sessions > most:
        return most, f"policy.max is {most}"
    if fewest is not None and sessions < min(fewest, wanted):
        return min(fewest, most or fewest, wanted), f"policy.min is {fewest}"
    if sessions < 1:
        return 1, "an app that lets nobody in is no tuning"
    return sessions, ""


def _memory_reasons(in_memory: Allowance | None) -> tuple[Reason, ...]:
    return (_sessions_reason(in_memory.because, in_memory.clamp),) if in_memory else ()


def _sessions_reason(because: str, clamp: str = "") -> Reason:
    return Reason(knob="max_concurrent_sessions", because=because, clamp=clamp)


def _slow_mode_reason(because: str) -> Reason:
    return Reason(knob="slow_mode_default", because=because)


def _delay_reason(chosen: pace.Pace, verdict: Verdict) -> Reason:
    wanted = verdict.workload.sessions
    think = verdict.workload.think_seconds
    delay = chosen.delay_seconds or 0.0
    total = f"{delay:g} s pause + {think:g} s to look = {delay + think:g} s between two calls"
    because = f"The shortest pause, in steps of half a second, that carries {chosen.sessions}."
    clamp = ""
    if not chosen.sessions:
        because = "The longest pause that is allowed: none makes the API carry anybody."
    elif chosen.sessions < wanted and verdict.policy.prefer == "slow_mode":
        because = f"The longest pause that is allowed carries {chosen.sessions} of {wanted}."
        clamp = f"workload.max_slow_mode_delay_seconds or policy.max: {chosen.delay_seconds:g} s"
    because = f"{because.rstrip('.')}; {total}."
    return Reason(knob="slow_mode_delay_seconds", because=because, clamp=clamp)


def _record(
    verdict: Verdict, knobs: _Knobs | None, *, has_slow_mode: bool = True
) -> Recommendation:
    policy, wanted = verdict.policy, verdict.workload.sessions
    return Recommendation(
        max_concurrent_sessions=knobs.sessions if knobs else None,
        slow_mode_default=knobs.slow_mode if knobs else None,
        slow_mode_delay_seconds=knobs.delay_seconds if knobs else None,
        tier=verdict.tier,
        binding=verdict.binding,
        reasons=knobs.reasons if knobs else (),
        announce=advice.announce(
            verdict,
            knobs.sessions if knobs else None,
            slow_mode=bool(knobs and knobs.slow_mode) if has_slow_mode else None,
        ),
        lift=advice.lift(verdict),
        raise_by_at_least_ratio=policy.raise_by_at_least_ratio,
        max_sessions_wanted=wanted,
        pins=policy.pin,
    )
