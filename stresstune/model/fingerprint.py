"""Where something was measured, and whether it still holds there."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from stresstune.model.record import Record

STATED_LIMITS = ("--limit", "STRESSTUNE_MEMORY_LIMIT")
"""``limit_source`` where a person said where memory ends."""

CheckStatus = Literal[
    "ok", "drifted", "never_tuned", "simulated", "stale", "interrupted", "unreadable", "off"
]
"""What a startup check found; the worst of its findings.

``interrupted`` is an apply that did not end (the next apply or rollback cleans up),
``unreadable`` a journal that cannot be read, ``off`` a check that was switched off.
"""


class Fingerprint(Record, frozen=True, kw_only=True):
    """What a measurement depends on; None is unknown, and unknown is never drift.

    Attributes:
        limit_bytes: The effective memory limit.
        limit_source: Who set it.
        cpu_quota: CPUs that this process may use (``1.5``).
        workload_digest: Of the workload that was to be carried.
        model: The model that was probed, or "" if the API was not.
        key_fingerprint: Salted hash of the API key (``blake2b:…``): tells two keys apart and gives
            nothing away; "" if there was none. Older journals have one without a name.
        version: Of stresstune.
    """

    limit_bytes: int | None = None
    limit_source: str = ""
    cpu_quota: float | None = None
    workload_digest: str = ""
    model: str = ""
    key_fingerprint: str = ""
    version: str = ""


def is_same_key(then: str, now: str) -> bool | None:
    """Compare two fingerprints of keys; None where one is missing, or made in another way.

    >>> is_same_key("blake2b:1f", "blake2b:1e"), is_same_key("", "blake2b:1f")
    (False, None)
    """
    forms = [one.rpartition(":")[0] for one in (then, now) if one]
    return then == now if len(forms) == 2 and len(set(forms)) == 1 else None


class Check(Record, frozen=True, kw_only=True, tag_field="record", tag="check"):
    """Does the config still fit this machine?

    Attributes:
        status: The answer in one word.
        ok: The app may start with these values as they are.
        findings: The answer in sentences, the worst first; empty where all is well.
        values: What is in force now, by dotted path, environment overrides applied.
        right: What would be right now, by dotted path, scaled from the evidence; only the values
            that differ.
        overrides: Environment variables that shadow the file, and what they say.
        unsafe: A value in force is bolder than what was found safe, or than what is right now.
        tier: Tier of the run that the values come from, or None.
        binding: The limit that was met first in that run, or None.
        run_id: Number of that run in the journal, or None.
        measured_at: When it ran (ISO 8601, UTC), or None.
        unmeasured: The sides that run has no evidence of: of these a status says nothing. Empty
            where there is no such run.

    >>> found = Check(status="drifted", ok=False, findings=("less memory than was measured",))
    >>> if not found.ok:
    ...     print(found.findings[0])
    less memory than was measured
    """

    status: CheckStatus
    ok: bool
    findings: tuple[str, ...] = ()
    values: dict[str, Any] = msgspec.field(default_factory=dict)
    right: dict[str, Any] = msgspec.field(default_factory=dict)
    overrides: dict[str, Any] = msgspec.field(default_factory=dict)
    unsafe: bool = False
    tier: str | None = None
    binding: str | None = None
    run_id: int | None = None
    measured_at: str | None = None
    unmeasured: tuple[Literal["memory", "api"], ...] = ()
