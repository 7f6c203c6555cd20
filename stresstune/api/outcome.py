"""What an exception, or what a call returned, means for a measurement.

A target is any callable, so any exception may come out of it. It is judged by what it carries
(``code``, ``status_code``, ``status``, ``response.status_code``, ``details``), never by its class:
no HTTP client and no SDK is imported here. Labels are made of type and code. The text of an error
is read for quotas and then dropped, because keys leak there.
"""

from __future__ import annotations

import errno
import http
import re
import socket
import ssl
from collections.abc import Iterator, Mapping

from stresstune.api import quota
from stresstune.model.load import Outcome, QuotaStatement
from stresstune.model.record import Record

_OUTCOME_BY_STATUS: dict[int, Outcome] = {
    400: "ignored",
    401: "ignored",
    403: "ignored",
    404: "ignored",
    408: "timed_out",
    429: "rejected",
    503: "overloaded",
    504: "timed_out",
    529: "overloaded",
}
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
_TIMEOUT_TYPES = {"TimeoutError", "TooSlowError", "TimeoutException", "Timeout", "DeadlineExceeded"}
_CONNECTION_TYPES = {
    "ClientConnectionError",
    "ConnectionError",
    "NetworkError",
    "NewConnectionError",
    "RemoteProtocolError",
    "URLError",
    "BrokenResourceError",
    "ClosedResourceError",
}
_BROKEN_ANSWER = "HttpProcessingError"
"""aiohttp's parser could not read the answer; the code that this error carries is its own 400."""
_OWN_LIMITS = {errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.ENOMEM}
"""This machine could not open another connection; the server was not asked."""
_NO_ROUTE = {
    errno.EHOSTDOWN,
    errno.EHOSTUNREACH,
    errno.ENETDOWN,
    errno.ENETUNREACH,
}


class Classified(Record, frozen=True, kw_only=True):
    """What a failed call means.

    Attributes:
        outcome: How the call ended.
        label: Type and code (``429 RESOURCE_EXHAUSTED``, ``TimeoutError``); no text of the server.
        quotas: What a 429 said about quotas.
        terminal: No wait within a probe mends it: a daily quota, a limit of 0, an empty purse, a
            refused key or model.
        status_code: The HTTP status, or None where there was none.
    """

    outcome: Outcome
    label: str
    quotas: tuple[QuotaStatement, ...] = ()
    terminal: bool = False
    status_code: int | None = None


def classify(error: BaseException) -> Classified:
    """Tell what an exception means, by what it and its causes carry.

    >>> class Refused(Exception):
    ...     status_code = 503
    >>> classify(Refused()).outcome, classify(TimeoutError()).label
    ('overloaded', 'TimeoutError')
    """
    chain = list(_chain(error))
    if isinstance(chain[0], CallFailed):
        return chain[0].classified
    if any(_BROKEN_ANSWER in _names(link) for link in chain):
        return Classified(outcome="failed", label=_type_label(chain[0]))
    for link in chain:
        status = _status(link)
        if status is not None:
            return _by_status(link, status)
        outcome = _by_type(link)
        if outcome is not None:
            return Classified(outcome=outcome, label=_type_label(link))
    return Classified(outcome="failed", label=_type_label(chain[0]))


def classify_status(
    status: int, body: object = None, word: str = "", message: str = ""
) -> Classified:
    """Tell what an HTTP status means.

    Args:
        status: The HTTP status.
        body: The answer's body, read for quotas where the status is 429.
        word: What stands beside the code in the label; the standard's phrase if empty.
        message: The error's message, where it is known apart from the body.

    >>> classify_status(429, "Your prepayment credits are depleted.").terminal
    True
    """
    outcome = _OUTCOME_BY_STATUS.get(status, "failed")
    quotas = quota.read_quotas(body, message) if outcome == "rejected" else ()
    return Classified(
        outcome=outcome,
        label=f"{status} {word or phrase_of(status)}".rstrip(),
        quotas=quotas,
        terminal=outcome == "ignored" or quota.is_terminal(quotas),
        status_code=status,
    )


def phrase_of(status: int) -> str:
    """Return the standard's words for a status, or "" where it has none.

    >>> phrase_of(429), phrase_of(599)
    ('Too Many Requests', '')
    """
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return ""


class CallFailed(Exception):
    """A call did not succeed; carries what was extracted from the answer, and nothing else.

    The targets of this package raise it in the place of the errors of their clients, whose texts
    and attributes hold keys.

    Attributes:
        classified: What it means.
    """

    def __init__(self, classified: Classified) -> None:
        super().__init__(classified.label)
        self.classified = classified

    @property
    def status_code(self) -> int | None:
        """The HTTP status, or None where there was no answer."""
        return self.classified.status_code


def input_tokens(returned: object) -> int | None:
    """Return the input tokens that the server counted, or None where it did not say.

    Read from ``usage_metadata.prompt_token_count``, as attributes or as keys of dictionaries, in
    the spelling of the SDK or of the wire.

    >>> input_tokens({"usageMetadata": {"promptTokenCount": 258}})
    258
    """
    usage = _first(returned, "usage_metadata", "usageMetadata")
    count = _first(usage, "prompt_token_count", "promptTokenCount")
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        return None
    return count


def _by_status(error: BaseException, status: int) -> Classified:
    said = _attribute(error, "message")
    message = said if isinstance(said, str) else _text(error)
    body = _body(error)
    return classify_status(status, body or message, _status_word(error, body, status), message)


def _by_type(error: BaseException) -> Outcome | None:
    names = _names(error)
    if names & _TIMEOUT_TYPES:
        return "timed_out"
    if isinstance(error, OSError) and error.errno in _OWN_LIMITS:
        return "failed"
    if names & _CONNECTION_TYPES or isinstance(error, socket.gaierror | ssl.SSLError):
        return "unreachable"
    if isinstance(error, OSError) and error.errno in _NO_ROUTE:
        return "unreachable"
    return None


def _names(error: BaseException) -> set[str]:
    return {base.__name__ for base in type(error).__mro__}


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Walk from an error to what caused it: groups of one are opened, wrappers looked behind."""
    link: BaseException | None = error
    for _ in range(8):
        if link is None:
            return
        while isinstance(link, BaseExceptionGroup) and len(link.exceptions) == 1:
            link = link.exceptions[0]
        yield link
        link = link.__cause__


def _status(error: BaseException) -> int | None:
    response = _attribute(error, "response")
    candidates = (
        _attribute(error, "code"),
        _attribute(error, "status_code"),
        _attribute(error, "status"),
        _attribute(response, "status_code"),
        _attribute(response, "status"),
    )
    return next((status for status in map(_read_status, candidates) if status is not None), None)


def _read_status(value: object) -> int | None:
    """Read a status from a number, its text, an enum, its name, or a method that returns one."""
    if callable(value) and not isinstance(value, type):
        try:
            value = value()
        except Exception:  # noqa: BLE001 - whatever a foreign method does, it only lacks a code
            return None
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return int(value) if 100 <= value <= 599 else None
    if isinstance(value, str) and re.fullmatch("[1-5][0-9]{2}", value.strip()):
        return int(value)
    name = value if isinstance(value, str) else _attribute(value, "name")
    return _STATUS_BY_NAME.get(name.upper()) if isinstance(name, str) else None


def _status_word(error: BaseException, body: object, status: int) -> str:
    """Return a word beside the code that no server can fill with what it likes."""
    for name in (_attribute(error, "status"), _nested_status(body)):
        if isinstance(name, str) and re.fullmatch("[A-Z][A-Z_]{2,39}", name):
            return name
    return phrase_of(status) or type(error).__name__


def _nested_status(body: object) -> object:
    if isinstance(body, list | tuple) and body:
        body = body[0]
    inner = _first(body, "error")
    return _first(inner if inner is not None else body, "status")


def _body(error: BaseException) -> object:
    """Return the body of the answer, wherever the client has put it; nothing is awaited."""
    response = _attribute(error, "response")
    places = ((error, "details"), (error, "body"), (error, "response_json"), (response, "text"))
    for owner, name in places:
        value = _attribute(owner, name)
        if isinstance(value, dict | list | tuple | str | bytes) and value:
            return value
    return None


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - a foreign __str__ may do anything
        return ""


def _type_label(error: BaseException) -> str:
    name = type(error).__name__
    number = error.errno if isinstance(error, OSError) else None
    symbol = errno.errorcode.get(number or 0)
    return f"{name} {symbol}" if symbol else name


def _attribute(owner: object, name: str) -> object:
    try:
        return getattr(owner, name, None)
    except Exception:  # noqa: BLE001 - a property of a foreign exception may raise anything
        return None


def _first(owner: object, *names: str) -> object:
    """Return the first of these keys or attributes that is there."""
    for name in names:
        value = owner.get(name) if isinstance(owner, Mapping) else _attribute(owner, name)
        if value is not None:
            return value
    return None
