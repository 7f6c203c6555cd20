"""Does what was measured still hold? Pure: the caller brings what is true now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from stresstune.config.digests import as_digested
from stresstune.config.path import format_path, plainly
from stresstune.config.schema import KNOBS, Config
from stresstune.config.settings import Settings
from stresstune.config.variables import variable_of
from stresstune.model.brief import LastRun, Values
from stresstune.model.fingerprint import (
    STATED_LIMITS,
    Check,
    CheckStatus,
    Fingerprint,
    is_same_key,
)
from stresstune.model.policy import Knob
from stresstune.model.record import Record
from stresstune.units import format_bytes

TYPE_CHECKING = False  # a startup check is in a hurry

_NOISE_RATIO = 0.01
"""A limit that shrinks by less than this is called the same: kernels round to pages."""

_CLOCK_ERROR = timedelta(days=1)
"""Clocks of two machines may differ by less than this."""

_WORST_FIRST: tuple[CheckStatus, ...] = (
    "unreadable",
    "interrupted",
    "never_tuned",
    "drifted",
    "stale",
    "simulated",
)

Finding = tuple[CheckStatus, str]
Side = Literal["memory", "api"]
SIDES: tuple[Side, ...] = ("memory", "api")


class Situation(Record, frozen=True, kw_only=True):
    """Everything that a check compares.

    Attributes:
        config: What the file says.
        settings: What is in force, environment overrides applied.
        run: The last measurement, or None if there never was one.
        fingerprint: Where we are now.
        right: What would be right here, scaled from the evidence, or None if that is unknown.
        now: The time (with a time zone).
        interrupted: The journal has a change that was begun and never ended.
        journal_problem: Why the journal cannot be read, or "".
    """

    config: Config
    settings: Settings
    run: LastRun | None
    fingerprint: Fingerprint
    right: Values | None = None
    now: datetime
    interrupted: bool = False
    journal_problem: str = ""


def compare(situation: Situation) -> Check:
    """Tell whether the values in force still fit: no file, no clock, no network is touched."""
    found = sorted(_findings(situation), key=lambda finding: _WORST_FIRST.index(finding[0]))
    run = situation.run
    return Check(
        status=found[0][0] if found else "ok",
        ok=not found,
        findings=tuple(sentence for _, sentence in found),
        values=_in_force(situation),
        right=_right(situation),
        overrides=situation.settings.overrides,
        unsafe=_is_unsafe(situation),
        tier=run.brief.tier if run else None,
        binding=run.brief.binding if run else None,
        run_id=run.id if run else None,
        measured_at=run.at if run else None,
        unmeasured=_unmeasured(run) if run else (),
    )


def is_stated(here: Fingerprint) -> bool:
    """Return whether a person said where memory ends, and for a whole machine."""
    return here.limit_source in STATED_LIMITS


def as_stated(then: Fingerprint, now: Fingerprint) -> Fingerprint:
    """Keep to a limit that a person stated for the measurement, as long as the machine has it.

    ``apply --limit 2GB`` on a large machine is meant for a small one, or leaves room on purpose:
    that there is more memory here is then no news, unless a person states that too.
    """
    if (
        not is_stated(then)
        or is_stated(now)
        or then.limit_bytes is None
        or (now.limit_bytes or 0) <= then.limit_bytes
    ):
        return now
    return msgspec.structs.replace(
        now, limit_bytes=then.limit_bytes, limit_source=then.limit_source
    )


def _unmeasured(run: LastRun) -> tuple[Side, ...]:
    return tuple(side for side in SIDES if side not in run.brief.measured)


def _findings(situation: Situation) -> Iterator[Finding]:
    if situation.journal_problem:
        yield "unreadable", situation.journal_problem
        return
    if situation.interrupted:
        yield "interrupted", "an apply was interrupted: run apply or rollback to finish or undo it"
    if situation.run is None:
        yield "never_tuned", "this config was never tuned: run apply to measure and set it"
        return
    yield from _moved(situation, situation.run)
    yield from _unsafe(situation, situation.run.brief.safe)
    yield from _aged(situation, situation.run)


def _moved(situation: Situation, run: LastRun) -> Iterator[Finding]:
    """Compare the fingerprints."""
    then, measured = run.brief.fingerprint, run.brief.measured
    now = as_stated(then, situation.fingerprint)
    ratio = situation.config.policy.raise_by_at_least_ratio
    if "memory" in measured and _differs(then.limit_bytes, now.limit_bytes, ratio):
        here = f"{_bytes(now.limit_bytes)} here ({now.limit_source})"
        there = f"{_bytes(then.limit_bytes)} ({then.limit_source})"
        yield "drifted", f"memory ends at {here}; it was measured with {there}"
    if _differs(then.cpu_quota, now.cpu_quota, ratio):
        yield "drifted", f"{now.cpu_quota:g} CPUs are to be had here; it was {then.cpu_quota:g}"
    workload = as_digested(situation.config.workload, then.workload_digest, now.workload_digest)
    if _other(then.workload_digest, workload):
        yield "drifted", "the workload in the config is another one than was measured"
    if "api" in measured and _other(then.model, now.model):
        yield "drifted", f"the model is {now.model} now; {then.model} was measured"
    is_same = is_same_key(then.key_fingerprint, now.key_fingerprint)
    if "api" in measured and is_same is False:
        yield "drifted", "the API key is another one than was measured with, so quotas may differ"


def _differs(then: float | None, now: float | None, ratio: float) -> bool:
    """Less counts at once, more by a tenth; the unknown does not count."""
    if then is None or now is None:
        return False
    return now < then * (1 - _NOISE_RATIO) or now >= then * (1 + ratio)


def _other(then: str, now: str) -> bool:
    return bool(then and now and then != now)


def _bytes(size_bytes: int | None) -> str:
    return format_bytes(size_bytes or 0)


def _unsafe(situation: Situation, safe: Values) -> Iterator[Finding]:
    """Find the values in force that are bolder than what was found safe."""
    settings = situation.settings
    sessions, delay = safe.max_concurrent_sessions, safe.slow_mode_delay_seconds
    if sessions is not None and settings.max_concurrent_sessions > sessions:
        yield _bolder(
            situation, "max_concurrent_sessions", f"above the {sessions} that were found safe"
        )
    if not safe.slow_mode_default:
        return
    if not settings.slow_mode_default:
        yield _bolder(situation, "slow_mode_default", "and slow mode was found necessary")
    elif delay is not None and settings.slow_mode_delay_seconds < delay - 1e-9:
        why = f"below the {delay:g} s that were found necessary"
        yield _bolder(situation, "slow_mode_delay_seconds", why)


def _is_unsafe(situation: Situation) -> bool:
    """Whether a value in force is bolder than the measured one, or than the one right for here."""
    measured = situation.run.brief.safe if situation.run else None
    return any(
        True
        for safe in (measured, situation.right)
        if safe is not None
        for _ in _unsafe(situation, safe)
    )


def _bolder(situation: Situation, knob: Knob, why: str) -> Finding:
    name = variable_of(situation.config, knob)
    value = getattr(situation.settings, knob)
    shown = str(value).lower() if isinstance(value, bool) else f"{value:g}"
    if name in situation.settings.overrides:
        shown = f"{shown} (by the environment variable {name})"
    elif _is_pinned(situation.config, knob):
        shown = f"{shown} (pinned)"
    return "drifted", f"{situation.config.keys.of(knob) or knob} is {shown}, {why}"


def _is_pinned(config: Config, knob: Knob) -> bool:
    pins = {plainly(pin) for pin in config.policy.pin}
    return not pins.isdisjoint({knob, format_path(config.keys.path_of(knob) or ())})


def _aged(situation: Situation, run: LastRun) -> Iterator[Finding]:
    age = situation.now - datetime.fromisoformat(run.at)
    limit_days = situation.config.check.max_age_days
    if age > timedelta(days=limit_days):
        allowed = f"stresstune.check.max_age_days, which is {limit_days:g}"
        yield "stale", f"it was measured {age.days} days ago, more than {allowed}"
    if age < -_CLOCK_ERROR:
        yield (
            "stale",
            f"it was measured on {run.at[:10]}, which is still to come: is a clock wrong?",
        )
    if run.brief.simulated:
        yield "simulated", "it was measured against the emulator only, not the real API"


def _in_force(situation: Situation) -> dict[str, object]:
    return {
        format_path(path): getattr(situation.settings, knob)
        for knob in KNOBS
        if (path := situation.config.keys.path_of(knob))
    }


def _right(situation: Situation) -> dict[str, object]:
    """Return the values that would be right here and are not in force."""
    if situation.right is None:
        return {}
    return {
        format_path(path): value
        for knob in KNOBS
        if (path := situation.config.keys.path_of(knob))
        and (value := getattr(situation.right, knob)) is not None
        and value != getattr(situation.settings, knob)
    }


def utc_now() -> datetime:
    """Return the time, with its zone."""
    return datetime.now(UTC)
