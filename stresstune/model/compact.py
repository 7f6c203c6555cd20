"""What the journal keeps of a large run: enough for its pictures, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from msgspec.structs import replace

from stresstune.model.api import ApiCapacity
from stresstune.model.change import Evidence
from stresstune.model.memory import MemoryCapacity

MAX_KEPT = 5000
"""Calls, and sessions, that are kept one by one: five times the default budget, 130 kB in the
journal. A budget that was raised would otherwise fill the disk, run after run."""

Item = TypeVar("Item")


def compact(evidence: Evidence) -> Evidence:
    """Return evidence with at most so many single calls and sessions; the numbers are as they were.

    Of more, every second, third, ... one is kept, and a note says so.
    """
    verdict = evidence.verdict
    memory, api = verdict.memory, verdict.api
    if memory is not None and len(memory.samples) > MAX_KEPT:
        memory = _memory(memory)
    if isinstance(api, ApiCapacity) and len(api.attempts) > MAX_KEPT:
        api = _api(api)
    if memory is verdict.memory and api is verdict.api:
        return evidence
    return replace(evidence, verdict=replace(verdict, memory=memory, api=api))


def thin(items: Sequence[Item], most: int) -> tuple[tuple[Item, ...], int]:
    """Keep every k-th of too many items, the first and the last among them, and say which k.

    >>> thin(range(7), 3), thin("ab", 3)
    (((0, 3, 6), 3), (('a', 'b'), 1))
    """
    step = 1 if len(items) <= most else -(-(len(items) - 1) // max(most - 1, 1))
    kept = list(items[::step])
    if (len(items) - 1) % step:
        kept.append(items[-1])
    return tuple(kept), step


def _memory(memory: MemoryCapacity) -> MemoryCapacity:
    kept, step = thin(memory.samples, MAX_KEPT)
    return replace(memory, samples=kept, notes=(*memory.notes, _note("session", step)))


def _api(api: ApiCapacity) -> ApiCapacity:
    kept, step = thin(api.attempts, MAX_KEPT)
    return replace(api, attempts=kept, notes=(*api.notes, _note("call", step)))


def _note(what: str, step: int) -> str:
    ordinal = {2: "second", 3: "third"}.get(step, f"{step}th")
    return f"the journal keeps every {ordinal} {what}, so that pictures show that share of them"
