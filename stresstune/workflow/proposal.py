"""What follows from what was measured: the judgement, and what would be written where."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stresstune.config.plan import plan
from stresstune.config.settings import notes_on_environment, shadows
from stresstune.config.slow_mode import has_slow_mode, notes_on_keys, reckoned_with
from stresstune.model.change import Evidence
from stresstune.model.load import LoadResult
from stresstune.policy import fallback, judge, recommend
from stresstune.workflow.careful import never_bolder
from stresstune.workflow.job import Job
from stresstune.workflow.outcome import in_force, told
from stresstune.workflow.remembered import knows_the_capacity, with_the_other_side
from stresstune.workflow.replicas import (
    Judged,
    evidence_of,
    judge_replicas,
    part_of,
    people_in,
    with_hosts,
)
from stresstune.workflow.result import Outcome, TuneResult
from stresstune.workflow.results import Measured

if TYPE_CHECKING:
    from stresstune.model.change import Plan
    from stresstune.model.fleet import FleetCapacity, FleetFound
    from stresstune.model.policy import Knob
    from stresstune.model.verdict import Recommendation, Verdict
    from stresstune.workflow.fleet.files import HostPlan


_LESS = (
    "a classic test tells less than the probe of an earlier run: it makes values more careful, "
    "never bolder. `stresstune apply` measures anew"
)


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What a run came to, before anything is written.

    Attributes:
        job: What was asked.
        verdict: The judgement, or None for a fallback.
        recommendation: What the values should be.
        evidence: What the journal will remember, or None where nothing was measured.
        plan: What would be written, or None where the run was inconclusive.
        wanted: The recommendation as it is planned: never bolder than what could be told.
        notes: What else a person must know.
        fleet: What was found of many hosts, or None.
        hosts: What would be written on each of them, or None where this machine's file is meant.
    """

    job: Job
    verdict: Verdict | None
    recommendation: Recommendation
    evidence: Evidence | None
    plan: Plan | None
    wanted: Recommendation
    notes: tuple[str, ...] = ()
    fleet: FleetFound | None = None
    hosts: tuple[HostPlan, ...] | None = None

    def result(self) -> TuneResult:
        """Return the result of a run that writes nothing."""
        outcome: Outcome = "unchanged"
        if self.plan is None:
            outcome = "inconclusive"
        elif self.plan.changes:
            outcome = "planned"
        verdict, made = self.verdict, self.plan
        result = TuneResult(
            path=self.job.path,
            outcome=outcome,
            tier=self.recommendation.tier,
            binding=self.recommendation.binding,
            memory=verdict.memory if verdict else None,
            api=verdict.api if verdict else None,
            findings=verdict.findings if verdict else (),
            recommendation=self._told(),
            in_force=self.in_force,
            shadows=shadows(self.job.config, self.in_force, os.environ),
            changes=made.changes if made else (),
            kept=made.kept if made else (),
            diff=made.diff if made else "",
            simulated=self.evidence.simulated if self.evidence else False,
            notes=(*self.job.notes, *self.notes, *(made.notes if made else ())),
            fleet=self.fleet,
        )
        if self.hosts is None:
            return result
        return with_hosts(result, tuple(one.host for one in self.hosts))

    @property
    def in_force(self) -> dict[Knob, Any]:
        """What the config will say of each knob; empty where nothing is planned."""
        if self.plan is None:
            return {}
        return in_force(self.job.config, self.plan)

    def _told(self) -> Recommendation:
        """Return the recommendation, announcing what will be in force."""
        final = self.in_force
        if self.fleet is not None and "max_concurrent_sessions" in final:
            people = people_in(self.fleet, final["max_concurrent_sessions"])
            final = {**final, "max_concurrent_sessions": people}
        return told(self.recommendation, self.verdict, self.job.config, final)


def propose(job: Job, measured: Measured) -> Proposal:
    """Judge what was measured, and plan what follows from it; nothing is written."""
    if job.options.fallback:
        return _plan(job, None, fallback(job.workload, job.config.policy), None)
    if measured.fleet is not None:
        return _propose_for_fleet(job, measured.fleet)
    evident = with_the_other_side(job, measured)
    found = evident.measured
    policy = reckoned_with(job.config)
    verdict = evident.named(judge(found.memory, found.api, job.workload, policy))
    wanted = recommend(verdict, slow_mode=has_slow_mode(job.config))
    evidence = Evidence(
        verdict=verdict,
        recommendation=wanted,
        fingerprint=evident.placed(job.fingerprint(found.memory)),
        simulated=job.options.simulate is not None or found.simulated,
        carried=evident.origins,
    )
    is_less = isinstance(found.api, LoadResult) and knows_the_capacity(job)
    notes = (
        *evident.notes,
        *notes_on_keys(job.config, api=found.api is not None),
        *((_LESS,) if is_less else ()),
    )
    return _plan(job, verdict, wanted, evidence, notes, careful=is_less)


def _propose_for_fleet(job: Job, fleet: FleetCapacity) -> Proposal:
    """Judge a fleet, and plan this machine's file for it, or each host's own."""
    found = judge_replicas(job, fleet)
    verdict, wanted = found.judged.verdict, found.judged.recommendation
    if job.options.fleet is not None:
        return Proposal(
            job=job,
            verdict=verdict,
            recommendation=wanted,
            evidence=evidence_of(job, verdict, wanted, found),
            plan=None,
            wanted=wanted,
            notes=(*found.judged.notes, *notes_on_keys(job.config), *_half_measured(job)),
            fleet=found.told,
            hosts=_plans_of(job, found),
        )
    own = part_of(job, found)
    evidence = evidence_of(job, own.verdict, own.wanted, found)
    proposal = _plan(job, own.verdict, own.wanted, evidence, (*found.judged.notes, *own.notes))
    return dataclasses.replace(proposal, verdict=verdict, fleet=found.told)


def _half_measured(job: Job) -> tuple[str, ...]:
    if job.options.only is None:
        return ()
    words = (
        f"only {job.options.only} was measured: where a host's journal remembers the other side, "
        "its values become more careful, never bolder. Without --only both are measured"
    )
    return (words,)


def _plans_of(job: Job, found: Judged) -> tuple[HostPlan, ...]:
    from stresstune.workflow.fleet.files import plan_on_hosts  # noqa: PLC0415 - for a fleet only

    return plan_on_hosts(job, found, careful=not _could_tell_all(found.judged.verdict))


def _plan(
    job: Job,
    verdict: Verdict | None,
    recommendation: Recommendation,
    evidence: Evidence | None,
    notes: tuple[str, ...] = (),
    *,
    careful: bool = False,
) -> Proposal:
    wanted = recommendation
    if careful or not _could_tell_all(verdict):
        wanted = never_bolder(recommendation, job.config.values)
    made = None
    if verdict is None or verdict.tier != "inconclusive":
        made = plan(job.path, wanted, evidence=evidence, state_dir=job.options.state_dir)
    return Proposal(
        job=job,
        verdict=verdict,
        recommendation=recommendation,
        evidence=evidence,
        plan=made,
        wanted=wanted,
        notes=(*notes, *notes_on_environment(job.config, os.environ)),
    )


def _could_tell_all(verdict: Verdict | None) -> bool:
    return verdict is not None and all(one.tier != "inconclusive" for one in verdict.findings)
