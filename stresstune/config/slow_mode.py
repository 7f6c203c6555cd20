"""Does the app of a config know slow mode, and are its knobs where it says?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stresstune.config.path import KeyPath, format_path
from stresstune.config.schema import KNOBS, Config, Keys
from stresstune.config.text import ABSENT, look_up, parse, read_bytes
from stresstune.model.policy import Knob

SLOW_MODE: tuple[Knob, ...] = ("slow_mode_default", "slow_mode_delay_seconds")


def has_slow_mode(config: Config) -> bool:
    """Tell whether the app knows slow mode, so that a pause can be relied on.

    It does where the file has one of the two keys, or the shipped table ``[slow_mode]`` itself. A
    key that is merely added to a file slows nobody down.
    """
    if any(knob in config.values for knob in SLOW_MODE):
        return True
    if any(config.keys.of(knob) != getattr(Keys(), knob) for knob in SLOW_MODE):
        return False
    return isinstance(look_up(_values(config), ("slow_mode",)), dict)


def notes_on_keys(config: Config) -> tuple[str, ...]:
    """Say which named keys are not in the file, and what is missing for slow mode."""
    return tuple(_notes(config))


def _notes(config: Config) -> Iterator[str]:
    values = _values(config)
    named = look_up(values, ("stresstune", "keys"))
    for knob in KNOBS:
        path = config.keys.path_of(knob)
        if isinstance(named, dict) and knob in named and path and look_up(values, path) is ABSENT:
            yield (
                f"stresstune.keys.{knob} names {format_path(path)}, which is not in {config.path}"
                + (_hint(format_path(path), values))
            )
    if not has_slow_mode(config):
        keys = " and ".join(config.keys.of(knob) or getattr(Keys(), knob) for knob in SLOW_MODE)
        yield (
            f"{config.path} has no slow mode, so it was reckoned without it: fewer sessions. If "
            f"the app can pause between two calls, add {keys} to the file (their places are "
            "stresstune.keys)"
        )


def _hint(name: str, values: Mapping[str, Any]) -> str:
    import difflib  # noqa: PLC0415 - only where something is wrong: a startup check is in a hurry

    known = [format_path(path) for path in _paths(values)]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f": did you mean {near[0]}?" if near else ""


def _paths(table: Mapping[str, Any], above: KeyPath = ()) -> Iterator[KeyPath]:
    for key, value in table.items():
        if above == () and key == "stresstune":
            continue
        if isinstance(value, dict):
            yield from _paths(value, (*above, key))
        else:
            yield (*above, key)


def _values(config: Config) -> dict[str, Any]:
    return parse(read_bytes(config.path), config.path)
