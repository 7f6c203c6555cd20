"""A server of one's own on the loopback, which answers exactly the bytes that a test wants."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import pytest


def response(
    body: object = b"", status: str = "200 OK", content_type: str = "application/json"
) -> bytes:
    """Return the bytes of a whole HTTP response; a body that is no bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"Content-Type: {content_type}\r\nContent-Length: {len(content)}"
    return f"HTTP/1.1 {status}\r\n{head}\r\n\r\n".encode() + content


class WireServer:
    """Counts requests and answers each with ``answer``: bytes, or a function of the request.

    None hangs until the client goes away; ``cut`` closes the connection after the answer.
    """

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.answer: bytes | Callable[[bytes], bytes | None] | None = response()
        self.cut = False
        self.url = ""
        self.connections = 0

    @property
    def paths(self) -> list[str]:
        return [request.split(b" ", 2)[1].decode() for request in self.requests]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._serve_one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [
            line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
        ]
        body = await reader.readexactly(int(lengths[0][15:])) if lengths else b""
        self.requests.append(head + body)
        answer = self.answer(head + body) if callable(self.answer) else self.answer
        if answer is None:
            await reader.read()  # until the client hangs up
            return False
        writer.write(answer)
        await writer.drain()
        return not self.cut


@pytest.fixture
async def server(anyio_backend: str) -> AsyncIterator[WireServer]:
    wire = WireServer()
    listening = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    wire.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield wire
    listening.close()


@pytest.fixture
def make_response() -> Callable[..., bytes]:
    return response


@pytest.fixture
def free_url() -> str:
    """An address at which nobody listens."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
