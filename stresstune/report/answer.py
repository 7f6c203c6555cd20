"""The answer of a run: the tier, what binds, what was set. In one sentence, and at a glance."""

from __future__ import annotations

from typing import Any

from stresstune.model.api import ApiCapacity
from stresstune.model.policy import Knob
from stresstune.model.report import Dossier
from stresstune.model.verdict import Verdict
from stresstune.report.plain import BINDINGS, TIERS, capital, limit_value, pause, people
from stresstune.report.sheet import Tile


def setting(dossier: Dossier, knob: Knob) -> Any:  # noqa: ANN401 - a number or a truth value
    """Return what a knob was set to: what the config says, or else what was recommended."""
    if knob in dossier.in_force:
        return dossier.in_force[knob]
    return getattr(dossier.run.evidence.recommendation, knob)


def delay_in_force(dossier: Dossier) -> float:
    """Return the pause that new sessions begin with, in seconds; 0 without slow mode."""
    slow = setting(dossier, "slow_mode_default")
    return float(setting(dossier, "slow_mode_delay_seconds") or 0.0) if slow else 0.0


def held_safely(dossier: Dossier) -> int | None:
    """Return the sessions that memory holds safely, that of all hosts together; None is unknown."""
    evidence = dossier.run.evidence
    if evidence.fleet is None:
        return evidence.verdict.memory.safe_sessions if evidence.verdict.memory else None
    known = [one.safe_sessions for one in evidence.fleet.seats if one.safe_sessions is not None]
    return sum(known) if known else None


def let_in(dossier: Dossier) -> int | None:
    """Return the people that are let in, by all hosts together; None where nothing was set."""
    sessions, evidence = setting(dossier, "max_concurrent_sessions"), dossier.run.evidence
    if sessions is None or evidence.fleet is None or evidence.is_of_a_fleet:
        return None if sessions is None else int(sessions)
    seats = [one.sessions for one in evidence.fleet.seats if one.sessions is not None]
    is_same = sessions == evidence.fleet.same_sessions
    return int(sessions) * len(seats) if is_same else sum(seats)


def measured_api(verdict: Verdict) -> ApiCapacity | None:
    """Return what the API carries, where that was really found out."""
    api = verdict.api
    known = isinstance(api, ApiCapacity) and api.outcome in {"measured", "enough"}
    return api if known and isinstance(api, ApiCapacity) else None


def headline(dossier: Dossier) -> str:
    """Say in one sentence how it stands."""
    verdict = dossier.run.evidence.verdict
    wanted = verdict.workload.sessions
    if verdict.binding == "app":
        return f"Memory holds all {people(wanted)}, but the app itself took fewer."
    if verdict.tier == "inconclusive":
        return "It could not be told how many people the app carries."
    if verdict.binding is None:
        if verdict.tier == "good":
            return f"All {people(wanted)} can work at the same time, at full pace."
        return f"All {people(wanted)} fit, but with little room to spare."
    if verdict.binding == "memory":
        return _memory_words(verdict, wanted)
    return _api_words(dossier, verdict, wanted)


def tiles(dossier: Dossier) -> tuple[Tile, ...]:
    """Give the answer at a glance: tier, what binds, what was set."""
    verdict = dossier.run.evidence.verdict
    word, meaning = TIERS[verdict.tier]
    return (
        Tile(label="How it stands", value=word, note=f"{capital(meaning)}."),
        Tile(label="What binds", value=_binding(verdict), note=_binding_note(verdict)),
        Tile(label=_set_label(dossier), value=_set(dossier), note=_set_note(dossier)),
    )


def _memory_words(verdict: Verdict, wanted: int) -> str:
    memory = verdict.memory
    fit = memory.sessions_that_fit if memory else None
    if memory is None or fit is None:
        return f"Memory is too small for {people(wanted)}."
    if fit >= wanted:
        return f"All {people(wanted)} fit in memory, but not with room to spare."
    return f"Memory holds {fit} of the {people(wanted)} that are wanted."


def _api_words(dossier: Dossier, verdict: Verdict, wanted: int) -> str:
    api = measured_api(verdict)
    if api is None:
        return "The API refused calls when many came at once."
    if verdict.binding == "overload":
        return "The API fails so often that nobody can work without errors."
    think = verdict.workload.think_seconds
    carried, delay = api.max_sessions(think), delay_in_force(dossier)
    words = f"At full pace the API carries {carried} of the {people(wanted)} that are wanted"
    if not delay:
        return f"{words}."
    slow = api.max_sessions(think + delay)
    many = "all of them" if slow >= wanted else str(slow)
    words = f"{words}; with a pause of {pause(delay)} it carries {many}"
    safe = held_safely(dossier)
    if safe is not None and safe < min(slow, wanted):
        words = f"{words}, but memory holds only {safe} safely"
    return f"{words}."


def _binding(verdict: Verdict) -> str:
    if verdict.binding:
        return BINDINGS.get(verdict.binding, verdict.binding)
    return "Not known" if verdict.tier == "inconclusive" else "Nothing"


def _binding_note(verdict: Verdict) -> str:
    if verdict.tier == "inconclusive":
        return "The findings below say what was missing."
    if verdict.binding is None:
        return f"No limit is met before {people(verdict.workload.sessions)}."
    if verdict.binding == "memory" and verdict.memory is not None:
        fit, safe = verdict.memory.sessions_that_fit, verdict.memory.safe_sessions
        return f"{capital(people(fit or 0))} fit; {safe} are safe."
    if isinstance(verdict.api, ApiCapacity):
        found = [limit for limit in verdict.api.limits if limit.kind == verdict.binding]
        return f"{capital(limit_value(found[0]))}." if found else "See the findings below."
    return "See the findings below."


def _set_label(dossier: Dossier) -> str:
    if dossier.run.evidence.verdict.tier == "inconclusive":
        return "What was set"
    fleet = dossier.run.evidence.fleet
    if fleet is not None and any(one.outcome == "written" for one in fleet.hosts):
        return "What was set"
    if dossier.entry is None:
        return "What is set" if dossier.in_force else "What was recommended"
    return "What was set" if dossier.entry.state == "done" else "What was recommended"


def _set(dossier: Dossier) -> str:
    sessions = setting(dossier, "max_concurrent_sessions")
    if sessions is None:
        return "Nothing"
    delay = delay_in_force(dossier)
    words = f"{people(int(sessions))} at a time"
    return f"{words}, {pause(delay)} pause" if delay else words


def _set_note(dossier: Dossier) -> str:
    if dossier.run.evidence.verdict.tier == "inconclusive":
        return "Nothing was touched."
    if setting(dossier, "max_concurrent_sessions") is None:
        return "The config was left alone."
    slow = setting(dossier, "slow_mode_default")
    words = "Slow Mode is on from the start." if slow else "Slow Mode is off at the start."
    if slow is None:
        words = ""
    if dossier.entry is None and dossier.in_force:
        words = f"The config said so already. {words}"
    elif dossier.entry is not None and not dossier.entry.in_force:
        words = f"It was taken back later. {words}"
    return f"{words} {_of_the_room(dossier)}".strip()


def _of_the_room(dossier: Dossier) -> str:
    """Say what all hosts let in, where the number that was set is one host's."""
    evidence = dossier.run.evidence
    if evidence.fleet is None or evidence.is_of_a_fleet:
        return ""
    count, everybody = len(evidence.fleet.seats), people(let_in(dossier) or 0)
    return f"This is one host's number; {count} hosts let in {everybody}."
