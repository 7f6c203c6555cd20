"""Hands a request to the worker that holds its session."""

from pathlib import Path

import aiohttp
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send
from yarl import URL

from examples.workshop_app.cookies import session_of

_HOP_BY_HOP = {b"connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"content-length"}


def socket_path(run_folder: str, worker: int) -> Path:
    """Return where a worker listens for the others."""
    return Path(run_folder) / f"worker-{worker}.sock"


def owner_of(session: str) -> int | None:
    """Return the number of the worker that opened a session, or None where it says none.

    >>> owner_of("3.x8vKqk0"), owner_of("x8vKqk0"), owner_of("../3.x")
    (3, None, None)
    """
    number, dot, _ = session.partition(".")
    return int(number) if dot and number.isdecimal() and len(number) < 4 else None


class Handover:
    """Middleware: serves its own sessions, and those that nobody owns; others go to their owner.

    A worker that is gone took its sessions with it: then the request is served here, where the
    session is not known.
    """

    def __init__(self, app: ASGIApp, *, run_folder: str, worker: int) -> None:
        self._app, self._run_folder, self._worker = app, run_folder, worker

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, here or there."""
        if scope["type"] == "http":
            owner = owner_of(session_of(Request(scope)))
            if owner is not None and owner != self._worker:
                path = socket_path(self._run_folder, owner)
                if path.exists() and await self._hand_on(scope, receive, send, path):
                    return
        await self._app(scope, receive, send)

    async def _hand_on(self, scope: Scope, receive: Receive, send: Send, path: Path) -> bool:
        request = Request(scope, receive)
        target = scope["raw_path"].decode("latin-1") + _query(scope)
        has_body = request.method in {"POST", "PUT"}
        headers = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"]]
        try:
            async with (
                aiohttp.ClientSession(
                    connector=aiohttp.UnixConnector(str(path)),
                    auto_decompress=False,
                    timeout=aiohttp.ClientTimeout(total=None),
                ) as session,
                session.request(
                    request.method,
                    _url(target),
                    headers=[pair for pair in headers if pair[0].encode() not in _HOP_BY_HOP],
                    data=request.stream() if has_body else None,
                    allow_redirects=False,
                ) as answer,
            ):
                await _send_on(answer, send)
        except aiohttp.ClientConnectorError:
            return False
        except (aiohttp.ClientError, ClientDisconnect):
            return True  # one of the two went away in the middle: there is nobody left to answer
        return True


async def _send_on(answer: aiohttp.ClientResponse, send: Send) -> None:
    headers = [pair for pair in answer.raw_headers if pair[0].lower() not in _HOP_BY_HOP]
    length = answer.headers.get("content-length")
    if length is not None:
        headers.append((b"content-length", length.encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    async for chunk in answer.content.iter_chunked(2**16):
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _query(scope: Scope) -> str:
    query: bytes = scope["query_string"]
    return f"?{query.decode('latin-1')}" if query else ""


def _url(target: str) -> URL:
    return URL(f"http://worker{target}", encoded=True)
