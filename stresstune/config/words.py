"""Annotations, said in words: what a person may write."""

from __future__ import annotations

from collections.abc import Iterable
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from stresstune.model.record import Record

_NAMES = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


def allowed(annotation: Any) -> str:  # noqa: ANN401 - any annotation
    """Say in words which values an annotation allows.

    >>> from stresstune.model.record import PositiveCount
    >>> allowed(PositiveCount), allowed(Literal["a", "b"])
    ('a whole number from 1 to 1000000000', '"a" or "b"')
    """
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        bounds = [_bounds(meta) for meta in arguments[1:] if isinstance(meta, msgspec.Meta)]
        return " ".join(part for part in [allowed(arguments[0]), *bounds] if part)
    if origin is Literal:
        return _either(f'"{argument}"' for argument in arguments)
    if origin in {Union, UnionType}:
        return _either(allowed(one) for one in arguments if one is not NoneType)
    if origin is tuple:
        return f"a list, each {allowed(arguments[0])}"
    if isinstance(annotation, type) and issubclass(annotation, Record):
        return f"a table with {_either(annotation.__struct_fields__)}"
    return _NAMES.get(annotation, str(annotation))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``did you mean …?`` for the most similar known name, else the list of all."""
    import difflib  # noqa: PLC0415 - only where something is wrong: a startup check is in a hurry

    names = list(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else f"allowed are {', '.join(names)}"


def _either(words: Iterable[str]) -> str:
    listed = list(words)
    return " or ".join([", ".join(listed[:-1]), listed[-1]] if listed[1:] else listed)


def _bounds(meta: msgspec.Meta) -> str:
    low = _end(meta.ge, "from", meta.gt, "above")
    if meta.min_length:
        return "that is not empty"
    if meta.gt is not None:
        return f"{low} {_end(meta.le, 'and up to', meta.lt, 'and below')}".strip()
    return f"{low} {_end(meta.le, 'to', meta.lt, 'to below')}".strip()


def _end(closed: float | None, word: str, opened: float | None, other: str) -> str:
    if closed is not None:
        return f"{word} {_number(closed)}"
    return "" if opened is None else f"{other} {_number(opened)}"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)
