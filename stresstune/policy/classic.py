"""What a classic test (burst, sustained or ramp) means where it is the only API evidence.

It tells whether that many calls at once are refused, and nothing about a minute: the numbers are
the classic table's shares of the wanted sessions, not a capacity.
"""

from __future__ import annotations

from stresstune.model.load import LoadKind, LoadResult
from stresstune.model.policy import Policy
from stresstune.model.verdict import Finding, Tier
from stresstune.model.workload import Workload
from stresstune.policy.allowance import Allowance
from stresstune.policy.thresholds import (
    CLASSIC_CONCERNING_SHARE,
    CLASSIC_CRITICAL_SHARE,
    SLACK,
    is_below,
    share_of,
)

_NAMES: dict[LoadKind, str] = {"burst": "burst", "sustained": "sustained load", "ramp": "ramp"}
_RANK: dict[Tier, int] = {"good": 0, "inconclusive": 1, "concerning": 2, "critical": 3}


def find(result: LoadResult, workload: Workload, policy: Policy) -> Finding:
    """Judge a classic test for the wanted sessions."""
    tier = _tier(result, workload, policy)
    return Finding(
        subject="api",
        tier=tier,
        statement=_statement(result, tier, workload.sessions).rstrip("."),
        sessions=None if tier == "inconclusive" else _sessions(tier, workload.sessions),
    )


def allow(result: LoadResult, workload: Workload, policy: Policy) -> Allowance | None:
    """Return how many sessions the classic table lets in, or None where nothing was measured."""
    finding = find(result, workload, policy)
    if finding.sessions is None:
        return None
    share = {"concerning": "two thirds", "critical": "half"}.get(finding.tier)
    after = f"{share} of {workload.sessions} after a {finding.tier} {_NAMES[result.kind]}"
    clamp = after if share else ""
    return Allowance(finding.sessions, f"API: {finding.statement}.", clamp)


def _tier(result: LoadResult, workload: Workload, policy: Policy) -> Tier:
    if result.total <= 0 or not result.health.ok or not _was_answered(result):
        return "inconclusive"
    if result.kind == "ramp":
        rejections = _ramp_tier(result.breaking_point, workload.sessions, policy)
    else:
        rejections = _rejected_tier(result.rejected / result.total, policy)
    others = (result.failed - result.rejected) / result.total
    tier = max(rejections, _failed_tier(others, workload, policy), key=_RANK.__getitem__)
    # that a few calls were let through says nothing of more
    return "inconclusive" if tier == "good" and most_calls(result) < workload.sessions else tier


def most_calls(result: LoadResult) -> int:
    """Return how many calls it tried at a time, a sustained test in all."""
    if result.kind == "ramp" and result.steps:
        return max(step.concurrent for step in result.steps)
    return result.total


def _was_answered(result: LoadResult) -> bool:
    overloaded = any(attempt.outcome == "overloaded" for attempt in result.attempts)
    return result.successful > 0 or result.rejected > 0 or overloaded


def _ramp_tier(breaking_point: int | None, wanted: int, policy: Policy) -> Tier:
    if breaking_point is None or breaking_point > wanted:
        return "good"
    return (
        "critical"
        if is_below(breaking_point, wanted, policy.api_concerning_ratio)
        else "concerning"
    )


def _rejected_tier(rejected_ratio: float, policy: Policy) -> Tier:
    if rejected_ratio <= 0:
        return "good"
    limit = policy.classic_concerning_rejected_ratio + SLACK
    return "concerning" if rejected_ratio <= limit else "critical"


def _failed_tier(failed_ratio: float, workload: Workload, policy: Policy) -> Tier:
    if failed_ratio <= workload.error_tolerance_ratio:
        return "good"
    return _rejected_tier(failed_ratio, policy)


def _sessions(tier: Tier, wanted: int) -> int:
    if tier == "critical":
        return share_of(wanted, CLASSIC_CRITICAL_SHARE)
    return share_of(wanted, CLASSIC_CONCERNING_SHARE) if tier == "concerning" else wanted


def _statement(result: LoadResult, tier: Tier, wanted: int) -> str:
    if tier == "inconclusive":
        return f"The {_NAMES[result.kind]} told nothing: {_unknown_words(result, wanted)}."
    others = max(0, result.failed - result.rejected)
    failed = f", {others} failed otherwise" if others else ""
    if result.kind == "ramp" and result.breaking_point is not None:
        return (
            f"The ramp met its first rate limit at {result.breaking_point} calls at once{failed}."
        )
    if result.total == 1:
        became = "was rejected" if result.rejected else "was not rejected"
        return f"The only call of the {_NAMES[result.kind]} {became}{failed}."
    calls = f"{result.rejected} of {result.total} calls of the {_NAMES[result.kind]}"
    return f"{calls} were rejected{failed}."


def _unknown_words(result: LoadResult, wanted: int) -> str:
    if result.health.reason:
        return result.health.reason
    most = most_calls(result)
    if _was_answered(result) and most < wanted:
        return f"it tried {most} calls at the most, and {wanted} sessions are wanted"
    return f"{result.successful} of {result.total} calls were answered"
