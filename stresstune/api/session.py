"""Connections for targets: the only importer of aiohttp on the client's side.

The connections are not limited in number, so that the client queues nothing; nothing is sent
again, no cookie is kept.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Self

import aiohttp
from aiohttp.connector import Connection
from yarl import URL

from stresstune.load.health import note_pool_wait
from stresstune.redact import redact

Session = aiohttp.ClientSession
"""Connections to one address; what targets hold while they are open."""

CHECK_SECONDS = 15.0
"""How long is waited at the most to see whether there is anybody at all."""

_DNS_SECONDS = 300
"""How long an address is kept, so that no call of a run waits for the name service."""

_READ_BUFFER_BYTES = 2**22  # as google-genai's own session has it, for answers with pictures


_started: ContextVar[list[aiohttp.ClientResponse] | None] = ContextVar("_started", default=None)


class _Response(aiohttp.ClientResponse):
    """Mends two things that google-genai does with answers.

    It reads the body of every error as JSON, and where that fails the status is lost with it: a
    429 would look like a decoding error. So such a body is handed on as text. And it leaves a
    stream open that ends with an error, so answers are noted for ``closing_answers``.
    """

    async def start(self, connection: Connection) -> Self:
        started = _started.get()
        if started is not None:
            started.append(self)
        await super().start(connection)
        return self

    async def json(self, **options: Any) -> Any:  # noqa: ANN401 - aiohttp's own signature
        try:
            return await super().json(**options)
        except (ValueError, aiohttp.ClientPayloadError):
            if self.status < 400:
                raise
            return {"message": (self._body or b"").decode(errors="replace"), "status": self.reason}


class _Request(aiohttp.ClientRequest):
    """Tells how long it waited for its connection."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - aiohttp's own
        self._made_seconds = time.perf_counter()
        super().__init__(*arguments, **options)

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        note_pool_wait(time.perf_counter() - self._made_seconds)
        return await super().send(conn)


def open_session(url: URL) -> Session:
    """Return a session for many calls at once to one address; whoever opens it closes it.

    Proxies of the environment are honoured, but never for this machine itself.
    """
    session = Session(
        connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=_DNS_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        request_class=_Request,
        response_class=_Response,
        timeout=aiohttp.ClientTimeout(total=None),
        trust_env=not is_loopback(url),
        read_bufsize=_READ_BUFFER_BYTES,
    )
    session._retry_connection = False  # noqa: SLF001 - there is no public switch for sending once
    return session


@contextmanager
def closing_answers() -> Iterator[None]:
    """Close every answer that is begun inside of it, in this task, and was not read to its end."""
    answers: list[aiohttp.ClientResponse] = []
    token = _started.set(answers)
    try:
        yield
    finally:
        _started.reset(token)
        for answer in answers:
            answer.close()


def is_loopback(url: URL) -> bool:
    """Tell whether an address is this machine itself.

    >>> is_loopback(URL("http://127.0.0.1:80")), is_loopback(URL("https://example.com"))
    (True, False)
    """
    host = url.host or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def checked_url(url: str) -> URL:
    """Return an address, parsed.

    Raises:
        ValueError: It is no http or https address.
    """
    try:
        parsed = URL(url)
    except ValueError:
        parsed = URL()
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ValueError(
            f"the address is {redact(url)!r}, and it must begin with http:// or https:// and a host"
        )
    return parsed


def checked_timeout(timeout_seconds: float) -> float:
    """Return a deadline.

    Raises:
        ValueError: It is not above 0 s.
    """
    if not timeout_seconds > 0:
        raise ValueError(f"timeout_seconds is {timeout_seconds!r}, and it must be above 0 s")
    return timeout_seconds


def address_of(url: URL) -> str:
    """Return an address without credentials, query and fragment, any of which may hold secrets."""
    return redact(str(url.with_user(None).with_query(None).with_fragment(None)))
