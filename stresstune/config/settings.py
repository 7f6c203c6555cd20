"""What the app reads at its start: three typed values, whoever set them."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from stresstune.config.load import KNOB_TYPES, load_config, salvage_config
from stresstune.config.schema import KNOBS, Config
from stresstune.config.variables import variable_of
from stresstune.config.words import allowed
from stresstune.errors import ConfigError
from stresstune.model.edit import Shadow
from stresstune.model.policy import Knob
from stresstune.model.record import Record, convert_field

_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


class Settings(Record, frozen=True, kw_only=True, tag_field="record", tag="settings"):
    """The values that are in force.

    Attributes:
        max_concurrent_sessions: Users that are let in at the same time.
        slow_mode_default: New sessions start in slow mode.
        slow_mode_delay_seconds: Pause between two API calls of a session in slow mode.
        overrides: Environment variables that shadow the file, by name, and what they say.
        problems: What was wrong, where the safe values are in force instead; empty otherwise.

    >>> settings = load_settings("workshop.toml", environ={})
    >>> settings.max_concurrent_sessions, settings.slow_mode_default
    (30, False)
    """

    max_concurrent_sessions: int
    slow_mode_default: bool
    slow_mode_delay_seconds: float
    overrides: dict[str, Any] = msgspec.field(default_factory=dict)
    problems: tuple[str, ...] = ()


def load_settings(
    path: str | os.PathLike[str],
    *,
    on_error: Literal["raise", "safe"] = "raise",
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Read the app's settings; environment variables outrank the file.

    A variable has the name of the knob's path in capitals (``MAX_CONCURRENT_SESSIONS``,
    ``SLOW_MODE_DEFAULT``, ``SLOW_MODE_DELAY_SECONDS``) or the one in ``[stresstune.environment]``;
    an empty one counts as unset. A knob that is nowhere set has the workload's value (as many
    sessions as are wanted, slow mode off, the workload's delay).

    Args:
        path: The config.
        on_error: ``raise``, or ``safe``: fall back to half of the wanted sessions with slow mode
            on, or to what the file or a variable says where that is more careful, each read by
            itself; and list the problems.
        environ: The environment; None is this process's own.

    Raises:
        ConfigError: With ``raise``: the file cannot be read, or a value is not allowed.
        ValueError: `on_error` is neither of the two.

    >>> load_settings("workshop.toml", environ={"SLOW_MODE_DEFAULT": "on"}).slow_mode_default
    True
    """
    if on_error not in {"raise", "safe"}:
        raise ValueError(f'on_error is {on_error!r}: it must be "raise" or "safe"')
    variables = os.environ if environ is None else environ
    try:
        return settings_of(load_config(path), variables)
    except ConfigError as error:
        if on_error == "raise":
            raise
        config, problems = salvage_config(path)
        return _safe(config, variables, [str(error), *problems])


def settings_of(config: Config, environ: Mapping[str, str]) -> Settings:
    """Return the settings of a config that was read already.

    Raises:
        ConfigError: An environment variable has a value that is not allowed.
    """
    overrides = {
        name: value
        for knob in KNOBS
        if (name := variable_of(config, knob))
        and (value := _override(environ.get(name, ""), name, knob)) is not None
    }
    workload = config.workload
    values: dict[str, Any] = {
        "max_concurrent_sessions": workload.sessions,
        "slow_mode_default": False,
        "slow_mode_delay_seconds": workload.slow_mode_delay_seconds,
        **config.values,
    }
    for knob in KNOBS:
        values[knob] = overrides.get(variable_of(config, knob), values[knob])
    return Settings(**values, overrides=overrides)


def shadow_of(config: Config, knob: Knob, environ: Mapping[str, str]) -> Any:  # noqa: ANN401 - int, float or bool
    """Return the value by which the environment shadows a knob, or None if it does not.

    >>> shadow_of(Config(path="workshop.toml"), "slow_mode_default", {"SLOW_MODE_DEFAULT": "no"})
    False
    """
    name = variable_of(config, knob)
    try:
        return _override(environ.get(name, ""), name, knob) if name else None
    except ConfigError:
        return None


def notes_on_environment(config: Config, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Name the environment variables that shadow the file: the app reads those, not the file.

    >>> notes_on_environment(Config(path="workshop.toml"), {"SLOW_MODE_DEFAULT": "on"})[0]
    'the environment variable SLOW_MODE_DEFAULT (on) shadows slow_mode.default: the app reads ...'
    """
    shadows = [(variable_of(config, knob), config.keys.of(knob) or knob) for knob in KNOBS]
    return tuple(
        f"the environment variable {name} ({_clipped(environ[name].strip())}) shadows {key}: the "
        "app reads that one, whatever is in the file"
        for name, key in shadows
        if name and environ.get(name, "").strip()
    )


def shadows(
    config: Config, values: Mapping[Knob, Any], environ: Mapping[str, str]
) -> tuple[Shadow, ...]:
    """Return the environment variables that say something else than a file with these values.

    >>> config, environ = Config(path="workshop.toml"), {"MAX_CONCURRENT_SESSIONS": "99"}
    >>> shadows(config, {"max_concurrent_sessions": 18}, environ)[0].says
    '99'
    """
    named = [(variable_of(config, knob), knob, value) for knob, value in values.items()]
    return tuple(
        Shadow(variable=name, key=config.keys.of(knob), says=_clipped(said), value=value)
        for name, knob, value in named
        if name
        and (said := environ.get(name, "").strip())
        and shadow_of(config, knob, environ) != value
    )


def emit(config: Config, values: Mapping[Knob, Any], form: Literal["env", "json"]) -> str:
    r"""Print values for a place where a file cannot be kept.

    Args:
        config: For the names of the environment variables.
        values: By the knobs' logical names.
        form: ``env`` (``NAME=value`` lines, as env files and shells read them) or ``json``
            (one object by the knobs' logical names).

    >>> config = Config(path="workshop.toml")
    >>> emit(config, {"max_concurrent_sessions": 18, "slow_mode_default": True}, "env")
    'MAX_CONCURRENT_SESSIONS=18\nSLOW_MODE_DEFAULT=true'
    """
    if form == "json":
        return msgspec.json.encode(values).decode()
    named = {variable_of(config, knob): value for knob, value in values.items()}
    return "\n".join(
        f"{name}={msgspec.json.encode(value).decode()}" for name, value in named.items() if name
    )


def _override(text: str, name: str, knob: Knob) -> Any:  # noqa: ANN401 - int, float or bool
    if not text.strip():
        return None
    try:
        return convert_field(_number_or_bool(text.strip(), knob), KNOB_TYPES[knob])
    except (ValueError, msgspec.ValidationError):
        what = allowed(KNOB_TYPES[knob])
        raise ConfigError(
            f'the environment variable {name} is "{_clipped(text)}"; allowed is {what}', key=name
        ) from None


def _clipped(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:80]}..."


def _number_or_bool(text: str, knob: Knob) -> int | float | bool:
    if knob == "max_concurrent_sessions":
        return int(text)
    if knob == "slow_mode_delay_seconds":
        number = float(text)
        return number if math.isfinite(number) else -1
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError(text)
    return text.lower() in _TRUE


def _safe(config: Config, environ: Mapping[str, str], problems: list[str]) -> Settings:
    """Return the most careful of half, the file and the environment: no fault makes it bolder."""
    overrides: dict[str, Any] = {}
    told: dict[Knob, list[Any]] = {}
    for knob in KNOBS:
        name = variable_of(config, knob)
        told[knob] = [config.values[knob]] if knob in config.values else []
        try:
            value = _override(environ.get(name, ""), name, knob)
        except ConfigError as error:
            problems.append(str(error))
            continue
        if value is not None:
            overrides[name] = value
            told[knob].append(value)
    workload = config.workload
    sessions = [max(1, workload.sessions // 2), *told["max_concurrent_sessions"]]
    delays = [workload.slow_mode_delay_seconds, *told["slow_mode_delay_seconds"]]
    return Settings(
        max_concurrent_sessions=min(sessions),
        slow_mode_default=True,
        slow_mode_delay_seconds=max(delays),
        overrides=overrides,
        problems=tuple(dict.fromkeys(problems)),
    )
