"""Which values of a config are secrets, as far as their names and their looks tell.

A name tells by its words: ``SECRET_KEY``, ``smtp.password``, everything under ``[credentials]``.
A value tells by its shape, which `stresstune.redact` knows, or by standing in the environment
under such a name too. A secret that has neither, nobody but its owner can know for one.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from stresstune.config.path import KeyPath, parse_path
from stresstune.config.variables import WELL_KNOWN
from stresstune.model.change import Change
from stresstune.redact import HIDDEN, redact, redact_shapes

HIDDEN_SOURCE = f'"{HIDDEN}"'
"""What stands in the place of a whole value."""

_OURS = "stresstune"
"""The table of the tool's own settings: names of keys there, and no keys."""
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")
_PASSWORDS = frozenset({"password", "passwords", "passwd", "passphrase", "passcode", "pwd"})
_SECRETS = _PASSWORDS | {
    *("secret", "secrets", "credential", "credentials", "dsn", "token", "tokens"),
    *("pass", "apikey", "apikeys"),
}
_KEYS = frozenset({"key", "keys"})
_NAMES_OF_SECRETS = frozenset(
    {"env", "environ", "var", "variable", "name", "file", "path", "id", "url", "uri", "type"}
)
"""As last words: ``api_key_file`` says where one is, and is none."""
_REFERENCE = re.compile(r"\$\{?\w+\}?|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
"""``$NAME``, ``${NAME}`` or ``NAME_OF_A_VARIABLE``."""
_SHORTEST_KEY = 8
_SHORTEST_IN_ENVIRONMENT = 8
"""Characters; shorter values stand in too many texts by chance."""


@lru_cache(maxsize=4096)
def sounds_secret(name: str) -> bool:
    """Tell whether a key is named as secrets are.

    >>> [sounds_secret(name) for name in ("GEMINI_API_KEY", "smtpPassword", "api_key_env")]
    [True, True, False]
    """
    words = _words(name)
    if not words or words[-1] in _NAMES_OF_SECRETS:
        return False
    return not _SECRETS.isdisjoint(words) or words[-1] in _KEYS


def in_environment() -> tuple[str, ...]:
    """Return what the environment holds under names of secrets, the longest first."""
    names = (name for name in os.environ if name not in WELL_KNOWN and sounds_secret(name))
    values = {os.environ[name] for name in names}
    long = (value for value in values if len(value) >= _SHORTEST_IN_ENVIRONMENT)
    return tuple(sorted(long, key=len, reverse=True))


def without_secret(path: KeyPath, source: str, known: Sequence[str] = ()) -> str:
    """Return how a value may be remembered: as it is spelled, or without its secret.

    Args:
        path: Where it stands.
        source: How it is spelled; one value, no array and no table.
        known: Secrets by themselves, as of `in_environment`.

    >>> without_secret(("redis",), '"redis://:hunter2@db:6379"')
    '"redis://[hidden]@db:6379"'
    >>> without_secret(("password",), '"hunter2"'), without_secret(("motto",), '"no secret"')
    ('"[hidden]"', '"no secret"')
    """
    is_text = source[:1] in {'"', "'"}
    if _is_named(path, source, is_text=is_text):
        return HIDDEN_SOURCE
    if not is_text:
        return source
    hide = redact if "://" in source else redact_shapes
    result = hide(source, *known)
    return result if result == source or _is_value(result) else HIDDEN_SOURCE


def without_secrets(change: Change) -> Change:
    """Return a change as it may be remembered: the values of a secret are hidden."""
    path, known = parse_path(change.key), in_environment()
    old, new = change.old_source, change.new_source
    shown_old = None if old is None else _shown(path, old, known)
    shown_new = None if new is None else _shown(path, new, known)
    if (shown_old, shown_new) == (old, new):
        return change
    return msgspec.structs.replace(
        change, old=HIDDEN, new=HIDDEN, old_source=shown_old, new_source=shown_new
    )


def is_hidden(change: Change) -> bool:
    """Tell whether a change that is remembered was one of a secret."""
    return HIDDEN in (change.old_source or "") or HIDDEN in (change.new_source or "")


def _shown(path: KeyPath, source: str, known: Sequence[str]) -> str:
    """Return how a value may be remembered that may be an array or a table in braces."""
    if source[:1] in {"[", "{"} and (
        _is_named(path, source, is_text=True) or redact(source, *known) != source
    ):
        return HIDDEN_SOURCE
    return without_secret(path, source, known)


def _is_named(path: KeyPath, source: str, *, is_text: bool) -> bool:
    """Tell whether a value is a secret by its name, and more than a reference to one."""
    names = [part for part in path if isinstance(part, str)]
    if not names or names[0] == _OURS:
        return False
    words = _words(names[-1])
    if not is_text:
        return bool(words) and words[-1] in _PASSWORDS and source not in {"true", "false"}
    inner = source.strip("\"'")
    if not inner or _REFERENCE.fullmatch(inner):
        return False
    if any(map(sounds_secret, names[:-1])):
        return True
    is_key = _SECRETS.isdisjoint(words)
    return sounds_secret(names[-1]) and not (is_key and len(inner) < _SHORTEST_KEY)


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(name)]


def _is_value(source: str) -> bool:
    try:
        tomllib.loads(f"value = {source}")
    except tomllib.TOMLDecodeError:
        return False
    return True
