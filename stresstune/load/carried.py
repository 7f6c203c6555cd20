"""What a foreign exception carries, wherever its library has put it; read with great patience.

Properties may raise, methods may want arguments, codes may be text or enums: what cannot be read is
not there. Nothing is awaited, no HTTP client and no SDK is imported.
"""

from __future__ import annotations

import errno
import http
import inspect
import re
from collections.abc import Iterator, Mapping

_STATUS_BY_NAME = {  # google.rpc.Code and grpc.StatusCode, in the words of both
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}


def type_names(error: BaseException) -> set[str]:
    """Return the names of an exception's class and of all its bases."""
    return {base.__name__ for base in type(error).__mro__}


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """Walk from an error to what caused it: groups of one are opened, wrappers looked behind."""
    link: BaseException | None = error
    for _ in range(8):
        if link is None:
            return
        while isinstance(link, BaseExceptionGroup) and len(link.exceptions) == 1:
            link = link.exceptions[0]
        yield link
        link = link.__cause__


def status_of(error: BaseException) -> int | None:
    """Return the HTTP status that an exception carries, or None.

    >>> status_of(type("Refused", (Exception,), {"code": "RESOURCE_EXHAUSTED"})())
    429
    """
    response = attribute(error, "response")
    candidates = (
        attribute(error, "code"),
        attribute(error, "status_code"),
        attribute(error, "status"),
        attribute(response, "status_code"),
        attribute(response, "status"),
    )
    return next((status for status in map(_read_status, candidates) if status is not None), None)


def _read_status(value: object) -> int | None:
    """Read a status from a number, its text, an enum, its name, or a method that returns one."""
    if callable(value) and not isinstance(value, type):
        try:
            value = value()
        except Exception:  # noqa: BLE001 - whatever a foreign method does, it only lacks a code
            return None
        if inspect.iscoroutine(value):
            value.close()
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return int(value) if 100 <= value <= 599 else None
    if isinstance(value, str) and re.fullmatch("[1-5][0-9]{2}", value.strip()):
        return int(value)
    name = value if isinstance(value, str) else attribute(value, "name")
    return _STATUS_BY_NAME.get(name.upper()) if isinstance(name, str) else None


def status_word(error: BaseException, body: object, status: int) -> str:
    """Return a word beside the code that no server can fill with what it likes."""
    for name in (attribute(error, "status"), _nested_status(body)):
        if isinstance(name, str) and re.fullmatch("[A-Z][A-Z_]{2,39}", name):
            return name
    return phrase_of(status) or type(error).__name__


def _nested_status(body: object) -> object:
    if isinstance(body, list | tuple) and body:
        body = body[0]
    inner = first_of(body, "error")
    return first_of(inner if inner is not None else body, "status")


def body_of(error: BaseException) -> object:
    """Return the body of the answer, wherever the client has put it; nothing is awaited."""
    response = attribute(error, "response")
    places = ((error, "details"), (error, "body"), (error, "response_json"), (response, "text"))
    for owner, name in places:
        value = attribute(owner, name)
        if isinstance(value, dict | list | tuple | str | bytes) and value:
            return value
    return None


def text_of(error: BaseException) -> str:
    """Return an exception's message, or else its text; for reading only, since keys leak there."""
    said = attribute(error, "message")
    if isinstance(said, str):
        return said
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - a foreign __str__ may do anything
        return ""


def type_label(error: BaseException) -> str:
    """Return the name of an exception's class, and the symbol of its errno if it has one.

    >>> type_label(ConnectionRefusedError(111, "anything"))
    'ConnectionRefusedError ECONNREFUSED'
    """
    name = type(error).__name__
    number = error.errno if isinstance(error, OSError) else None
    symbol = errno.errorcode.get(number or 0)
    return f"{name} {symbol}" if symbol else name


def phrase_of(status: int) -> str:
    """Return the standard's words for a status, or "" where it has none.

    >>> phrase_of(429), phrase_of(599)
    ('Too Many Requests', '')
    """
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return ""


def attribute(owner: object, name: str) -> object:
    """Return an attribute, or None where there is none or it cannot be read."""
    try:
        return getattr(owner, name, None)
    except Exception:  # noqa: BLE001 - a property of a foreign exception may raise anything
        return None


def first_of(owner: object, *names: str) -> object:
    """Return the first of these keys or attributes that is there."""
    for name in names:
        value = owner.get(name) if isinstance(owner, Mapping) else attribute(owner, name)
        if value is not None:
            return value
    return None
