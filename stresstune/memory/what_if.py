"""Measures what a change would do: the same sessions, otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from stresstune.memory.findings.advice import compare
from stresstune.memory.sources import Factory, Simulated, Source
from stresstune.model.memory import MemoryCapacity
from stresstune.model.workload import Workload
from stresstune.redact import redact

MALLOC_VARIABLE = "MALLOC_MMAP_THRESHOLD_"
_THRESHOLD_BYTES = 131_072
_LITTLE_RATIO = 0.1


@dataclass(frozen=True, slots=True)
class Variant:
    """Another way to run the same sessions.

    Attributes:
        what: How it is named to people.
        source: What a session is.
        workload: What it holds.
        environment: Variables that are added for the sessions' process.
        asked: Somebody asked for just this, so that an answer is due in any case.
    """

    what: str
    source: Source
    workload: Workload
    environment: Mapping[str, str] = field(default_factory=dict)
    asked: bool = False


def of_environment(source: Source, workload: Workload, environment: Mapping[str, str]) -> Variant:
    """Make the variant that somebody asked for by variables; what these are stays untold."""
    what = f"{', '.join(environment)} in the app's environment"
    return Variant(what, source, workload, environment, asked=True)


def variants(source: Source, workload: Workload) -> Iterator[Variant]:
    """List what is worth trying for such sessions."""
    # glibc moves this threshold up as buffers are freed; freed ones below it fragment the heap.
    yield Variant(
        f"{MALLOC_VARIABLE}={_THRESHOLD_BYTES} in the app's environment",
        source,
        workload,
        {MALLOC_VARIABLE: str(_THRESHOLD_BYTES)},
    )
    if isinstance(source, Simulated) and workload.image_kind != "encoded":
        kind = workload.image_kind
        plain = Workload(
            sessions=workload.sessions,
            images_per_session=workload.images_per_session,
            image_bytes=workload.image_bytes,
        )
        yield Variant(f"encoded instead of {kind} pictures", source, plain)
    if isinstance(source, Factory) and source.concurrency > 1:
        alone = Factory(source.target)
        what = f"one session made at a time instead of {source.concurrency}"
        yield Variant(what, alone, workload)


def measured_advice(
    capacity: MemoryCapacity,
    tried: Iterable[Variant],
    probe: Callable[[Variant], MemoryCapacity],
) -> tuple[str, ...]:
    """Probe each variant, and say which would let more sessions fit, by measurement."""
    if capacity.sessions_that_fit is None:
        return capacity.advice
    lines = [_said(each, probe(each), capacity.sessions_that_fit) for each in tried]
    said = [line for line in lines if line]
    reckoned = [
        line for line in capacity.advice if not any(line.split(":")[0] in each for each in said)
    ]
    return (*said, *reckoned)


def _said(variant: Variant, found: MemoryCapacity, instead_of: int) -> str:
    """Say what a variant does to the number; "" where that is little, and nobody asked."""
    sessions = found.sessions_that_fit
    if sessions is None:
        # The app's last words may hold what it was given.
        why = redact(found.error or found.stopped_by, *variant.environment.values())
        return f"{variant.what}: it could not be measured, {why}" if variant.asked else ""
    line = compare(variant.what, sessions, instead_of, at_least=found.at_least)
    if not line and variant.asked:
        line = f"{variant.what}: about as many sessions, {sessions} instead of {instead_of}"
        if sessions < (1 - _LITTLE_RATIO) * instead_of:
            line = f"{variant.what}: fewer sessions, {sessions} instead of {instead_of}"
    return f"{line} (measured)" if line else ""
