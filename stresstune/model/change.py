"""What is to be written to a config, and why the rest is not."""

from __future__ import annotations

import msgspec

from stresstune.model.edit import Change, Clamp, Kept, Shadow
from stresstune.model.fingerprint import Fingerprint
from stresstune.model.fleet import FleetFound
from stresstune.model.record import Record
from stresstune.model.verdict import Recommendation, Verdict

__all__ = ["Change", "Clamp", "Evidence", "Kept", "KnobState", "Origin", "Plan", "Shadow"]


class Origin(Record, frozen=True, kw_only=True):
    """An earlier run, which found what a later one did not measure again.

    Attributes:
        run_id: Its number in the journal.
        at: When it was recorded (ISO 8601, UTC).

    >>> str(Origin(run_id=3, at="2026-11-23T09:00:00+00:00"))
    'run 3 of 2026-11-23'
    """

    run_id: int
    at: str

    def __str__(self) -> str:
        return f"run {self.run_id} of {self.at[:10]}"


class Evidence(Record, frozen=True, kw_only=True, tag_field="record", tag="evidence"):
    """What a decision rests on; goes into the journal with it.

    Attributes:
        verdict: The judgement, with everything that was measured.
        recommendation: What followed from it.
        fingerprint: Where it was measured.
        simulated: The API was the emulator: good for practice, not for a real event.
        carried: Subjects (``memory``, ``api``) that were not measured in this run, and the run that
            found what is reckoned with instead.
        fleet: What was found of the other hosts that share the API, or None for a machine alone.

    >>> from stresstune import judge, recommend
    >>> verdict = judge()
    >>> Evidence(verdict=verdict, recommendation=recommend(verdict), fingerprint=Fingerprint(),
    ...          simulated=True).simulated
    True
    """

    verdict: Verdict
    recommendation: Recommendation
    fingerprint: Fingerprint
    simulated: bool = False
    carried: dict[str, Origin] = msgspec.field(default_factory=dict)
    fleet: FleetFound | None = None

    @property
    def is_of_a_fleet(self) -> bool:
        """Whether it is about all hosts together, not about the config beside the journal."""
        return self.fleet is not None and bool(self.fleet.hosts)


class KnobState(Record, frozen=True, kw_only=True):
    """What the journal remembers of one knob between two runs.

    Attributes:
        key: Its dotted path.
        accepted: The value that the last run wrote or found right; another value in the file was
            set by a person.
        by_hand: The last value that a person set, or None; stresstune does not go beyond it.
        before: The bolder value from which the last careful step was made, or None: a step back
            to it would be noise.
    """

    key: str
    accepted: bool | int | float | None
    by_hand: bool | int | float | None = None
    before: bool | int | float | None = None


class Plan(Record, frozen=True, kw_only=True, tag_field="record", tag="plan"):
    """What `apply` would write, bound to the bytes of the file that it was made for.

    Attributes:
        path: The config, as the caller named it.
        digest: Of the file's bytes when the plan was made; another file is refused as stale.
        result_digest: Of the bytes that it will have.
        changes: The keys that change; none means that nothing is to be written.
        diff: The same as a unified diff, for people; "" without changes.
        kept: Recommended values that are not written, and why.
        notes: What else a person must know before saying yes.
        states: What the journal will remember of each knob.
        evidence: What the plan rests on, or None for values that the caller chose.
        state_dir: Where the journal is, or None for ``.stresstune/`` beside the config.

    >>> made = Plan(path="workshop.toml", digest="", result_digest="")
    >>> "write" if made.changes else "nothing to write"
    'nothing to write'
    """

    path: str
    digest: str
    result_digest: str
    changes: tuple[Change, ...] = ()
    diff: str = ""
    kept: tuple[Kept, ...] = ()
    notes: tuple[str, ...] = ()
    states: tuple[KnobState, ...] = ()
    evidence: Evidence | None = None
    state_dir: str | None = None
