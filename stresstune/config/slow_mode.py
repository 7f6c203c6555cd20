"""Does the app of a config know slow mode, can it come on, and are its knobs where it says?"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from stresstune.config.path import KeyPath, format_path, plainly
from stresstune.config.schema import KNOBS, Config, Keys
from stresstune.config.settings import shadow_of
from stresstune.config.text import ABSENT, look_up, parse, read_bytes
from stresstune.model.policy import MAX_PAUSE_SECONDS, Knob, Policy
from stresstune.model.workload import Workload
from stresstune.units import format_bytes

SLOW_MODE: tuple[Knob, ...] = ("slow_mode_default", "slow_mode_delay_seconds")


def has_slow_mode(config: Config, environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether the app knows slow mode and it can come on, so that a pause can be relied on.

    The app knows it where the file has one of the two keys, or the shipped table ``[slow_mode]``
    itself: a key that is merely added to a file slows nobody down. It cannot come on where it is
    pinned, or shadowed by the environment, at false.
    """
    held = _held(config, "slow_mode_default", environ, absent=False)
    return _is_known(config) and held is not False


def reckoned_with(config: Config, environ: Mapping[str, str] = os.environ) -> Policy:
    """Return the policy with the pause at what it will be, where it is pinned or shadowed.

    >>> reckoned_with(Config(path="a.toml"), {"SLOW_MODE_DELAY_SECONDS": "2"}).upper
    Bounds(max_concurrent_sessions=None, slow_mode_delay_seconds=2.0)
    """
    policy, usual = config.policy, config.workload.slow_mode_delay_seconds
    seconds = _held(config, "slow_mode_delay_seconds", environ, absent=usual)
    if seconds is None:
        return policy
    pause = min(float(seconds), MAX_PAUSE_SECONDS)
    return replace(
        policy,
        min=replace(policy.lower, slow_mode_delay_seconds=pause),
        max=replace(policy.upper, slow_mode_delay_seconds=pause),
    )


def as_paced(config: Config, environ: Mapping[str, str] = os.environ) -> Workload:
    """Return the workload with the pause that slow mode makes now, by the environment or the file.

    >>> as_paced(Config(path="a.toml", values={"slow_mode_delay_seconds": 6.0}), {})
    Workload(sessions=30, ..., slow_mode_delay_seconds=6.0, ...)
    """
    usual = config.values.get("slow_mode_delay_seconds", config.workload.slow_mode_delay_seconds)
    shadow = shadow_of(config, "slow_mode_delay_seconds", environ)
    seconds = float(usual if shadow is None else shadow)
    return replace(config.workload, slow_mode_delay_seconds=min(seconds, MAX_PAUSE_SECONDS))


def _held(config: Config, knob: Knob, environ: Mapping[str, str], *, absent: object) -> Any:  # noqa: ANN401 - a bool or a float
    """Return the value that a knob keeps whatever is recommended, or None if it follows."""
    shadow = shadow_of(config, knob, environ)
    if shadow is not None:
        return shadow
    if {knob, plainly(config.keys.of(knob))} & set(map(plainly, config.policy.pin)):
        return config.values.get(knob, absent)
    return None


def _is_known(config: Config) -> bool:
    if not all(config.keys.of(knob) for knob in SLOW_MODE):
        return False
    if any(knob in config.values for knob in SLOW_MODE):
        return True
    if any(config.keys.of(knob) != getattr(Keys(), knob) for knob in SLOW_MODE):
        return False
    return isinstance(look_up(_values(config), ("slow_mode",)), dict)


def notes_on_keys(config: Config, *, api: bool = True) -> tuple[str, ...]:
    """Say what is missing in the file: the workload, keys that are named, slow mode.

    Args:
        config: The config.
        api: The API is part of the run, so that slow mode matters.
    """
    return (
        *_notes_on_workload(config),
        *(note + hint for note, hint in _missing_names(config)),
        *(_notes_on_slow_mode(config) if api else ()),
    )


def misspelt_key(config: Config) -> str:
    """Return what is wrong with a named key that is missing while a similar one is there, or ""."""
    return next((note + hint for note, hint in _missing_names(config) if hint), "")


def _notes_on_workload(config: Config) -> Iterator[str]:
    if look_up(_values(config), ("stresstune", "workload")) is ABSENT:
        load = config.workload
        yield (
            f"{config.path} does not say what the app is meant to carry: it was reckoned with "
            f"{load.sessions} sessions of {load.images_per_session} pictures of "
            f"{format_bytes(load.image_bytes)} each. Say it under [stresstune.workload]"
        )


def _missing_names(config: Config) -> Iterator[tuple[str, str]]:
    """Yield a note on each named key that is not there, and a hint at a similar one, or ""."""
    values = _values(config)
    named = look_up(values, ("stresstune", "keys"))
    taken = [plainly(config.keys.of(knob)) for knob in KNOBS]
    for knob in KNOBS:
        path = config.keys.path_of(knob)
        if isinstance(named, dict) and knob in named and path and look_up(values, path) is ABSENT:
            yield (
                f"stresstune.keys.{knob} names {format_path(path)}, which is not in {config.path}",
                _hint(format_path(path), values, taken=taken),
            )


def _notes_on_slow_mode(config: Config) -> Iterator[str]:
    if not any(config.keys.of(knob) for knob in SLOW_MODE):
        return  # it was said that there is none
    if _is_known(config) and not has_slow_mode(config):
        yield (
            f"{config.keys.of('slow_mode_default')} is held at false, by a pin or the environment, "
            "so it was reckoned without slow mode: fewer sessions"
        )
    if not _is_known(config):
        keys = " and ".join(config.keys.of(knob) or getattr(Keys(), knob) for knob in SLOW_MODE)
        yield (
            f"{config.path} has no slow mode, so it was reckoned without it: fewer sessions. If "
            f"the app can pause between two calls, add {keys} to the file (their places are "
            "stresstune.keys)"
        )


def _hint(name: str, values: Mapping[str, Any], *, taken: Collection[str]) -> str:
    import difflib  # noqa: PLC0415 - only where something is wrong: a startup check is in a hurry

    known = [key for path in _paths(values) if (key := format_path(path)) not in taken]
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
