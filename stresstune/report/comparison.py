"""What changed between two runs: since the last deploy, say."""

from __future__ import annotations

from collections.abc import Iterator

from stresstune.model.api import ApiCapacity
from stresstune.model.change import Evidence
from stresstune.model.fingerprint import is_same_key
from stresstune.model.journal import Run
from stresstune.model.memory import MemoryCapacity
from stresstune.report.plain import BINDINGS, TIERS, day, limit_value, pause, place_of
from stresstune.report.reckoning import KNOBS, shown
from stresstune.report.sheet import Grid, Part
from stresstune.units import format_bytes, format_seconds

SAME_RATIO = 0.03
"""Measured numbers that differ by less than this are taken for the same."""

_NOTHING = "not measured"


def compare(run: Run, earlier: Run) -> Part:
    """Lay out what differs, and say in a sentence what matters most."""
    rows = [row for row in _rows(earlier.evidence, run.evidence) if row[1] != row[2]]
    names = [row[0] for row in rows]
    since = f"Compared with run {earlier.id} of {day(earlier.at)}"
    if not rows:
        return Part(lead=f"{since}: nothing that matters has changed.")
    count = "one thing" if len(rows) == 1 else f"{len(rows)} things"
    return Part(
        lead=f"{since}, {count} changed: {', '.join(names)}.",
        grid=Grid(
            header=("what", f"run {earlier.id}", f"run {run.id} (this one)"),
            rows=tuple(rows),
            caption=f"What changed since run {earlier.id}",
        ),
    )


def _rows(before: Evidence, after: Evidence) -> Iterator[tuple[str, str, str]]:
    yield "tier", TIERS[before.verdict.tier][0], TIERS[after.verdict.tier][0]
    yield "what binds", _binding(before), _binding(after)
    for knob, name in KNOBS.items():
        values = (getattr(one.recommendation, knob) for one in (before, after))
        old, new = (shown(value, knob) for value in values)
        yield name.lower(), old, new
    yield from _memory_rows(before.verdict.memory, after.verdict.memory)
    yield from _api_rows(before.verdict.api, after.verdict.api, after)
    yield from _place_rows(before, after)


def _binding(evidence: Evidence) -> str:
    binding = evidence.verdict.binding
    return BINDINGS.get(binding, binding) if binding else "nothing"


def _memory_rows(
    before: MemoryCapacity | None, after: MemoryCapacity | None
) -> Iterator[tuple[str, str, str]]:
    yield "memory limit", *_pair(before, after, "limit_bytes")
    yield "memory of one person", *_pair(before, after, "bytes_per_session")
    yield "people that fit in memory", _fit(before), _fit(after)


def _fit(memory: MemoryCapacity | None) -> str:
    fit = memory.sessions_that_fit if memory else None
    return _NOTHING if fit is None else str(fit)


def _pair(
    before: MemoryCapacity | None, after: MemoryCapacity | None, name: str
) -> tuple[str, str]:
    old, new = (getattr(one, name) if one else None for one in (before, after))
    if old is not None and new is not None and _is_same(old, new):
        old = new
    first, second = (_NOTHING if one is None else format_bytes(one) for one in (old, new))
    return first, second


def _is_same(old: float, new: float) -> bool:
    return abs(old - new) <= SAME_RATIO * max(abs(old), abs(new))


def _api_rows(before: object, after: object, evidence: Evidence) -> Iterator[tuple[str, str, str]]:
    yield "limits of the API", _limits(before), _limits(after)
    think = evidence.verdict.workload.think_seconds
    yield (
        f"people carried at {pause(think)} between calls",
        _carried(before, think),
        _carried(after, think),
    )
    if isinstance(before, ApiCapacity) and isinstance(after, ApiCapacity):
        old, new = before.latency.average_seconds, after.latency.average_seconds
        same = abs(old - new) <= 0.1 * max(old, new)  # an average of a few dozen calls
        yield "response time", format_seconds(new if same else old), format_seconds(new)


def _limits(api: object) -> str:
    if not isinstance(api, ApiCapacity):
        return _NOTHING
    return ", ".join(limit_value(limit) for limit in api.limits) or "none found"


def _carried(api: object, think_seconds: float) -> str:
    return str(api.max_sessions(think_seconds)) if isinstance(api, ApiCapacity) else _NOTHING


def _place_rows(before: Evidence, after: Evidence) -> Iterator[tuple[str, str, str]]:
    old, new = before.fingerprint, after.fingerprint
    yield (
        "people wanted",
        str(before.verdict.workload.sessions),
        str(after.verdict.workload.sessions),
    )
    if before.verdict.workload.sessions == after.verdict.workload.sessions:
        changed = before.verdict.workload != after.verdict.workload
        yield "the rest of the workload", "as it was", "changed" if changed else "as it was"
    yield "who sets the memory limit", place_of(old.limit_source), place_of(new.limit_source)
    yield "processors", _cpus(old.cpu_quota), _cpus(new.cpu_quota)
    yield "model", old.model or "none", new.model or "none"
    same_key = is_same_key(old.key_fingerprint, new.key_fingerprint)
    if same_key is not None:
        yield "API key", "the one before", "the one before" if same_key else "another one"
    yield "version of stresstune", old.version or "unknown", new.version or "unknown"
    yield "API", _real(before), _real(after)


def _cpus(quota: float | None) -> str:
    return "unknown" if quota is None else f"{quota:g}"


def _real(evidence: Evidence) -> str:
    return "simulated" if evidence.simulated else "real"
