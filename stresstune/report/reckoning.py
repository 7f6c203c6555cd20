"""The arithmetic of each number, in words."""

from __future__ import annotations

from collections.abc import Iterator

from stresstune.model.api import ApiCapacity
from stresstune.model.memory import MemoryCapacity
from stresstune.model.pace_words import average_words
from stresstune.model.policy import Knob
from stresstune.model.report import Dossier
from stresstune.model.verdict import Recommendation, Verdict
from stresstune.report.answer import measured_api, setting
from stresstune.report.plain import (
    SURE,
    capital,
    limit_interval,
    limit_value,
    pause,
    people,
    place_of,
)
from stresstune.report.sheet import Part
from stresstune.units import format_bytes, format_ratio

TOO_SMALL_TO_TELL = 0.001
"""Of what one person keeps: what is needed for a moment, and is less, changes no number."""

KNOBS: dict[Knob, str] = {
    "max_concurrent_sessions": "People let in at the same time",
    "slow_mode_default": "Slow Mode at the start",
    "slow_mode_delay_seconds": "Slow Mode's pause",
}
"""The knobs, as people call them."""


def reckonings(dossier: Dossier) -> tuple[Part, ...]:
    """Give one part for each number: what it is, and how it came about."""
    wanted = dossier.run.evidence.recommendation
    knobs = [knob for knob in KNOBS if getattr(wanted, knob) is not None]
    return tuple(
        Part(
            heading=f"{KNOBS[knob]}: {shown(setting(dossier, knob), knob)}",
            steps=tuple(_steps(dossier, knob)),
        )
        for knob in knobs
    )


def shown(value: object, knob: Knob) -> str:
    """Print a knob's value for people.

    >>> shown(True, "slow_mode_default"), shown(10.5, "slow_mode_delay_seconds")
    ('on', '10.5 s')
    """
    if value is None:
        return "left alone"
    if isinstance(value, bool):
        return "on" if value else "off"
    if knob == "slow_mode_delay_seconds" and isinstance(value, int | float):
        return pause(value)
    return str(value)


def memory_steps(memory: MemoryCapacity) -> Iterator[str]:
    """Reckon how many sessions fit in memory, step by step."""
    each, limit = memory.bytes_per_session, memory.limit_bytes
    if each is None or limit is None or memory.sessions_that_fit is None:
        yield f"Memory could not be reckoned: the limit is {memory.limit_source}."
        return
    used = memory.baseline_bytes + memory.transient_bytes
    yield (
        f"Memory ends at {format_bytes(limit)} ({place_of(memory.limit_source)}). Of that, "
        f"{format_bytes(memory.baseline_bytes)} is in use before the first person comes"
        + (
            f", and {format_bytes(memory.transient_bytes)} for a moment"
            * (memory.transient_bytes >= TOO_SMALL_TO_TELL * each)
        )
        + f": {format_bytes(limit - used)} is left."
    )
    yield (
        f"One person keeps {format_bytes(each)}: {format_bytes(limit - used)} / "
        f"{format_bytes(each)} = {(limit - used) / each:.1f}, so {_fit_words(memory)} fit."
    )
    low_end = ", of the fewest that may fit, since sizes vary" if memory.sizes_vary else ""
    yield (
        f"{format_ratio(memory.headroom_ratio)} is left unused on purpose{low_end}: "
        f"{memory.safe_sessions} are safe."
    )


def _fit_words(memory: MemoryCapacity) -> str:
    """Say how many fit, and why that is not the quotient where it is not."""
    how = " (reckoned with how far what was seen varies)" if memory.sizes_vary else ""
    least = "at least " if memory.at_least else ""
    return f"{least}{memory.sessions_that_fit}{how}"


def _steps(dossier: Dossier, knob: Knob) -> Iterator[str]:
    evidence = dossier.run.evidence
    verdict, wanted = evidence.verdict, evidence.recommendation
    if knob == "max_concurrent_sessions":
        yield f"{capital(people(verdict.workload.sessions))} are wanted."
        if verdict.memory is not None:
            yield from memory_steps(verdict.memory)
        yield from _api_steps(verdict, wanted)
    yield from _reasons(wanted, knob)
    found, recommended = setting(dossier, knob), getattr(wanted, knob)
    if found != recommended:
        yield (
            f"The config says {shown(found, knob)}, though {shown(recommended, knob)} came out: "
            "a pin, a bound, or a person's more careful value holds it."
        )


def _api_steps(verdict: Verdict, wanted: Recommendation) -> Iterator[str]:
    api = measured_api(verdict)
    if api is None:
        return
    for limit in api.limits:
        sure = SURE[limit.provenance]
        ends = f", {limit_interval(limit)}" if limit.provenance == "measured" else ""
        yield f"The service allows {limit_value(limit)} ({sure}{ends})."
    if any(limit.kind == "overload" for limit in api.limits) or not api.latency.count:
        return
    if api.outcome == "enough":
        yield f"{capital(_proved(api))}: enough for all of them, so that more was not asked."
        return
    between = verdict.workload.think_seconds
    between += (wanted.slow_mode_delay_seconds or 0.0) if wanted.slow_mode_default else 0.0
    yield f"{capital(average_words(api, api.max_sessions(between), between))}."


def _proved(api: ApiCapacity) -> str:
    proofs = {"calls a minute": api.proven_per_minute, "at the same time": api.proven_in_flight}
    proved = " and ".join(f"{count:,} {unit}" for unit, count in proofs.items() if count)
    return f"the service answered {proved or 'every call'} without a refusal"


def _reasons(wanted: Recommendation, knob: Knob) -> Iterator[str]:
    for reason in wanted.reasons:
        if reason.knob != knob:
            continue
        if knob == "max_concurrent_sessions" and reason.because.startswith(("Memory: ", "API: ")):
            if reason.clamp:  # the steps above have the rest
                yield f"{capital(reason.clamp)}."
            continue
        clamp = f" ({reason.clamp})" if reason.clamp else ""
        yield f"{reason.because.rstrip('.')}{clamp}."
