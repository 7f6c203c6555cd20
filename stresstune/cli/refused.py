"""What records refuse, said in the words of the command line."""

from __future__ import annotations

import re
import shlex

from stresstune.errors import UsageError

_OPTIONS = {"images_per_session": "images"}
"""Options that are not named as the field of the record is."""

_BOUNDS = {">": "above", ">=": "at least", "<": "below", "<=": "at most"}
_UNREADABLE = {
    "No closing quotation": "a quotation mark in it is not closed: close it",
    "No escaped character": "it ends with a backslash: leave that out",
}


def said_of_options(error: ValueError) -> str:
    """Say which option is out of its bounds, instead of which field of which record.

    >>> said_of_options(ValueError("Budget.max_seconds is -1.0: Expected `float` > 0.0"))
    '--max-seconds is -1.0: it must be above 0'
    """
    bound = r"\w+\.(\w+) is (.+): Expected `\w+` (>=|<=|>|<) (\S+)"
    found = re.fullmatch(bound, str(error))
    if found is None:
        return str(error)
    field, value, sign, end = found.groups()
    option = _OPTIONS.get(field, field).replace("_", "-")
    return f"--{option} is {value}: it must be {_BOUNDS[sign]} {float(end):,.10g}"


def words_of(option: str, command: str) -> list[str]:
    """Split a command as a shell does.

    Raises:
        UsageError: It cannot be read.

    >>> words_of("--app", "gunicorn 'my app:app'")
    ['gunicorn', 'my app:app']
    """
    try:
        return shlex.split(command)
    except ValueError as error:
        why = _UNREADABLE.get(str(error), str(error))
        raise UsageError(f"{option} is {command}, which is no command: {why}") from error
