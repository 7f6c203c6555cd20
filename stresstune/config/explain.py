"""Why a value is what it is: the arithmetic, with the numbers that were measured."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from stresstune.config.history import history, last_run, run
from stresstune.config.load import load_config
from stresstune.config.path import parse_path
from stresstune.config.plan import is_equal, plan
from stresstune.config.schema import KNOBS, Config
from stresstune.config.words import did_you_mean
from stresstune.errors import ConfigError
from stresstune.model.api import ApiCapacity, Limit
from stresstune.model.change import Change, Kept
from stresstune.model.journal import HistoryEntry, Run
from stresstune.model.memory import MemoryCapacity
from stresstune.model.pace_words import average_words
from stresstune.model.policy import Knob
from stresstune.model.record import Record
from stresstune.model.verdict import Recommendation, Verdict
from stresstune.units import format_bytes, format_ratio


class Explanation(Record, frozen=True, kw_only=True, tag_field="record", tag="explanation"):
    """Why one value is what it is.

    Attributes:
        key: Its dotted path.
        value: What the file says now, or None if it is not there.
        recommended: What the last run recommended, or None if it left the knob alone.
        origin: Who set the value, and when.
        because: The reason as it was given when it was decided, or "".
        arithmetic: How the measured numbers lead to it, one step a line.
        clamps: What held the value back, where something did.
        lifts: What would change it.
        run_id: The run that all this comes from, or None.
        tier: What that run came to, or None.
        binding: The limit that was met first in it, or None.
        measured_at: When it ran (ISO 8601, UTC), or None.
        simulated: It was a simulated one.
    """

    key: str
    value: Any
    recommended: Any
    origin: str
    because: str = ""
    arithmetic: tuple[str, ...] = ()
    clamps: tuple[str, ...] = ()
    lifts: tuple[str, ...] = ()
    run_id: int | None = None
    tier: str | None = None
    binding: str | None = None
    measured_at: str | None = None
    simulated: bool = False

    @property
    def lines(self) -> tuple[str, ...]:
        """The whole explanation, in sentences for a person."""
        return tuple(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.key} is {_shown(self.value)}: {self.origin}."
        if self.because:
            yield f"Why: {self.because}"
        yield from self.arithmetic
        yield from (f"Held back: {clamp}" for clamp in self.clamps)
        yield from (f"What would lift the limit: {lift}" for lift in self.lifts)
        if self.simulated:
            yield "All of this comes from a simulated run, not from the real API."


def explain(
    path: str | os.PathLike[str], key: str, *, state_dir: str | os.PathLike[str] | None = None
) -> Explanation:
    """Explain the value of a knob from the evidence in the journal.

    The evidence is that of the run behind the value, as long as the file has it and no later run
    found another one that was held back: from then on, it is that of the latest run.

    Args:
        path: The config.
        key: A knob, by its logical name or its dotted path.
        state_dir: Where the journal is, if not in ``.stresstune/`` beside the file.

    Raises:
        ConfigError: The config cannot be read, or there is no such knob.
        JournalUnreadable: The journal is damaged, or of a newer version.
    """
    config = load_config(path)
    knob = _knob(config, key)
    dotted = config.keys.of(knob) or knob
    value = config.values.get(knob)
    entry, change = _last_change(history(path, state_dir=state_dir), dotted)
    draft = Explanation(
        key=dotted, value=value, recommended=None, origin=_origin(entry, change, value)
    )

    def held_back(by: Run) -> list[Kept]:
        kept = plan(path, by.evidence.recommendation, state_dir=state_dir).kept
        return [one for one in kept if one.key == dotted]

    latest = last_run(path, state_dir=state_dir)
    if latest is None:
        return draft
    is_as_written = entry is not None and change is not None and is_equal(change.new, value)
    behind = run(path, entry.run_id, state_dir=state_dir) if entry and entry.run_id else None
    if behind is None or not is_as_written or held_back(latest):
        behind = latest  # why the value stays as it is
    return _fill(draft, knob, behind, held_back(behind))


def _knob(config: Config, key: str) -> Knob:
    for knob in KNOBS:
        if key == knob or _is_path_of(config, knob, key):
            return knob
    known = [config.keys.of(knob) or knob for knob in KNOBS]
    hint = did_you_mean(key, known)
    raise ConfigError(f"{config.path}: {key} is no knob: {hint}", path=config.path, key=key)


def _is_path_of(config: Config, knob: Knob, key: str) -> bool:
    try:
        return parse_path(key) == config.keys.path_of(knob)
    except ValueError:
        return False


def _last_change(
    entries: tuple[HistoryEntry, ...], key: str
) -> tuple[HistoryEntry | None, Change | None]:
    for entry in reversed(entries):
        for change in entry.changes:
            if change.key == key and entry.state == "done":
                return entry, change
    return None, None


def _origin(entry: HistoryEntry | None, change: Change | None, value: object) -> str:
    if entry is None or change is None:
        return "stresstune has never written it"
    if not is_equal(change.new, value):
        return (
            f"set by hand after {entry.kind} {entry.id}, which had left it at {_shown(change.new)}"
        )
    return f"written by {entry.kind} {entry.id} on {_dated(entry, change)}"


def _dated(entry: HistoryEntry, change: Change) -> str:
    return f"{entry.at[:10]}, before that it was {_shown(change.old)}"


def _shown(value: object) -> str:
    if value is None:
        return "not set"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _fill(draft: Explanation, knob: Knob, found: Run, kept: list[Kept]) -> Explanation:
    evidence = found.evidence
    wanted = evidence.recommendation
    clamps = [reason.clamp for reason in wanted.reasons if reason.knob == knob and reason.clamp]
    return Explanation(
        key=draft.key,
        value=draft.value,
        recommended=getattr(wanted, knob),
        origin=draft.origin,
        because=wanted.reason_for(knob),
        arithmetic=tuple(_arithmetic(evidence.verdict, wanted, knob)),
        clamps=(*clamps, *(one.because for one in kept)),
        lifts=tuple(_lifts(wanted, knob, kept)),
        run_id=found.id,
        tier=evidence.verdict.tier,
        binding=evidence.verdict.binding,
        measured_at=found.at,
        simulated=evidence.simulated,
    )


def _arithmetic(verdict: Verdict, wanted: Recommendation, knob: Knob) -> Iterator[str]:
    yield f"{verdict.workload.sessions} sessions are wanted (stresstune.workload.sessions)."
    if verdict.memory is not None and knob == "max_concurrent_sessions":
        yield from _of_memory(verdict.memory)
    if getattr(wanted, knob) is None:
        yield "Nothing was measured that has a say in it, so it stays as it is."
    if isinstance(verdict.api, ApiCapacity):
        yield from map(_of_limit, verdict.api.limits)
        yield from _of_pace(verdict, wanted)
    for finding in verdict.findings:
        if finding.subject == "api" or knob == "max_concurrent_sessions":
            subject = "The API" if finding.subject == "api" else "Memory"
            yield f"{subject} is {finding.tier}: {finding.statement.removesuffix('.')}."


def _of_pace(verdict: Verdict, wanted: Recommendation) -> Iterator[str]:
    """Show how many calls people make at the pace that was chosen."""
    api = verdict.api
    assert isinstance(api, ApiCapacity)
    at_random = any(limit.kind == "overload" for limit in api.limits)
    if api.outcome != "measured" or not api.latency.count or at_random:
        return
    think, delay = verdict.workload.think_seconds, wanted.slow_mode_delay_seconds
    pause = think + (delay or 0.0)
    if delay:
        yield f"{delay:g} s pause + {think:g} s to look = {pause:g} s between two calls."
    yield f"API: {average_words(api, api.max_sessions(pause), pause)}."


def _of_memory(memory: MemoryCapacity) -> Iterator[str]:
    size = memory.bytes_per_session
    if size is None or memory.limit_bytes is None or memory.sessions_that_fit is None:
        yield f"Memory could not be reckoned: the limit is {memory.limit_source}."
        return
    used = memory.baseline_bytes + memory.transient_bytes
    how = " (reckoned with how far what was seen varies)" if memory.sizes_vary else ""
    if memory.at_least:
        how = ", and no more is claimed, since a session's memory could not be seen"
    yield (
        f"Memory: ({format_bytes(memory.limit_bytes)} by {memory.limit_source} - "
        f"{format_bytes(used)} in use otherwise) / {format_bytes(size)} a session "
        f"({format_bytes(size.low)} to {format_bytes(size.high)}) = "
        f"{(memory.limit_bytes - used) / size:.1f}: {memory.sessions_that_fit} sessions fit{how}."
    )
    low_end = " of the fewest that may fit" if memory.sizes_vary else ""
    headroom = format_ratio(memory.headroom_ratio)
    yield f"Less {headroom} headroom{low_end}: {memory.safe_sessions} are safe."


def _of_limit(limit: Limit) -> str:
    end = "no upper end known" if limit.high is None else f"to {limit.high:g}"
    what = limit.kind.replace("_", " ")
    text = f"API: {what} {limit.value:g}, {limit.provenance} ({limit.low:g} {end})"
    return f"{text}: {limit.evidence}" if limit.evidence else f"{text}."


def _lifts(wanted: Recommendation, knob: Knob, kept: list[Kept]) -> Iterator[str]:
    if getattr(wanted, knob) is not None:
        yield from wanted.lift
    for one in kept:
        if one.clamp == "pin":
            yield f"taking {one.key} out of stresstune.policy.pin"
        elif one.clamp == "by_hand":
            value = _shown(one.recommended)
            yield f"setting {one.key} to {value} by hand: a person's value is an end"
