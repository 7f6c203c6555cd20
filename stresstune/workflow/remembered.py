"""What an earlier run found about the side that this run does not measure.

A run that measures memory alone must not let in more users than the API was once found to carry.
So the other side's evidence is carried over from the journal and binds as if it were measured now,
with its own run named beside it, until that side is measured again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec.structs import replace

from stresstune.config.rescale import rescale
from stresstune.memory.ends.limits import read_limit
from stresstune.model.api import ApiCapacity
from stresstune.model.change import Origin
from stresstune.model.fingerprint import STATED_LIMITS, Fingerprint
from stresstune.model.journal import Run
from stresstune.model.memory import MemoryCapacity
from stresstune.model.verdict import Finding, Verdict
from stresstune.model.workload import Workload
from stresstune.policy import judge
from stresstune.workflow.job import Job
from stresstune.workflow.options import Subject
from stresstune.workflow.past import past_runs
from stresstune.workflow.results import Measured

if TYPE_CHECKING:
    from stresstune.config.schema import Config
    from stresstune.workflow.options import Path

SESSION_FIELDS = ("images_per_session", "image_bytes", "image_kind")
"""Of the workload: what the memory of a session depends on."""

CALL_FIELDS = ("think_seconds", "latency_objective_seconds")
"""Of the workload: what the API was asked for."""


@dataclass(frozen=True, kw_only=True)
class Evident:
    """Everything that a run may reckon with.

    Attributes:
        measured: Both sides, as far as anything is known of them.
        origins: Where the side comes from that was not measured now.
        then: Where that was measured.
    """

    measured: Measured
    origins: dict[str, Origin] = field(default_factory=dict)
    then: Fingerprint = field(default_factory=Fingerprint)

    def named(self, verdict: Verdict) -> Verdict:
        """Return a verdict whose findings say which of them are not of now."""
        return replace(verdict, findings=tuple(map(self._named, verdict.findings)))

    def placed(self, here: Fingerprint) -> Fingerprint:
        """Return where the evidence holds: here, and for the other side where it was measured."""
        if "api" in self.origins:
            key = self.then.key_fingerprint
            return replace(here, model=self.then.model, key_fingerprint=key)
        memory = self.measured.memory
        if "memory" in self.origins and memory and memory.limit_bytes == self.then.limit_bytes:
            limit, source = self.then.limit_bytes, self.then.limit_source
            return replace(here, limit_bytes=limit, limit_source=source)
        return here

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person must know of it."""
        return tuple(
            f"{subject} was not measured now: what {origin} found still binds. `stresstune apply` "
            "without --only measures both"
            for subject, origin in self.origins.items()
        )

    def _named(self, finding: Finding) -> Finding:
        origin = self.origins.get(finding.subject)
        return (
            replace(finding, statement=f"{finding.statement}, from {origin}") if origin else finding
        )


def with_the_other_side(job: Job, measured: Measured) -> Evident:
    """Add what the journal remembers of the side that was not measured, if it still answers.

    It answers where it was conclusive and found for the same question: the same pictures in a
    session, or the same pause, objective and model; and never the emulator's word about the real
    API. Memory that was measured under a larger limit is scaled down to the one here.
    """
    memory, api = measured.memory, measured.api
    if api is None and memory is not None:
        return _found(job, measured, "api", _api_of)
    if memory is None and api is not None:
        return _found(job, measured, "memory", _memory_of)
    return Evident(measured=measured)


def remembers_the_other_side(config: Config, state_dir: Path | None, verdict: Verdict) -> bool:
    """Tell whether the journal of a config knows of a side that this verdict does not.

    For the hosts of a fleet, whose journals are not here: what binds there is in their files.
    """
    for past in past_runs(config, state_dir):
        then = past.evidence.verdict
        if verdict.api is None and then.api and not (past.evidence.simulated or then.api.simulated):
            return True
        if verdict.memory is None and then.memory and then.memory.sessions_that_fit is not None:
            return True
    return False


def knows_the_capacity(job: Job) -> bool:
    """Tell whether the API was once really probed for this question, and not merely tested."""
    found = (
        _api_of(job, past, Measured()) for past in past_runs(job.config, job.options.state_dir)
    )
    return any(isinstance(one.api, ApiCapacity) for one in found if one)


Look = Callable[[Job, Run, Measured], Measured | None]


def _found(job: Job, measured: Measured, subject: Subject, look: Look) -> Evident:
    for past in past_runs(job.config, job.options.state_dir):
        both = look(job, past, measured)
        if both is not None:
            origin = past.evidence.carried.get(subject) or Origin(run_id=past.id, at=past.at)
            then = past.evidence.fingerprint
            return Evident(measured=both, origins={subject: origin}, then=then)
    return Evident(measured=measured)


def _api_of(job: Job, past: Run, measured: Measured) -> Measured | None:
    verdict = past.evidence.verdict
    api = verdict.api
    model = job.options.model or job.config.api.model
    if api is None or past.evidence.simulated or api.simulated:
        return None
    if not _same(job.workload, verdict.workload, CALL_FIELDS):
        return None
    if model and past.evidence.fingerprint.model not in {"", model}:
        return None
    conclusive = judge(api=api, workload=job.workload, policy=job.config.policy)
    if conclusive.tier == "inconclusive":
        return None
    return Measured(memory=measured.memory, api=api)


def _memory_of(job: Job, past: Run, measured: Measured) -> Measured | None:
    verdict = past.evidence.verdict
    memory = verdict.memory
    if memory is None or memory.sessions_that_fit is None:
        return None
    if not _same(job.workload, verdict.workload, SESSION_FIELDS):
        return None
    return Measured(memory=_here(job, memory), api=measured.api)


def _here(job: Job, memory: MemoryCapacity) -> MemoryCapacity:
    """Return what was found, or less where there is less memory now."""
    limit = read_limit(override_bytes=job.limit_bytes)
    now, then = limit.limit_bytes, memory.limit_bytes
    if now is None or then is None or now >= then:
        return memory
    others = 0
    if memory.is_modelled and limit.source not in STATED_LIMITS:
        from stresstune.memory.ends.boundary import others_bytes  # noqa: PLC0415 - hardly ever

        others = others_bytes()  # on a machine that was only reckoned with there was nobody else
    return rescale(memory, now, limit_source=limit.source, others_bytes=others)


def _same(now: Workload, then: Workload, fields: tuple[str, ...]) -> bool:
    return all(getattr(now, name) == getattr(then, name) for name in fields)
