"""One connection: HTTP/1.1 by h11 on a bare socket, so that the wire can be broken on purpose.

The only file that knows h11. The socket is bare (no stream object around it), because only then
is a reset a reset, and half a body half a body.
"""

from __future__ import annotations

import logging
import socket
import struct
from collections.abc import Awaitable, Callable

import anyio
import h11

from stresstune.emulator.http import Reply, Request, Send

_log = logging.getLogger(__name__)

_READ_BYTES = 256 * 1024
_SLOW_PIECES = 10
_GARBAGE = bytes(range(255, 127, -1))
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)

Handle = Callable[[Request, Send], Awaitable[None]]


class _Ended(Exception):
    """The connection is of no more use: broken on purpose, or left by the other side."""


class Connection:
    """Reads requests from a socket and lets them be answered, one after the other.

    Args:
        sock: Non-blocking; it is closed at the end.
        handle: Answers a request, by calling what it is given exactly once.
    """

    def __init__(self, sock: socket.socket, handle: Handle) -> None:
        self._sock = sock
        self._handle = handle
        self._http = h11.Connection(h11.SERVER)
        self._head_only = False

    async def run(self) -> None:
        """Serve until either side ends the connection."""
        try:
            while True:
                await self._handle(await self._request(), self._send)
                self._http.start_next_cycle()
        except (_Ended, OSError, h11.ProtocolError) as reason:
            _log.debug("connection ended: %s", reason)
        except Exception:  # noqa: BLE001 - one bad call must not take the others with it
            _log.exception("a connection failed; the others go on")
        finally:
            self._sock.close()

    async def _request(self) -> Request:
        head = await self._event()
        if not isinstance(head, h11.Request):
            raise _Ended("closed by the client")
        self._head_only = head.method == b"HEAD"
        body = bytearray()
        while isinstance(event := await self._event(), h11.Data):
            body += event.data
        return Request(
            method=head.method.decode("ascii"),
            target=head.target.decode("latin-1"),
            headers={
                name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers
            },
            body=bytes(body),
        )

    async def _event(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            if self._http.they_are_waiting_for_100_continue:
                go_on = h11.InformationalResponse(status_code=100, headers=[])
                await self._write(self._http.send(go_on) or b"")
            self._http.receive_data(await self._read())
        return event

    async def _send(self, reply: Reply) -> None:
        if reply.fault == "reset":
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            raise _Ended("reset on purpose")
        if reply.fault == "hang":
            await self._until_left()
            raise _Ended("never answered, on purpose")
        if reply.fault == "garbage":
            await self._write(_GARBAGE)
            raise _Ended("garbage on purpose")
        if reply.pieces is not None:
            await self._send_pieces(reply, reply.pieces)
        elif reply.fault == "slow_body":
            await self._send_slowly(reply)
        else:
            await self._send_whole(reply)

    async def _send_whole(self, reply: Reply) -> None:
        head = self._head(reply, b"content-length", str(len(reply.body)).encode())
        if reply.fault == "half_body":
            await self._write(head + reply.body[: len(reply.body) // 2])
            raise _Ended("half a body, on purpose")
        body = b"" if self._head_only else self._http.send(h11.Data(data=reply.body)) or b""
        await self._write(head + body + (self._http.send(h11.EndOfMessage()) or b""))

    async def _send_slowly(self, reply: Reply) -> None:
        await self._write(self._head(reply, b"content-length", str(len(reply.body)).encode()))
        size = max(1, -(-len(reply.body) // _SLOW_PIECES))
        for start in range(0, len(reply.body), size):
            await anyio.sleep(reply.fault_seconds / _SLOW_PIECES)
            await self._write(
                self._http.send(h11.Data(data=reply.body[start : start + size])) or b""
            )
        await self._write(self._http.send(h11.EndOfMessage()) or b"")

    async def _send_pieces(self, reply: Reply, pieces: tuple[tuple[float, bytes], ...]) -> None:
        await self._write(self._head(reply, b"transfer-encoding", b"chunked"))
        kept = pieces[: -(-len(pieces) // 2)] if reply.fault == "half_body" else pieces
        for gap_seconds, piece in kept:
            await anyio.sleep(gap_seconds)
            await self._write(self._http.send(h11.Data(data=piece)) or b"")
        if reply.fault == "half_body":
            raise _Ended("half a stream, on purpose")
        await self._write(self._http.send(h11.EndOfMessage()) or b"")

    def _head(self, reply: Reply, framing: bytes, value: bytes) -> bytes:
        headers = [
            (b"content-type", reply.content_type.encode()),
            (framing, value),
            *((name.encode(), text.encode()) for name, text in reply.headers),
        ]
        head = h11.Response(status_code=reply.status, headers=headers, reason=_reason(reply.status))
        return self._http.send(head) or b""

    async def _until_left(self) -> None:
        while await self._read():
            pass

    async def _read(self) -> bytes:
        while True:
            try:
                return self._sock.recv(_READ_BYTES)
            except BlockingIOError:
                await anyio.wait_readable(self._sock)

    async def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._sock.send(rest) :]
            except BlockingIOError:
                await anyio.wait_writable(self._sock)


_REASONS = {
    200: b"OK",
    400: b"Bad Request",
    403: b"Forbidden",
    404: b"Not Found",
    429: b"Too Many Requests",
    500: b"Internal Server Error",
    503: b"Service Unavailable",
    504: b"Gateway Timeout",
}


def _reason(status: int) -> bytes:
    return _REASONS.get(status, b"")
