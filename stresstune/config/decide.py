"""What becomes of a recommended value when it meets the value in the file. Pure.

A value is changed at once in the careful direction (fewer sessions, slow mode on, a longer pause),
and in the other direction only by a tenth or more, and only where a measurement that differs by a
tenth would say so too, so that two runs that measure nearly the same do not write back and forth;
nor does it take back a small careful step only to get where it was.
A person's more careful value wins.

How a person's value is told: the journal remembers what the last run wrote or found right. Where
the file says something else now, a person set it, and it stays an end until a person sets another
one. On the very first run nothing is remembered, so no value counts as set by hand: the number
that came with the app is what is to be judged. Who wants to keep it pins it.
"""

from __future__ import annotations

from stresstune.model.change import Clamp, Kept, KnobState
from stresstune.model.policy import Knob, Policy
from stresstune.model.record import Record
from stresstune.units import format_ratio

Value = bool | int | float


class Question(Record, frozen=True, kw_only=True):
    """One knob, and everything that has a say in it.

    Attributes:
        knob: Which one.
        key: Its dotted path.
        current: Its value in the file, or None if it is not there.
        recommended: What policy says.
        steady: What it would say at the worst of a measurement that is a little different.
        state: What the journal remembers, or None.
        policy: Bounds, pins and the smallest raise.
        sessions_wanted: T, or None; the number of sessions is never raised above it.
        sessions_carried: What the API carries without slow mode, or None if that is unknown.
    """

    knob: Knob
    key: str
    current: Value | None
    recommended: Value
    steady: Value | None = None
    state: KnobState | None = None
    policy: Policy = Policy()
    sessions_wanted: int | None = None
    sessions_carried: int | None = None


class Answer(Record, frozen=True, kw_only=True):
    """What becomes of it.

    Attributes:
        value: What the file should say; the current value where nothing is to change.
        kept: Why that is not what was recommended, or None.
        state: What the journal is to remember.
    """

    value: Value | None
    kept: Kept | None
    state: KnobState


def decide(question: Question) -> Answer:
    """Decide about one knob.

    >>> answer = decide(Question(knob="max_concurrent_sessions", key="MAX", current=20,
    ...                          recommended=21))
    >>> answer.value, answer.kept.clamp
    (20, 'small_raise')
    """
    by_hand = _by_hand(question)
    value: Value | None = question.recommended
    kept: Kept | None = None
    for rule in (_pinned, _not_above_wanted, _by_hand_wins, _too_little, _unsteady, _bounded):
        value, why = rule(question, value, by_hand)
        kept = why or kept
        if kept is not None and kept.clamp == "pin":
            break
    if value == question.recommended:
        kept = None
    return Answer(
        value=value,
        kept=kept,
        state=KnobState(
            key=question.key, accepted=value, by_hand=by_hand, before=_before(question, value)
        ),
    )


Step = tuple[Value | None, Kept | None]


def _by_hand(question: Question) -> Value | None:
    """Return the last value that a person set, as far as the journal can tell."""
    state, current = question.state, question.current
    if state is None or current is None:
        return None
    return state.by_hand if current == state.accepted else current


def _before(question: Question, value: Value | None) -> Value | None:
    """Return the bolder value from which the last careful step was made."""
    if question.current is None or value is None:
        return None
    if is_bolder(question.knob, question.current, than=value):
        return question.current
    state = question.state
    return state.before if state is not None and value == question.current else None


def _kept(question: Question, clamp: Clamp, because: str) -> Kept:
    return Kept(
        key=question.key,
        value=question.current,
        recommended=question.recommended,
        clamp=clamp,
        because=because,
    )


def _pinned(question: Question, value: Value | None, _: Value | None) -> Step:
    if not {question.knob, question.key} & set(question.policy.pin):
        return value, None
    why = f"{question.key} is pinned in stresstune.policy.pin; {_said(value)} was recommended"
    return question.current, _kept(question, "pin", why)


def _not_above_wanted(question: Question, value: Value | None, _: Value | None) -> Step:
    wanted = question.sessions_wanted
    if question.knob != "max_concurrent_sessions" or wanted is None or value is None:
        return value, None
    if value <= wanted:
        return value, None
    why = f"no more than the {_said(wanted)} of stresstune.workload.sessions are let in"
    return wanted, _kept(question, "workload", why)


def _by_hand_wins(question: Question, value: Value | None, by_hand: Value | None) -> Step:
    if by_hand is None or not is_bolder(question.knob, value, than=by_hand):
        return value, None
    why = (
        f"{_said(by_hand)} was set by hand, and is more careful than the {_said(value)} that was "
        "found: a person's value wins"
    )
    return by_hand, _kept(question, "by_hand", why)


def _too_little(question: Question, value: Value | None, _: Value | None) -> Step:
    """Leave a value that would change in the bold direction by less than a tenth."""
    current, ratio = question.current, _ratio(question)
    if current is None or not is_bolder(question.knob, value, than=current):
        return value, None
    if question.knob == "slow_mode_default":
        return _little_margin(question, value)
    step = f"from {_said(current)} to {_said(value)}"
    if value is not None and abs(value - current) < ratio * current * (1 - 1e-9):
        why = f"{step} is less than {format_ratio(ratio)}: not worth a change"
        return current, _kept(question, "small_raise", why)
    if _would_flap(question, value, current):
        why = f"{step} would only take back the last small step: not worth a change"
        return current, _kept(question, "small_raise", why)
    return value, None


def _unsteady(question: Question, value: Value | None, _: Value | None) -> Step:
    """Leave a value that another measurement of the same truth would take back."""
    current, steady = question.current, question.steady
    if current is None or steady is None or not is_bolder(question.knob, value, than=current):
        return value, None
    if is_bolder(question.knob, steady, than=current):
        return value, None
    why = (
        f"from {_said(current)} to {_said(value)} would be taken back by a measurement that is "
        f"different by less than {format_ratio(_ratio(question))}: not worth a change"
    )
    return current, _kept(question, "small_raise", why)


def _would_flap(question: Question, value: Value | None, current: Value) -> bool:
    """Tell whether a bold step would only take back the last careful one, which was small.

    Small is up to twice the smallest raise, and one session for rounding; and the bold step must
    lead a smallest raise beyond where that one began. So measurements of the same truth that are
    each wrong by less than half of the smallest raise never write back and forth. A value that even
    a measurement worse by a smallest raise would give is no such step, however near it is: often
    nothing beyond it is wanted, or allowed.
    """
    before, ratio = question.state.before if question.state else None, _ratio(question)
    if before is None or value is None:
        return False
    if question.steady is not None and not is_bolder(question.knob, value, than=question.steady):
        return False
    rounding = 1 if question.knob == "max_concurrent_sessions" else 0
    if abs(before - current) > 2 * ratio * max(current, before) + rounding:
        return False
    is_beyond = is_bolder(question.knob, value, than=before)
    return not (is_beyond and abs(value - before) >= ratio * before * (1 - 1e-9))


def _ratio(question: Question) -> float:
    return question.policy.raise_by_at_least_ratio


def _little_margin(question: Question, value: Value | None) -> Step:
    carried, wanted = question.sessions_carried, question.sessions_wanted
    ratio = _ratio(question)
    if carried is None or wanted is None or carried >= wanted * (1 + ratio) * (1 - 1e-9):
        return value, None
    why = (
        f"the API carries {carried} sessions without slow mode, and {wanted} are wanted: less than "
        f"{format_ratio(ratio)} to spare, so slow mode stays on"
    )
    return question.current, _kept(question, "margin", why)


def _bounded(question: Question, value: Value | None, _: Value | None) -> Step:
    """Hold the bounds of the policy, whatever was decided so far."""
    if question.knob == "slow_mode_default" or value is None:
        return value, None
    low = getattr(question.policy.lower, question.knob)
    high = getattr(question.policy.upper, question.knob)
    wanted = question.sessions_wanted
    if low is not None and wanted is not None and question.knob == "max_concurrent_sessions":
        low = min(low, wanted)  # never raised above what is wanted
    if low is not None and value < low:
        why = f"{_said(low)} is the least that stresstune.policy.min allows"
        return low, _kept(question, "bound", why)
    if high is not None and value > high:
        why = f"{_said(high)} is the most that stresstune.policy.max allows"
        return high, _kept(question, "bound", why)
    return value, None


def is_bolder(knob: Knob, value: Value | None, *, than: Value) -> bool:
    """Tell whether a value lets more happen at the same time than another one.

    >>> is_bolder("max_concurrent_sessions", 30, than=15)
    True
    """
    if value is None:
        return False
    if knob == "max_concurrent_sessions":
        return value > than
    return value < than


def _said(value: Value | None) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if value else str(value)
