"""Measures what a change would do: the same sessions, otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from stresstune.memory.findings.advice import compare
from stresstune.memory.sources import Factory, Simulated, Source
from stresstune.model.memory import MemoryCapacity
from stresstune.model.workload import Workload

MALLOC_VARIABLE = "MALLOC_MMAP_THRESHOLD_"
_THRESHOLD_BYTES = 131_072


@dataclass(frozen=True, slots=True)
class Variant:
    """Another way to run the same sessions.

    Attributes:
        what: How it is named to people.
        source: What a session is.
        workload: What it holds.
        environment: Variables that are added for the sessions' process.
    """

    what: str
    source: Source
    workload: Workload
    environment: Mapping[str, str] = field(default_factory=dict)


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
    source: Source,
    workload: Workload,
    probe: Callable[[Variant], MemoryCapacity],
) -> tuple[str, ...]:
    """Probe each variant, and say which would let more sessions fit, by measurement."""
    if capacity.sessions_that_fit is None:
        return capacity.advice
    said = []
    for variant in variants(source, workload):
        fits = probe(variant).sessions_that_fit
        line = compare(variant.what, fits or 0, capacity.sessions_that_fit)
        if line:
            said.append(f"{line} (measured)")
    reckoned = [
        line for line in capacity.advice if not any(line.split(":")[0] in each for each in said)
    ]
    return (*said, *reckoned)
