"""From what was recommended to the exact edit, without writing anything."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from stresstune.config.database import JournalUnreadable
from stresstune.config.decide import Answer, Question, decide
from stresstune.config.document import Document
from stresstune.config.load import config_of, unknown_pins
from stresstune.config.path import KeyPath, format_path, parse_path, plainly, require_apart
from stresstune.config.place import Place, find_place
from stresstune.config.recall import knob_states
from stresstune.config.schema import KNOBS, Config
from stresstune.config.spell import spell
from stresstune.config.text import ABSENT, BOM, digest_of, look_up, parse, read_bytes, same
from stresstune.errors import ConfigError
from stresstune.model.api import ApiCapacity
from stresstune.model.change import Change, Evidence, Kept, KnobState, Plan
from stresstune.model.policy import Knob
from stresstune.model.verdict import Recommendation
from stresstune.redact import redact

Wanted = Recommendation | Mapping[str, object]


def plan(
    path: str | os.PathLike[str],
    recommendation: Wanted,
    *,
    evidence: Evidence | None = None,
    state_dir: str | os.PathLike[str] | None = None,
) -> Plan:
    """Work out what would be written; nothing is.

    Args:
        path: A TOML file.
        recommendation: Its values go where ``[stresstune.keys]`` says, and are held back by pins,
            bounds, a person's values and the smallest raise. Or values by dotted path, which are
            taken as they are and count as set by hand.
        evidence: What the recommendation rests on; `apply` puts it into the journal.
        state_dir: Where the journal is, if not in ``.stresstune/`` beside the file.

    Raises:
        ConfigError: The file cannot be read, or a key cannot be written.
        ValueError: A key is no dotted path, or lies within another one, a value has no form in
            TOML, the app could not read what the config would say then, or the recommendation pins
            what is no knob here.

    >>> made = plan("workshop.toml", {"MAX_CONCURRENT_SESSIONS": 18})
    >>> made.changes[0].old, made.changes[0].new
    (30, 18)
    """
    return plan_since({}, path, recommendation, evidence=evidence, state_dir=state_dir)


def plan_since(
    began: Mapping[str, Any],
    path: str | os.PathLike[str],
    recommendation: Wanted,
    *,
    evidence: Evidence | None = None,
    state_dir: str | os.PathLike[str] | None = None,
) -> Plan:
    """Do what `plan` does for a job that ``began`` when the file said this, by knob.

    What says something else now was set by hand.
    """
    name = os.fspath(path)
    place = find_place(name, state_dir)
    draft = Plan(
        path=name,
        digest="",
        result_digest="",
        evidence=evidence,
        state_dir=None if state_dir is None else os.fspath(state_dir),
    )
    document = Document(read_bytes(name), name)
    if isinstance(recommendation, Recommendation):
        remembered, notes = _remembered(place)
        draft = msgspec.structs.replace(draft, notes=notes)
        return _plan_recommendation(draft, document, recommendation, remembered, began)
    edits = [(parse_path(key), new, "") for key, new in recommendation.items()]
    require_apart(path for path, _, _ in edits)
    return _finish(draft, document, edits)


def _remembered(place: Place) -> tuple[Mapping[str, KnobState], tuple[str, ...]]:
    try:
        return knob_states(place), ()
    except JournalUnreadable as error:
        return {}, (f"{error}. Until then no value counts as set by hand",)


def _plan_recommendation(
    draft: Plan,
    document: Document,
    wanted: Recommendation,
    remembered: Mapping[str, KnobState],
    began: Mapping[str, Any],
) -> Plan:
    config = config_of(document.values, document.data, draft.path)
    if unknown := unknown_pins(wanted.pins, config.keys):
        raise ValueError(f'"{unknown[0]}" is pinned, which is no knob of {draft.path}')
    answers: list[tuple[Knob, Answer]] = []
    kept: list[Kept] = []
    for knob in KNOBS:
        recommended = getattr(wanted, knob)
        if recommended is None:
            continue
        path = config.keys.path_of(knob)
        if path is None:
            kept.append(_no_key(knob, recommended))
            continue
        question = _question(config, wanted, knob, look_up(document.values, path), draft.evidence)
        state = remembered.get(question.key)
        if state is None and knob in began:
            state = KnobState(key=question.key, accepted=began[knob])
        question = msgspec.structs.replace(question, state=state)
        answers.append((knob, decide(question)))
    kept += [answer.kept for _, answer in answers if answer.kept is not None]
    draft = msgspec.structs.replace(
        draft,
        kept=tuple(kept),
        notes=(*draft.notes, *_notes(document.data, kept)),
        states=tuple(answer.state for _, answer in answers),
    )
    return _finish(draft, document, [_edit_of(wanted, *answer) for answer in answers])


def _question(
    config: Config,
    wanted: Recommendation,
    knob: Knob,
    current: Any,  # noqa: ANN401 - the file's own value
    evidence: Evidence | None,
) -> Question:
    policy = msgspec.structs.replace(
        config.policy,
        pin=tuple(map(plainly, (*config.policy.pin, *wanted.pins))),
        raise_by_at_least_ratio=wanted.raise_by_at_least_ratio,
    )
    path = config.keys.path_of(knob) or ()
    return Question(
        knob=knob,
        key=format_path(path),
        current=None if current is ABSENT else current,
        recommended=getattr(wanted, knob),
        steady=getattr(wanted.steady, knob, None),
        policy=policy,
        sessions_wanted=_sessions_wanted(config, wanted, knob),
        sessions_carried=_carried(evidence),
    )


def _sessions_wanted(config: Config, wanted: Recommendation, knob: Knob) -> int | None:
    """Return the end of a raise; for slow mode: the sessions that must get along without it."""
    if knob == "max_concurrent_sessions":
        return wanted.max_sessions_wanted or config.workload.sessions
    return wanted.max_concurrent_sessions


def _carried(evidence: Evidence | None) -> int | None:
    """Return what the API was measured to carry without slow mode; None where it was not."""
    api = evidence.verdict.api if evidence else None
    if evidence is None or not isinstance(api, ApiCapacity) or api.outcome != "measured":
        return None
    findings = evidence.verdict.findings
    return next((one.sessions for one in findings if one.subject == "api"), None)


def _no_key(knob: Knob, recommended: object) -> Kept:
    why = f"stresstune.keys.{knob} is empty: this app has no such knob"
    return Kept(key=knob, value=None, recommended=recommended, clamp="no_key", because=why)


def _notes(data: bytes, kept: Iterable[Kept]) -> list[str]:
    notes = []
    if data.startswith(BOM):
        notes.append("the file begins with a byte order mark, which stays; many readers refuse it")
    notes += [
        f"{one.because}: the other values were reckoned with it"
        for one in kept
        if one.clamp in {"pin", "no_key"} and one.value != one.recommended
    ]
    return notes


def _edit_of(wanted: Recommendation, knob: Knob, answer: Answer) -> tuple[KeyPath, object, str]:
    because = wanted.reason_for(knob)
    if answer.kept is not None:
        because = f"{because} {answer.kept.because}".strip()
    return parse_path(answer.state.key), answer.value, because


def _finish(draft: Plan, document: Document, edits: Iterable[tuple[KeyPath, object, str]]) -> Plan:
    changes = [
        _change(document, path, new, because)
        for path, new, because in edits
        if not is_equal(look_up(document.values, path), new)
    ]
    result = document.edited({parse_path(one.key): one.new_source for one in changes})
    _check_result(document, result, draft.path)
    return msgspec.structs.replace(
        draft,
        digest=digest_of(document.data),
        result_digest=digest_of(result),
        changes=tuple(changes),
        diff=diff(document.data, result, draft.path),
    )


def _check_result(document: Document, result: bytes, name: str) -> None:
    """Refuse what an app could not read: a sound config stays sound.

    A config that is wrong already, or no config of stresstune's at all, may be edited as well.
    """
    try:
        config_of(document.values, document.data, name)
    except ConfigError:
        return
    try:
        config_of(parse(result, name), result, name)
    except ConfigError as error:
        raise ValueError(f"the planned file would be wrong: {error}") from None


def _change(
    document: Document,
    path: KeyPath,
    new: Any,  # noqa: ANN401 - whatever TOML can hold
    because: str,
) -> Change:
    old = look_up(document.values, path)
    if _is_number(old) and isinstance(old, int) and isinstance(new, float) and new.is_integer():
        new = int(new)
    return Change(
        key=format_path(path),
        old=None if old is ABSENT else old,
        new=new,
        because=because,
        old_source=document.source_of(path),
        new_source=spell(new),
    )


def is_equal(old: object, new: object) -> bool:
    """Tell whether an app would see no difference: 3 and 3.0 are equal, 1 and true are not.

    >>> is_equal(3, 3.0), is_equal(1, True), is_equal([1], [True])
    (True, False, False)
    """
    if _is_number(old) and _is_number(new):
        return old == new or (old != old and new != new)  # noqa: PLR0124 - NaN is not itself
    return same(old, new)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_SECRET = re.compile(
    r"^( .*(?:key|token|secret|password|passwd|credential|dsn)[\w\"'-]*\s*=).*$", re.IGNORECASE
)
"""An unchanged line whose key sounds like a secret: diffs end up in logs and plan files. What is
changed, somebody has asked to see."""


@lru_cache(maxsize=4)  # a plan is made again in the turn in which it is written
def diff(before: bytes, after: bytes, name: str) -> str:
    r"""Return a unified diff of two versions of a file, without its line endings.

    >>> print(diff(b"a = 1\n", b"a = 2\n", "app.toml"))
    --- app.toml
    +++ app.toml
    @@ -1 +1 @@
    -a = 1
    +a = 2
    """
    lines = difflib.unified_diff(_lines(before), _lines(after), name, name, lineterm="")
    return "\n".join(map(_shown, lines))


def _shown(line: str) -> str:
    return _SECRET.sub(r"\1 ***", redact(line)) if line.startswith(" ") else line


def _lines(data: bytes) -> list[str]:
    text = data.removeprefix(BOM).decode()
    return [] if not text else [line.rstrip("\r") for line in text.removesuffix("\n").split("\n")]
