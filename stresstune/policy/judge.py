"""How bad is it, and which limit binds?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from stresstune.model.api import ApiCapacity
from stresstune.model.load import LoadResult
from stresstune.model.memory import MemoryCapacity
from stresstune.model.policy import Policy
from stresstune.model.verdict import Finding, Tier, Verdict
from stresstune.model.workload import Workload
from stresstune.policy import api as api_rules
from stresstune.policy import classic as classic_rules
from stresstune.policy import memory as memory_rules

SEVERITY: tuple[Tier, ...] = ("good", "inconclusive", "concerning", "critical")
"""From the best to the worst; not knowing is worse than good and better than bad news."""


def judge(
    memory: MemoryCapacity | None = None,
    api: ApiCapacity | LoadResult | None = None,
    workload: Workload = Workload(),
    policy: Policy = Policy(),
) -> Verdict:
    """Judge what was measured against what the app is meant to carry.

    Every combination gives exactly one tier: the worst of the findings, in the order of
    `SEVERITY`. A subject that was not measured (None) has no finding; with no finding at all the
    tier is ``inconclusive``. Every decision is made on the unfavourable end of an interval.

    Args:
        memory: What `probe_memory` found, or None where memory was not asked about.
        api: What `probe_api` found, or a classic test, or None.
        workload: What the app is meant to carry.
        policy: Thresholds.

    >>> judge().tier
    'inconclusive'
    """
    findings = []
    if memory is not None:
        findings.append(memory_rules.find(memory, workload.sessions, policy))
    if api is not None:
        findings.append(_find_api(api, workload, policy))
    return Verdict(
        tier=worst(finding.tier for finding in findings),
        findings=tuple(findings),
        binding=_binding(memory, api, workload, policy),
        memory=memory,
        api=api,
        workload=workload,
        policy=policy,
    )


def worst(tiers: Iterable[Tier]) -> Tier:
    """Return the worst of some tiers; of none, ``inconclusive``.

    >>> worst(["good", "inconclusive"]), worst(["critical", "inconclusive"]), worst([])
    ('inconclusive', 'critical', 'inconclusive')
    """
    return max(tiers, key=SEVERITY.index, default="inconclusive")


def _find_api(api: ApiCapacity | LoadResult, workload: Workload, policy: Policy) -> Finding:
    match api:
        case ApiCapacity():
            return api_rules.find(api, workload, policy)
        case LoadResult():
            return classic_rules.find(api, workload, policy)
        case _ as never:
            assert_never(never)


def _binding(
    memory: MemoryCapacity | None,
    api: ApiCapacity | LoadResult | None,
    workload: Workload,
    policy: Policy,
) -> str | None:
    """Name the side that lets in the fewest, if that is fewer than wanted; memory on a tie.

    Where none does, but the app refused sessions, it is the app: how many it takes is not known, as
    what it counts may be sessions, or requests in a while.
    """
    sides: list[tuple[int, str]] = []
    allowed = memory_rules.allow(memory, workload.sessions, policy) if memory else None
    if allowed:
        sides.append((allowed.sessions, "memory"))
    finding = _find_api(api, workload, policy) if api else None
    if api and finding and finding.sessions is not None:
        sides.append((finding.sessions, _api_name(api, workload)))
    sessions, name = min(sides, key=lambda side: side[0], default=(workload.sessions, ""))
    if sessions < workload.sessions:
        return name
    return "app" if memory and memory_rules.is_refused(memory, workload.sessions) else None


def _api_name(api: ApiCapacity | LoadResult, workload: Workload) -> str:
    if isinstance(api, LoadResult):
        return "api"
    limit = api_rules.binding_limit(api, workload.think_seconds)
    return limit.kind if limit else "api"
