"""What an exception, or what a call returned, means for a measurement.

A target is any callable, so any exception may come out of it. It is judged by what it carries
(``code``, ``status_code``, ``status``, ``response.status_code``, ``details``), never by its class:
no HTTP client and no SDK is imported here. Labels are made of type and code. The text of an error
is read for quotas and then dropped, because keys leak there.
"""

from __future__ import annotations

import errno
import socket
import ssl

from stresstune.load import quota
from stresstune.load.carried import (
    body_of,
    chain_of,
    first_of,
    phrase_of,
    status_of,
    status_word,
    text_of,
    type_label,
    type_names,
)
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
    chain = list(chain_of(error))
    if isinstance(chain[0], CallFailed):
        return chain[0].classified
    if any(_BROKEN_ANSWER in type_names(link) for link in chain):
        return Classified(outcome="failed", label=type_label(chain[0]))
    for link in chain:
        status = status_of(link)
        if status is not None:
            return _by_status(link, status)
        outcome = _by_type(link)
        if outcome is not None:
            return Classified(outcome=outcome, label=type_label(link))
    return Classified(outcome="failed", label=type_label(chain[0]))


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
    usage = first_of(returned, "usage_metadata", "usageMetadata")
    count = first_of(usage, "prompt_token_count", "promptTokenCount")
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        return None
    return count


def _by_status(error: BaseException, status: int) -> Classified:
    message, body = text_of(error), body_of(error)
    return classify_status(status, body or message, status_word(error, body, status), message)


def _by_type(error: BaseException) -> Outcome | None:
    names = type_names(error)
    if names & _TIMEOUT_TYPES:
        return "timed_out"
    if isinstance(error, OSError) and error.errno in _OWN_LIMITS:
        return "failed"
    if names & _CONNECTION_TYPES or isinstance(error, socket.gaierror | ssl.SSLError):
        return "unreachable"
    if isinstance(error, OSError) and error.errno in _NO_ROUTE:
        return "unreachable"
    return None
