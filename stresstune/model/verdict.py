"""What the evidence means, and what to do about it."""

from __future__ import annotations

from typing import Literal

from stresstune.model.api import ApiCapacity
from stresstune.model.brief import Values
from stresstune.model.load import LoadResult
from stresstune.model.memory import MemoryCapacity
from stresstune.model.policy import Knob, Policy
from stresstune.model.record import Record
from stresstune.model.workload import Workload

Tier = Literal["good", "concerning", "critical", "inconclusive"]
"""How well the deployment carries the workload; ``inconclusive`` is no tier but a lack of one."""


class Finding(Record, frozen=True, kw_only=True):
    """One thing that the evidence says.

    Attributes:
        subject: ``memory`` or ``api``.
        tier: How good or bad it is.
        statement: What was found, with numbers and units, in one sentence.
        sessions: How many sessions this subject carries without slow mode, or None if unknown.

    >>> Finding(subject="memory", tier="concerning", statement="20 of 30 fit", sessions=20).sessions
    20
    """

    subject: Literal["memory", "api"]
    tier: Tier
    statement: str
    sessions: int | None = None


class Verdict(Record, frozen=True, kw_only=True):
    """The judgement of a run, with the evidence itself.

    Attributes:
        tier: The worst of the findings; inconclusive where nothing could be measured, or where
            what could not be measured might be worse.
        findings: One for each subject that was measured.
        binding: Which limit is met first as users arrive: ``memory``, a kind of API limit
            (``requests_per_minute``, …), ``api`` (a classic test), ``app`` (it refused sessions for
            which there is memory), or None where the wanted sessions fit, or nobody knows.
        memory: The memory evidence, or None.
        api: The API evidence, or None.
        workload: What was to be carried.
        policy: How it was judged.

    >>> from stresstune import judge
    >>> verdict = judge()  # of no evidence at all
    >>> verdict.tier, verdict.findings, verdict.binding
    ('inconclusive', (), None)
    """

    tier: Tier
    findings: tuple[Finding, ...]
    binding: str | None
    memory: MemoryCapacity | None
    api: ApiCapacity | LoadResult | None
    workload: Workload
    policy: Policy


class Reason(Record, frozen=True, kw_only=True):
    """Why one knob should have its value.

    Attributes:
        knob: Which one.
        because: The arithmetic in words, with the measured numbers.
        clamp: The bound, cap or pin that was active, or "".

    >>> Reason(knob="max_concurrent_sessions", because="20 fit", clamp="max is 18").clamp
    'max is 18'
    """

    knob: Knob
    because: str
    clamp: str = ""


class Recommendation(Record, frozen=True, kw_only=True):
    """What the knobs should be; None leaves a knob as it is.

    Attributes:
        max_concurrent_sessions: Users to be let in at the same time.
        slow_mode_default: New sessions start in slow mode.
        slow_mode_delay_seconds: Pause that slow mode puts between two calls of a session.
        tier: The verdict's tier.
        binding: The verdict's binding limit.
        reasons: At least one for each knob that is not None.
        announce: What to tell the room, in the order of importance.
        lift: What would lift the limit.
        raise_by_at_least_ratio: From the policy: smaller increases are not worth a change.
        max_sessions_wanted: The workload's sessions; the number is never raised above it.
        pins: From the policy: knobs or dotted paths that are reported, not written.
        steady: The most careful values that would be recommended if everything measured were
            different by as much as the smallest raise; a value in the file is not made bolder than
            where it stands unless these are so too. None where nothing was measured.

    >>> why = Reason(knob="max_concurrent_sessions", because="20 fit.", clamp="max is 18")
    >>> Recommendation(max_concurrent_sessions=18, slow_mode_default=None, tier="concerning",
    ...     slow_mode_delay_seconds=None, reasons=(why,)).reason_for("max_concurrent_sessions")
    '20 fit (max is 18).'
    """

    max_concurrent_sessions: int | None
    slow_mode_default: bool | None
    slow_mode_delay_seconds: float | None
    tier: Tier
    binding: str | None = None
    reasons: tuple[Reason, ...] = ()
    announce: tuple[str, ...] = ()
    lift: tuple[str, ...] = ()
    raise_by_at_least_ratio: float = 0.1
    max_sessions_wanted: int | None = None
    pins: tuple[str, ...] = ()
    steady: Values | None = None

    def reason_for(self, knob: Knob) -> str:
        """Return why this knob should have its value, clamps included; "" if it is left alone."""
        return " ".join(
            f"{reason.because.rstrip('.')} ({reason.clamp})." if reason.clamp else reason.because
            for reason in self.reasons
            if reason.knob == knob
        )
