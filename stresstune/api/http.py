"""Any HTTP endpoint as a target.

One call is one request: no redirect is followed, nothing is sent again, no cookie is kept.
"""

from __future__ import annotations

import asyncio
import json as json_
import re
import urllib.request
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import NamedTuple, Self

from yarl import URL

from stresstune.api.payload import File, multipart
from stresstune.api.session import (
    CHECK_SECONDS,
    Session,
    address_of,
    checked_timeout,
    checked_url,
    is_loopback,
    open_session,
)
from stresstune.api.target import require_asyncio
from stresstune.errors import TargetUnusable
from stresstune.load.outcome import CallFailed, Classified, classify, classify_status
from stresstune.redact import redact

_TOKEN = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_UNSENDABLE = re.compile(r"[\r\n\0]")

Expectation = int | str | Callable[[int, bytes], bool] | None
"""When an answer is a success: its status, a text in its body, or a function of both."""


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
        TypeError: It is of another kind.
        UsageError: A file cannot be read.

    Calls raise ``CallFailed`` (with ``status_code``) where the endpoint refuses, does not answer
    in time, or answers something else than was expected.

    >>> HttpTarget("http://127.0.0.1:8000/api/edit?token=abc", json={"prompt": "sharper"}).name
    'POST http://127.0.0.1:8000/api/edit'
    """

    needs_asyncio = True
    """Its connections are aiohttp's."""

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
        self._method = _checked_method(method or ("GET" if content is None else "POST"))
        self._headers = {
            **({"Content-Type": content_type} if content_type else {}),
            **_checked_headers(headers or {}, self._url),
        }
        self._content = content
        self._expect = _checked_expectation(expect)
        self._timeout_seconds = checked_timeout(timeout_seconds)
        self._session: Session | None = None

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

    async def _send(self, session: Session) -> HttpAnswer | Classified:
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


def _checked_method(method: str) -> str:
    if not _TOKEN.fullmatch(method):
        raise ValueError(f"the method is {method!r}, and it must be one word, such as POST")
    return method.upper()


def _checked_headers(headers: Mapping[str, str], url: URL) -> Mapping[str, str]:
    """Refuse what no call could send; values may be secret, and are not said."""
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"a header is called {redact(name)!r}, and its name must be one word")
        if not isinstance(value, str):
            raise TypeError(
                f"the header {name} is of type {type(value).__name__}, and must be a text"
            )
        if _UNSENDABLE.search(value):
            raise ValueError(f"the header {name} holds a line break, which no header may")
    if url.user is not None and any(name.lower() == "authorization" for name in headers):
        raise ValueError("an Authorization header and a user in the address: give one of them")
    return headers


def _checked_expectation(expect: Expectation) -> Expectation:
    if expect is None or callable(expect) or isinstance(expect, int | str):
        return expect
    raise TypeError(
        f"expect is {expect!r}, and it must be a status, a text, or a function of status and body"
    )


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
