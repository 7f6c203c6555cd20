"""How a new value is spelled in TOML. The only user of tomlkit."""

from __future__ import annotations

from datetime import date, datetime, time

from stresstune.config.path import format_key

_SCALARS = (bool, int, float, str, datetime, date, time)


def spell(value: object) -> str:
    r"""Return a value as TOML source on one line.

    Args:
        value: A bool, int, float, str, date, time or datetime, or a list or a dict of them.

    Raises:
        ValueError: TOML has no such value (None), or an integer leaves 64 bits.

    >>> spell(4.0), spell("a\n"), spell({"a b": [True, 2]})
    ('4.0', '"a\\n"', '{ "a b" = [true, 2] }')
    """
    try:
        source = _spell(value)
        source.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{value!r} has no form in TOML: {error}") from error
    return source


def _spell(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_spell, value))}]"
    if isinstance(value, dict):
        pairs = [f"{format_key(str(key))} = {_spell(item)}" for key, item in value.items()]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
    if not isinstance(value, _SCALARS):
        raise ValueError(f"{value!r} has no form in TOML: write a number, a string, true or false")  # noqa: TRY004 - a value like any other that TOML does not know
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError(f"{value} leaves the 64 bits that an integer has in TOML")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    return _by_tomlkit(value)


def _by_tomlkit(value: str | date | time) -> str:
    """Spell what has quotes, escapes or zones; numbers, which knobs are, do not wait for it."""
    import tomlkit  # noqa: PLC0415 - 20 ms
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415 - likewise

    try:
        return tomlkit.item(value).as_string()
    except TOMLKitError as error:
        raise ValueError(f"{value!r} has no form in TOML: {error}") from error
