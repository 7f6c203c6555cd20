"""One key of a config: what becomes of it, or why nothing does."""

from __future__ import annotations

from typing import Any, Literal

from stresstune.model.record import Record

Clamp = Literal["pin", "small_raise", "by_hand", "margin", "workload", "bound", "no_key"]
"""What holds a value: see `Kept`."""


class Change(Record, frozen=True, kw_only=True):
    """One key of a config that gets another value.

    Attributes:
        key: Its dotted path.
        old: Its value now, or None if it is not there.
        new: Its value then, or None if it is removed.
        because: Why.
        old_source: How the old value is spelled in the file (``0x1E``), or None.
        new_source: How the new value will be spelled, or None.

    >>> one = Change(key="MAX_CONCURRENT_SESSIONS", old=30, new=18, because="18 fit in memory.")
    >>> f"{one.key}: {one.old} -> {one.new}"
    'MAX_CONCURRENT_SESSIONS: 30 -> 18'
    """

    key: str
    old: Any
    new: Any
    because: str = ""
    old_source: str | None = None
    new_source: str | None = None


class Kept(Record, frozen=True, kw_only=True):
    """One key that does not get the recommended value, or not all of it.

    Attributes:
        key: Its dotted path.
        value: Its value in the file, or None if it is not there.
        recommended: What was recommended.
        clamp: What held it: ``pin``, ``small_raise`` (not worth a change), ``by_hand`` (a person's
            more careful value wins), ``margin`` (too little to spare), ``workload`` (no more
            sessions are wanted), ``bound`` (of the policy) or ``no_key`` (the app has no such
            knob).
        because: The same in words, with the numbers.
    """

    key: str
    value: Any
    recommended: Any
    clamp: Clamp
    because: str


class Shadow(Record, frozen=True, kw_only=True):
    """An environment variable that says something else than the file, and outranks it.

    Attributes:
        variable: Its name.
        key: Dotted path of the key that it shadows.
        says: Its text.
        value: What the file says.

    >>> one = Shadow(variable="MAX_CONCURRENT_SESSIONS", key="limits.sessions", says="99", value=18)
    >>> f"{one.variable}={one.says} shadows {one.key} = {one.value}"
    'MAX_CONCURRENT_SESSIONS=99 shadows limits.sessions = 18'
    """

    variable: str
    key: str
    says: str
    value: bool | int | float
