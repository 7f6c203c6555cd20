"""What every record can do: be frozen, be checked, travel as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, ClassVar, Self, get_type_hints

import msgspec

SCHEMA = 1
"""Version of the JSON form; raised when a field changes its meaning or goes away."""

Count = Annotated[int, msgspec.Meta(ge=0, le=10**9)]
PositiveCount = Annotated[int, msgspec.Meta(ge=1, le=10**9)]
Bytes = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
Ratio = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Estimate(float):
    """A measured number that knows its interval.

    It is the number itself, and carries ``low`` and ``high``, the ends of its 95 % confidence
    interval, in the same unit.

    >>> size_bytes = Estimate(78.3e6, 78.1e6, 78.6e6)
    >>> size_bytes * 2, size_bytes.high
    (156600000.0, 78600000.0)
    """

    low: float
    high: float

    def __new__(cls, value: float, low: float, high: float) -> Self:
        """Make the number, and let it carry the ends of its interval."""
        self = super().__new__(cls, value)
        self.low = float(low)
        self.high = float(high)
        return self

    def __getnewargs__(self) -> tuple[float, float, float]:  # type: ignore[override]
        return float(self), self.low, self.high

    def __repr__(self) -> str:
        return f"Estimate({float(self)!r}, {self.low!r}, {self.high!r})"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A frozen, keyword-only value with a JSON form.

    Records that people fill in by hand set ``checked``: their fields are then compared with their
    annotations when they are made, and what they say as a list or a dict becomes what it stands
    for (a tuple, a record).
    """

    checked: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.checked:
            _check_fields(self)

    def __repr__(self) -> str:
        """Show the fields; of long tuples (every call, every sample) only their length."""
        shown = ", ".join(
            f"{name}={_brief(getattr(self, name))}" for name in self.__struct_fields__
        )
        return f"{type(self).__name__}({shown})"

    def to_json(self) -> str:
        """Return the record as one JSON object, with ``"schema": 1`` as its first member."""
        return msgspec.json.encode(self.to_dict(), order=None).decode()

    def to_dict(self) -> dict[str, Any]:
        """Return the same as plain dictionaries, lists, strings and numbers.

        JSON has no number without an end: it is None here too.
        """
        return {"schema": SCHEMA, **_finite(to_plain(self))}

    @classmethod
    def from_json(cls, text: str | bytes | Mapping[str, Any]) -> Self:
        """Read what ``to_json`` wrote.

        Raises:
            ValueError: It is not JSON, has another schema version, or lacks a field.
        """
        try:
            plain = dict(text) if isinstance(text, Mapping) else msgspec.json.decode(text)
            if not isinstance(plain, dict):
                raise TypeError("it is no JSON object")
            schema = plain.pop("schema", None)
            if schema != SCHEMA:
                raise ValueError(f"schema is {schema!r}, and this version reads {SCHEMA}")
            return msgspec.convert(plain, cls, dec_hook=_from_plain)
        except (ValueError, TypeError, msgspec.DecodeError) as error:
            raise ValueError(f"not a {cls.__name__} of stresstune: {error}") from error


def _brief(value: object) -> str:
    if isinstance(value, tuple) and len(value) > 8:
        return f"<{len(value)} of {type(value[0]).__name__}>"
    return repr(value)


def to_plain(value: object) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Turn a record, or a container of records, into what JSON can hold."""
    return msgspec.to_builtins(value, enc_hook=_to_plain)


def _finite(plain: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    match plain:
        case float():
            return plain if math.isfinite(plain) else None
        case dict():
            return {key: _finite(value) for key, value in plain.items()}
        case list() | tuple():
            return [_finite(value) for value in plain]
        case _:
            return plain


def convert_field(value: object, annotation: Any) -> Any:  # noqa: ANN401 - any annotation
    """Check one value against an annotation.

    Raises:
        msgspec.ValidationError: With what was expected.
    """
    return msgspec.convert(value, annotation, dec_hook=_from_plain, from_attributes=True)


@cache
def annotations_of(cls: type[Record]) -> dict[str, Any]:
    """Return the fields of a record with their full annotations (bounds included)."""
    hints = get_type_hints(cls, include_extras=True)
    return {name: hints[name] for name in cls.__struct_fields__}


def _check_fields(record: Record) -> None:
    """Compare each field with its annotation; a default is right already, and costs nothing."""
    cls = type(record)
    for name in _given(record):
        value, annotation = getattr(record, name), annotations_of(cls)[name]
        try:
            converted = convert_field(value, annotation)
        except msgspec.ValidationError as error:
            raise ValueError(f"{type(record).__name__}.{name} is {value!r}: {error}") from None
        if type(converted) is not type(value) and isinstance(value, list | set | dict):
            msgspec.structs.force_setattr(record, name, converted)  # as it would be read from JSON


def _given(record: Record) -> list[str]:
    """Return the fields that are not at their default; reading their annotations is slow."""
    names, defaults = record.__struct_fields__, record.__struct_defaults__
    required = len(names) - len(defaults)
    by_default = dict(zip(names[required:], defaults, strict=True))
    missing = object()
    return [name for name in names if getattr(record, name) is not by_default.get(name, missing)]


def _to_plain(value: object) -> object:
    if isinstance(value, Estimate):
        return {"value": float(value), "low": value.low, "high": value.high}
    raise NotImplementedError(f"{type(value).__name__} has no JSON form")


def _from_plain(annotation: type, value: object) -> object:
    if annotation is Estimate:
        if isinstance(value, Estimate):
            return value
        if isinstance(value, dict) and value.keys() >= {"value", "low", "high"}:
            number, low, high = (value[name] for name in ("value", "low", "high"))
            return Estimate(
                math.inf if number is None else number,  # None has no end on its side
                -math.inf if low is None else low,
                math.inf if high is None else high,
            )
        raise ValueError(f"an interval is an object of value, low and high, not {value!r}")
    raise NotImplementedError(f"{annotation} cannot be read from JSON")
