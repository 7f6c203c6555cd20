"""Any HTTP endpoint as a target; the only importer of aiohttp on the client's side.

One call is one request: no redirect is followed, nothing is sent again, no cookie is kept. The
connections are not limited in number, so that the client queues nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json as json_
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any, NamedTuple, Self

import aiohttp
from aiohttp.connector import Connection
from yarl import URL

from stresstune.api.outcome import CallFailed, Classified, classify, classify_status
from stresstune.api.payload import File, multipart
from stresstune.api.redact import redact
from stresstune.api.target import require_asyncio
from stresstune.errors import TargetUnusable

Expectation = int | str | Callable[[int, bytes], bool] | None
"""When an answer is a success: its status, a text in its body, or a function of both."""

CHECK_SECONDS = 15.0
"""How long is waited at the most to see whether there is anybody at all."""

_DNS_SECONDS = 300
"""How long an address is kept, so that no call of a run waits for the name service."""

_READ_BUFFER_BYTES = 2**22  # as google-genai's own session has it, for answers with pictures


class HttpAnswer(NamedTuple):
    """What an endpoint answered.

    Attributes:
        status_code: The HTTP status.
        content: The body.
    """

    status_code: int
    content: bytes


class HttpTarget:
    """Any HTTP endpoint as a target: one call sends one request and reads the whole answer.

    Args:
        url: Where to, with ``http://`` or ``https://``.
        method: By default GET, or POST where something is sent.
        headers: Sent with every request.
        body: What is sent, as it is.
        json: What is sent, as JSON.
        form: Fields of a form.
        files: Files of a form, by field: a path, or name, content and content type.
        expect: When an answer is a success: by default a status below 400; a status, a text that
            its body must contain, or a function of status and body.
        timeout_seconds: Own deadline of a call, in seconds.

    Raises:
        ValueError: An argument cannot be.
        UsageError: A file cannot be read.

    Calls raise ``CallFailed`` (with ``status_code``) where the endpoint refuses, does not answer
    in time, or answers something else than was expected.

    >>> HttpTarget("http://127.0.0.1:8000/api/edit?token=abc", json={"prompt": "sharper"}).name
    'POST http://127.0.0.1:8000/api/edit'
    """

    def __init__(  # noqa: PLR0913 - one keyword for each part of a request, all of them optional
        self,
        url: str,
        *,
        method: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | str | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, File] | None = None,
        expect: Expectation = None,
        timeout_seconds: float = 60.0,
    ) -> None:
        self._url = checked_url(url)
        content, content_type = _content(body, json, form, files)
        self._method = (method or ("GET" if content is None else "POST")).upper()
        self._headers = {
            **({"Content-Type": content_type} if content_type else {}),
            **(headers or {}),
        }
        self._content = content
        self._expect = expect
        self._timeout_seconds = checked_timeout(timeout_seconds)
        self._session: aiohttp.ClientSession | None = None

    @property
    def name(self) -> str:
        """Method and address, without credentials and query."""
        return f"{self._method} {address_of(self._url)}"

    def __repr__(self) -> str:
        return f"HttpTarget({self.name!r})"

    async def __aenter__(self) -> Self:
        require_asyncio("HttpTarget")
        self._session = open_session(self._url)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def __call__(self) -> HttpAnswer:
        """Send one request and return the answer.

        Raises:
            CallFailed: It was no success.
            RuntimeError: The target is not open.
        """
        if self._session is None:
            raise RuntimeError(
                "HttpTarget is not open: use it as `async with HttpTarget(…) as target`"
            )
        answer = await self._send(self._session)
        if isinstance(answer, Classified):
            raise CallFailed(answer)
        if self._is_expected(answer):
            return answer
        if answer.status_code >= 400:
            raise CallFailed(classify_status(answer.status_code, answer.content))
        raise CallFailed(_unexpected(answer.status_code))

    async def check(self) -> None:
        """Connect, and send nothing: a request would count against the server's limits.

        Behind a proxy nothing is tried.

        Raises:
            TargetUnusable: There is no connection.
        """
        if not is_loopback(self._url) and self._url.scheme in urllib.request.getproxies():
            return
        try:
            async with asyncio.timeout(min(self._timeout_seconds, CHECK_SECONDS)):
                _, writer = await asyncio.open_connection(self._url.host, self._url.port)
        except OSError as error:
            found = classify(error)
        else:
            writer.close()
            return
        raise TargetUnusable(
            f"no connection to {address_of(self._url)} ({found.label}): start the server, or "
            "correct the address"
        )

    async def _send(self, session: aiohttp.ClientSession) -> HttpAnswer | Classified:
        try:
            async with (
                asyncio.timeout(self._timeout_seconds),
                session.request(
                    self._method,
                    self._url,
                    data=self._content,
                    headers=self._headers,
                    allow_redirects=False,
                ) as response,
            ):
                return HttpAnswer(response.status, await response.read())
        except Exception as error:  # noqa: BLE001 - every failure of a call is data
            return classify(error)

    def _is_expected(self, answer: HttpAnswer) -> bool:
        if callable(self._expect):
            return self._expect(answer.status_code, answer.content)
        if isinstance(self._expect, int):
            return answer.status_code == self._expect
        if isinstance(self._expect, str):
            return answer.status_code < 400 and self._expect.encode() in answer.content
        return answer.status_code < 400


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


def open_session(url: URL) -> aiohttp.ClientSession:
    """Return a session for many calls at once to one address; whoever opens it closes it.

    Proxies of the environment are honoured, but never for this machine itself.
    """
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=_DNS_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
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


def _unexpected(status: int) -> Classified:
    return Classified(outcome="failed", label=f"{status} UnexpectedAnswer", status_code=status)


def _content(
    body: bytes | str | None,
    json: object,
    form: Mapping[str, str] | None,
    files: Mapping[str, File] | None,
) -> tuple[bytes | None, str]:
    """Encode what is sent, once; return it with its content type."""
    given = [body is not None, json is not None, form is not None or files is not None]
    if sum(given) > 1:
        raise ValueError("a request has one body: give body, or json, or form and files")
    if json is not None:
        return json_.dumps(json).encode(), "application/json"
    if form is not None or files is not None:
        return multipart(form or {}, files or {})
    return (body.encode() if isinstance(body, str) else body), ""
