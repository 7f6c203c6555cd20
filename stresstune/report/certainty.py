"""How sure each number is, and what was not measured."""

from __future__ import annotations

from collections.abc import Iterator

from stresstune.model.api import ApiCapacity
from stresstune.model.change import Evidence
from stresstune.model.load import LoadResult
from stresstune.model.memory import MemoryCapacity
from stresstune.model.report import Dossier
from stresstune.report.plain import SURE, capital, limit_interval, limit_value, place_of
from stresstune.report.sheet import Grid
from stresstune.units import format_bytes, format_seconds

HEADER = ("number", "value", "how it is known", "between")


def certainty(evidence: Evidence) -> Grid:
    """Lay out every number with how it is known, and its interval."""
    verdict = evidence.verdict
    rows: list[tuple[str, ...]] = []
    if verdict.memory is not None:
        rows += _of_memory(verdict.memory)
    if isinstance(verdict.api, ApiCapacity):
        rows += _of_api(verdict.api)
    elif isinstance(verdict.api, LoadResult):
        rows += _of_test(verdict.api)
    named = tuple((capital(name), *rest) for name, *rest in rows)
    return Grid(header=HEADER, rows=named, caption="How sure each number is")


def doubts(evidence: Evidence) -> tuple[str, ...]:
    """Return what a reader must know to trust or distrust the numbers."""
    verdict = evidence.verdict
    notes: list[str] = []
    if verdict.memory is not None:
        notes += [f"Memory: {note}" for note in verdict.memory.notes]
        if verdict.memory.error:
            notes.append(f"Memory: the session source failed: {verdict.memory.error}")
    if isinstance(verdict.api, ApiCapacity):
        notes += [f"API: {note}" for note in verdict.api.notes]
    if verdict.api is not None and not verdict.api.health.ok:
        notes.append(f"The load generator was itself the limit: {verdict.api.health.reason}")
    return tuple(f"{note.rstrip('.')}." for note in notes)


def unmeasured(dossier: Dossier) -> tuple[str, ...]:
    """Return what this run did not measure, in sentences."""
    return tuple(_unmeasured(dossier))


def _unmeasured(dossier: Dossier) -> Iterator[str]:
    evidence = dossier.run.evidence
    verdict = evidence.verdict
    for subject, origin in evidence.carried.items():
        name = "The API" if subject == "api" else "Memory"
        yield f"{name} was not measured anew: its numbers are those of {origin}."
    yield from _memory_gaps(verdict.memory)
    yield from _api_gaps(verdict.api, simulated=evidence.simulated)
    yield "The network between the people and the app, and what their own devices can do."
    yield from dossier.notes


def _memory_gaps(memory: MemoryCapacity | None) -> Iterator[str]:
    if memory is None:
        yield "Memory: it was not asked about."
        return
    if memory.source == "simulated":
        yield (
            "The app's own sessions: stand-ins with pictures of the stated size were held instead. "
            "Your app may need more or less; `--factory` or `--app` measures it."
        )
    if len(memory.samples) < 2:
        yield "The single sessions are not in the journal, so there is no picture of memory."
    if memory.stopped_by not in {"memory_error", "killed"} and memory.sessions_that_fit is not None:
        yield (
            f"The crash itself: {memory.held_sessions} sessions were really held, and the rest is "
            "reckoned from them."
        )


def _api_gaps(api: ApiCapacity | LoadResult | None, *, simulated: bool) -> Iterator[str]:
    if api is None:
        yield "The API: it was not asked about."
        return
    if simulated:
        yield "The real API: an emulator stood in for it."
    if isinstance(api, LoadResult):
        yield f"The quota: a {api.kind} lasts seconds, and a quota counts a minute or a day."
    kinds = {limit.kind for limit in api.limits} if isinstance(api, ApiCapacity) else set()
    if isinstance(api, ApiCapacity) and "requests_per_day" not in kinds:
        yield "The quota of the day: it shows only when it is used up."
    if kinds & {"requests_per_minute", "tokens_per_minute"}:
        yield "Who else uses the same API project: its quotas are shared, and others take a part."
    if not api.attempts:
        yield "The single calls are not in the journal, so there is no picture of them."


def _of_memory(memory: MemoryCapacity) -> Iterator[tuple[str, ...]]:
    each = memory.bytes_per_session
    if each is not None:
        ends = f"{format_bytes(each.low)} to {format_bytes(each.high)}"
        yield "memory of one person", format_bytes(each), "measured", ends
    if memory.limit_bytes is not None:
        how = f"stated: {place_of(memory.limit_source)}"
        yield "memory limit", format_bytes(memory.limit_bytes), how, "exact"
    if memory.sessions_that_fit is not None:
        found = memory.stopped_by in {"memory_error", "killed"}
        how = "found at the crash" if found else "reckoned from the line"
        how = "a lower bound" if memory.at_least else how
        yield "people that fit in memory", str(memory.sessions_that_fit), how, _fit_ends(memory)


def _fit_ends(memory: MemoryCapacity) -> str:
    each, limit = memory.bytes_per_session, memory.limit_bytes
    if each is None or limit is None or each.low <= 0:
        return "not known"
    room = limit - memory.baseline_bytes - memory.transient_bytes
    low, high = int(max(room, 0) / each.high), int(max(room, 0) / each.low)
    return f"{low} to {high}" if low != high else "exact to the person"


def _of_api(api: ApiCapacity) -> Iterator[tuple[str, ...]]:
    for limit in api.limits:
        yield (
            capital(limit.kind.replace("_", " ")),
            limit_value(limit),
            f"{SURE[limit.provenance]}{f': {limit.evidence}' if limit.evidence else ''}",
            limit_interval(limit),
        )
    if api.proven_per_minute is not None:
        value = f"{api.proven_per_minute:,} calls a minute"
        yield (
            "Pace that was proved",
            value,
            SURE["lower_bound"],
            f"{api.proven_per_minute:,} or more",
        )
    if api.proven_in_flight is not None:
        value = f"{api.proven_in_flight:,} calls at the same time"
        yield (
            "Crowd that was proved",
            value,
            SURE["lower_bound"],
            f"{api.proven_in_flight:,} or more",
        )
    if api.latency.count:
        yield _latency_row(api)


def _latency_row(api: ApiCapacity) -> tuple[str, ...]:
    latency = api.latency
    low, high = api.latency_low_seconds, api.latency_high_seconds
    ends = f"{format_seconds(low)} to {format_seconds(high)}" if high else "not known"
    how = (
        f"measured on {latency.count:,} answers; 95 % within {format_seconds(latency.p95_seconds)}"
    )
    return "Response time, average", format_seconds(latency.average_seconds), how, ends


def _of_test(test: LoadResult) -> Iterator[tuple[str, ...]]:
    value = f"{test.successful} of {test.total} calls answered, {test.rejected} refused"
    yield f"Calls of the {test.kind}", value, "counted", "exact"
    if test.breaking_point is not None:
        good = "none" if test.last_good is None else str(test.last_good)
        value = f"{test.breaking_point} at once"
        yield "First refusal", value, "measured", f"between {good} and {test.breaking_point}"
