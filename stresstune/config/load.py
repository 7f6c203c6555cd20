"""Reading a config into records, and saying exactly what is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import UnionType
from typing import Annotated, Any, NoReturn, TypeVar, Union, get_args, get_origin

import msgspec

from stresstune.config.path import KeyPath, format_path, parse_path
from stresstune.config.schema import KNOBS, TABLES, Config, Keys
from stresstune.config.text import ABSENT, decode, look_up, parse, read_bytes, refuse_key
from stresstune.config.variables import WELL_KNOWN, variable_of
from stresstune.config.words import allowed, did_you_mean
from stresstune.errors import ConfigError
from stresstune.model.policy import CrossedBounds, Knob, Policy
from stresstune.model.record import Count, Record, Seconds, annotations_of, convert_field

KNOB_TYPES: dict[Knob, Any] = {
    "max_concurrent_sessions": Count,
    "slow_mode_default": bool,
    "slow_mode_delay_seconds": Seconds,
}
"""What may stand in the file for each knob."""

RecordType = TypeVar("RecordType", bound=Record)


def load_config(path: str | os.PathLike[str]) -> Config:
    """Read what a config says to stresstune; what it does not say has its default.

    Args:
        path: Any TOML file; it need not have a ``[stresstune]`` table.

    Raises:
        ConfigError: The file cannot be read or is not valid TOML (with line and column), or it has
            an unknown key, a wrong type or an impossible value under ``[stresstune]`` (with the
            key's path, its line, the value and what is allowed).
    """
    name = os.fspath(path)
    data = read_bytes(name)
    return parse_config(data, name)


def parse_config(data: bytes, name: str) -> Config:
    r"""Read the bytes of a config, as `load_config` does.

    >>> parse_config(b"[stresstune.workload]\nsessions = 12", "workshop.toml").workload.sessions
    12

    Raises:
        ConfigError: As `load_config`.
    """
    return config_of(parse(data, name), data, name)


def config_of(values: Mapping[str, Any], data: bytes, name: str) -> Config:
    """Read the values of a config that was parsed already, as `load_config` does.

    Raises:
        ConfigError: As `load_config`.
    """
    try:
        tables = _read_tables(values.get("stresstune", {}), name)
        config = Config(path=name, **tables)
        _check_pins(config.policy, config.keys, name)
        _check_variables(config, name)
        return msgspec.structs.replace(config, values=_knob_values(values, config.keys, name))
    except ConfigError as error:
        raise _with_line(error, data, name) from None


def salvage_config(path: str | os.PathLike[str]) -> tuple[Config, tuple[str, ...]]:
    """Read of a config that is wrong whatever is right in it; the rest has its default.

    Each key under ``[stresstune]`` and each knob is read by itself.

    Returns:
        What could be read, and what is wrong with the knobs.
    """
    name = os.fspath(path)
    try:
        data = read_bytes(name)
        values = parse(data, name)
    except ConfigError:
        return Config(path=name), ()
    own = values.get("stresstune", {})
    named = {key: own[key] for key in TABLES if key in own} if isinstance(own, dict) else {}
    tables = {key: _salvage_record(TABLES[key], table, name) for key, table in named.items()}
    config = Config(path=name, **tables)  # type: ignore[arg-type]  # each is of its own class
    found: dict[str, Any] = {}
    problems: list[str] = []
    for knob in KNOBS:
        try:
            found[knob] = _knob_value(values, knob, config.keys, name)
        except ConfigError as error:
            problems.append(str(_with_line(error, data, name)))
    there = {knob: value for knob, value in found.items() if value is not ABSENT}
    return msgspec.structs.replace(config, values=there), tuple(problems)


def _salvage_record(cls: type[RecordType], table: object, name: str) -> RecordType:
    fields: dict[str, Any] = {}
    for key, annotation in annotations_of(cls).items():
        if isinstance(table, dict) and key in table:
            with suppress(ConfigError):
                fields[key] = _read_field(annotation, table[key], (key,), name)
    try:
        return cls(**fields)
    except ValueError:
        return cls()


def _read_tables(own: object, name: str) -> dict[str, Any]:
    if not isinstance(own, dict):
        raise refuse_key(name, ("stresstune",), f"is {own!r}: it must be a table")
    tables = {}
    for key, value in own.items():
        if key not in TABLES:
            hint = did_you_mean(key, TABLES)
            raise refuse_key(name, ("stresstune", key), f"is not known: {hint}")
        tables[key] = _read_record(TABLES[key], value, ("stresstune", key), name)
    return tables


def _read_record(cls: type[RecordType], value: object, path: KeyPath, name: str) -> RecordType:
    if not isinstance(value, dict):
        raise refuse_key(name, path, f"is {_shown(value)}: it must be a table")
    annotations = annotations_of(cls)
    fields = {}
    for key, item in value.items():
        if key not in annotations:
            hint = did_you_mean(key, annotations)
            raise refuse_key(name, (*path, key), f"is not known: {hint}")
        fields[key] = _read_field(annotations[key], item, (*path, key), name)
    try:
        return cls(**fields)
    except CrossedBounds as error:
        why = error.what.format(max="stresstune.policy.max")
        raise refuse_key(name, (*path, "min"), f"is {why}") from error
    except ValueError as error:
        raise refuse_key(name, path, f"is not possible: {error}") from error


def _read_field(annotation: Any, value: object, path: KeyPath, name: str) -> Any:  # noqa: ANN401
    nested = _record_in(annotation)
    if nested is not None and isinstance(value, dict):
        return _read_record(nested, value, path, name)
    try:
        return convert_field(value, annotation)
    except msgspec.ValidationError:
        _refuse_value(annotation, value, path, name)


def _refuse_value(annotation: Any, value: object, path: KeyPath, name: str) -> NoReturn:  # noqa: ANN401
    raise refuse_key(name, path, f"is {_shown(value)}; allowed is {allowed(annotation)}")


def _record_in(annotation: Any) -> type[Record] | None:  # noqa: ANN401 - any annotation
    """Return the record that an annotation allows, if it allows one."""
    if get_origin(annotation) in {Union, UnionType, Annotated}:
        found = map(_record_in, get_args(annotation))
        return next((one for one in found if one is not None), None)
    is_record = isinstance(annotation, type) and issubclass(annotation, Record)
    return annotation if is_record else None


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, int) and value.bit_length() > 64:  # thousands of digits, perhaps
        return f"a number of {value.bit_length()} bits"
    return f'"{value}"' if isinstance(value, str) else str(value)


def unknown_pins(pins: Iterable[str], keys: Keys) -> list[str]:
    """Return the pins that are no knob, neither by its logical name nor by its path.

    >>> unknown_pins(["slow_mode_default", "slow_mode.default", "slow"], Keys())
    ['slow']
    """
    known = {parse_path(keys.of(knob)) for knob in KNOBS if keys.of(knob)}
    return [pin for pin in pins if pin not in KNOBS and _path_or_none(pin) not in known]


def _check_pins(policy: Policy, keys: Keys, name: str) -> None:
    for pin in unknown_pins(policy.pin, keys):
        known = (format_path(path) for knob in KNOBS if (path := keys.path_of(knob)))
        hint = did_you_mean(pin, [*KNOBS, *sorted(known)])
        path = ("stresstune", "policy", "pin", policy.pin.index(pin))
        raise refuse_key(name, path, f'is "{pin}", which is no knob: {hint}')


def _check_variables(config: Config, name: str) -> None:
    """Refuse a variable that two knobs would share, or that is there for something else."""
    seen: dict[str, str] = {}
    for knob in KNOBS:
        variable, key = variable_of(config, knob), config.keys.of(knob)
        given = getattr(config.environment, knob)
        advice = f"name another one as stresstune.environment.{knob}"
        if not variable or not key:
            continue
        if variable in WELL_KNOWN and not given:
            why = f"is {key}: the variable {variable} that would override it is there already"
            raise refuse_key(name, ("stresstune", "keys", knob), f"{why}; {advice}")
        if variable in seen:
            why = f"is {key}, and {seen[variable]} is overridden by the variable {variable} too"
            raise refuse_key(name, ("stresstune", "keys", knob), f"{why}; {advice}")
        seen[variable] = key


def _path_or_none(text: str) -> KeyPath | None:
    try:
        return parse_path(text)
    except ValueError:
        return None


def _knob_values(values: Mapping[str, Any], keys: Keys, name: str) -> dict[str, Any]:
    found = {knob: _knob_value(values, knob, keys, name) for knob in KNOBS}
    return {knob: value for knob, value in found.items() if value is not ABSENT}


def _knob_value(values: Mapping[str, Any], knob: Knob, keys: Keys, name: str) -> Any:  # noqa: ANN401
    path = keys.path_of(knob)
    if path is None:
        return ABSENT
    value = look_up(values, path)
    if value is ABSENT:
        _check_home(values, path, name)
        return ABSENT
    try:
        return convert_field(value, KNOB_TYPES[knob])
    except msgspec.ValidationError:
        _refuse_value(KNOB_TYPES[knob], value, path, name)


def _check_home(values: Mapping[str, Any], path: KeyPath, name: str) -> None:
    """Refuse a knob that could not be added, before anything is measured for it."""
    for length in range(1, len(path)):
        above = look_up(values, path[:length])
        if above is ABSENT and isinstance(path[length - 1], int):
            raise refuse_key(
                name, path[:length], "does not exist: elements are not added to arrays"
            )
        if above is not ABSENT and not isinstance(above, dict | list):
            why = f"is {_shown(above)}: it must be a table, since {format_path(path)} is a knob"
            raise refuse_key(name, path[:length], why)


def line_of(path: KeyPath, text: str) -> int | None:
    """Return the line in which a key, or the first thing below it, stands; None if nowhere."""
    from stresstune.config.scan import ScanError, scan  # noqa: PLC0415 - only for messages

    try:
        layout = scan(text)
    except (ScanError, RecursionError):
        return None
    starts = [one.start for one in layout.entries.values() if one.path[: len(path)] == path]
    starts += [one.start for one in layout.sections[1:] if one.path[: len(path)] == path]
    return text.count("\n", 0, min(starts)) + 1 if starts else None


def _with_line(error: ConfigError, data: bytes, name: str) -> ConfigError:
    """Say in which line the key stands."""
    line = line_of(parse_path(error.key), decode(data, name)) if error.key else None
    if line is None:
        return error
    message = f"{name}, line {line}{str(error).removeprefix(name)}"
    return ConfigError(message, path=name, key=error.key)
