"""One connection over a real socket: what the other side sees, byte by byte."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import anyio
import pytest

from stresstune.emulator.http import JSON, Reply, Request
from stresstune.emulator.wire import Connection

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])]

ASK = b"POST /v1/x?y=z HTTP/1.1\r\nHost: h\r\nX-Test: 1\r\nContent-Length: 4\r\n\r\nbody"


class Talk:
    """A client's end of a TCP connection to a ``Connection`` that answers with fixed replies."""

    def __init__(self, sock: socket.socket, requests: list[Request]) -> None:
        self.sock = sock
        self.requests = requests

    async def send(self, data: bytes) -> None:
        await anyio.to_thread.run_sync(self.sock.sendall, data)

    async def receive(self) -> bytes:
        return await anyio.to_thread.run_sync(self.sock.recv, 1_000_000)

    async def until(self, end: bytes) -> bytes:
        data = b""
        while not data.endswith(end):
            piece = await self.receive()
            assert piece, data
            data += piece
        return data

    async def until_closed(self) -> bytes:
        data = b""
        while piece := await self.receive():
            data += piece
        return data


@pytest.fixture
async def talk_to() -> AsyncIterator[object]:
    async with anyio.create_task_group() as tasks:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            socks: list[socket.socket] = []

            async def start(*replies: Reply) -> Talk:
                client = socket.create_connection(listener.getsockname(), timeout=5)
                server, _ = listener.accept()
                server.setblocking(False)
                socks.append(client)
                waiting, requests = list(replies), []

                async def answer(request, send):
                    requests.append(request)
                    await send(waiting.pop(0))

                tasks.start_soon(Connection(server, answer).run)
                return Talk(client, requests)

            yield start
        for sock in socks:
            sock.close()
        tasks.cancel_scope.cancel()


async def test_a_request_is_read_whole_and_answered(talk_to):
    talk = await talk_to(Reply(status=429, body=b"{}", headers=(("server-timing", "x"),)))
    await talk.send(ASK[:30])
    await talk.send(ASK[30:])
    answer = await talk.until(b"{}")
    assert answer.startswith(b"HTTP/1.1 429 Too Many Requests\r\n")
    assert b"content-type: " + JSON.encode() in answer
    assert b"content-length: 2\r\n" in answer
    assert b"server-timing: x\r\n" in answer
    (request,) = talk.requests
    assert (request.method, request.path, request.query) == ("POST", "/v1/x", {"y": "z"})
    assert request.headers["x-test"] == "1"
    assert request.body == b"body"


async def test_a_connection_serves_one_request_after_the_other(talk_to):
    talk = await talk_to(Reply(status=200, body=b"one"), Reply(status=200, body=b"two"))
    await talk.send(ASK + ASK)
    assert (await talk.until(b"two")).count(b"200 OK") == 2
    talk.sock.shutdown(socket.SHUT_WR)
    assert await talk.receive() == b""


async def test_a_large_request_and_a_large_reply_go_through(talk_to):
    size = 6_000_000
    talk = await talk_to(Reply(status=200, body=b"x" * size))
    head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % size
    await talk.send(head + b"y" * size)
    await anyio.sleep(0.05)
    answer = await talk.until(b"x" * 10)
    while len(answer) < size:
        answer += await talk.receive()
    assert answer.count(b"x") == size
    assert len(talk.requests[0].body) == size


async def test_who_waits_to_be_told_to_go_on_is_told(talk_to):
    talk = await talk_to(Reply(status=200, body=b"done"))
    head = b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
    await talk.send(head)
    assert (await talk.until(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
    await talk.send(b"body")
    assert (await talk.until(b"done")).startswith(b"HTTP/1.1 200 OK")


async def test_pieces_come_one_by_one_as_chunks(talk_to):
    talk = await talk_to(Reply(status=200, pieces=((0.0, b"one"), (0.02, b""), (0.02, b"two"))))
    await talk.send(ASK)
    answer = await talk.until(b"0\r\n\r\n")
    assert b"Transfer-Encoding: chunked\r\n" in answer
    assert answer.endswith(b"\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")


async def test_a_reset_is_a_reset(talk_to):
    talk = await talk_to(Reply(status=200, body=b"never", fault="reset"))
    await talk.send(ASK)
    with pytest.raises(ConnectionResetError):
        await talk.receive()


async def test_a_hang_lasts_until_the_client_leaves(talk_to):
    talk = await talk_to(Reply(status=200, body=b"never", fault="hang"))
    await talk.send(ASK)
    talk.sock.settimeout(0.1)
    with pytest.raises(TimeoutError):
        await talk.receive()
    talk.sock.settimeout(5)
    talk.sock.shutdown(socket.SHUT_WR)
    assert await talk.receive() == b""


async def test_half_a_body_ends_before_its_length(talk_to):
    talk = await talk_to(Reply(status=200, body=b"12345678", fault="half_body"))
    await talk.send(ASK)
    answer = await talk.until_closed()
    assert b"content-length: 8\r\n" in answer
    assert answer.endswith(b"\r\n\r\n1234")


async def test_half_a_stream_has_no_end(talk_to):
    pieces = ((0.0, b"one"), (0.0, b"two"))
    talk = await talk_to(Reply(status=200, pieces=pieces, fault="half_body"))
    await talk.send(ASK)
    assert (await talk.until_closed()).endswith(b"\r\n\r\n3\r\none\r\n")


async def test_garbage_is_no_http(talk_to):
    talk = await talk_to(Reply(status=200, body=b"never", fault="garbage"))
    await talk.send(ASK)
    answer = await talk.until_closed()
    assert answer
    assert not answer.startswith(b"HTTP")


async def test_a_slow_body_comes_whole_but_late(talk_to):
    body = b"0123456789" * 15 + b"!"
    talk = await talk_to(Reply(status=200, body=body, fault="slow_body", fault_seconds=0.2))
    await talk.send(ASK)
    start = anyio.current_time()
    assert (await talk.until(body)).startswith(b"HTTP/1.1 200 OK")
    assert 0.1 < anyio.current_time() - start < 2


async def test_a_slow_body_may_be_empty(talk_to):
    talk = await talk_to(Reply(status=200, fault="slow_body", fault_seconds=0.1))
    await talk.send(ASK)
    assert b"content-length: 0" in await talk.until(b"\r\n\r\n")


async def test_what_is_no_http_ends_the_connection(talk_to):
    talk = await talk_to()
    await talk.send(b"\x16\x03\x01 hello\r\n\r\n")
    assert await talk.until_closed() == b""


async def test_who_leaves_in_the_middle_of_a_request_ends_the_connection(talk_to):
    talk = await talk_to()
    await talk.send(ASK[:-2])
    talk.sock.shutdown(socket.SHUT_WR)
    assert await talk.until_closed() == b""


async def test_who_asks_to_close_is_closed_after_the_answer(talk_to):
    talk = await talk_to(Reply(status=200, body=b"bye"))
    await talk.send(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert (await talk.until_closed()).endswith(b"bye")


async def test_who_asks_for_the_head_only_gets_no_body(talk_to):
    talk = await talk_to(Reply(status=404, body=b"{}"), Reply(status=200, body=b"next"))
    await talk.send(b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + ASK)
    answer = await talk.until(b"next")
    head, _, rest = answer.partition(b"\r\n\r\n")
    assert b"content-length: 2" in head
    assert rest.startswith(b"HTTP/1.1 200 OK")


async def test_who_speaks_http_1_0_gets_a_stream_that_ends_with_the_connection(talk_to):
    talk = await talk_to(Reply(status=200, pieces=((0.0, b"one"), (0.0, b"two"))))
    await talk.send(b"GET / HTTP/1.0\r\n\r\n")
    assert (await talk.until_closed()).endswith(b"\r\n\r\nonetwo")


async def test_a_connection_that_fails_is_logged_and_does_not_take_the_others_with_it(
    talk_to, caplog
):
    other, talk = await talk_to(Reply(status=200, body=b"fine")), await talk_to()
    await talk.send(ASK)
    assert await talk.until_closed() == b""
    assert "a connection failed" in caplog.text
    await other.send(ASK)
    assert await other.until(b"fine")


async def test_a_status_without_a_name_is_sent_all_the_same(talk_to):
    talk = await talk_to(Reply(status=418, body=b"tea"))
    await talk.send(ASK)
    assert (await talk.until(b"tea")).startswith(b"HTTP/1.1 418 \r\n")
