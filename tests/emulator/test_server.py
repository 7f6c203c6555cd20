"""The emulator on a port, in this process and in one that is signalled."""

from __future__ import annotations

import errno
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap

import anyio
import pytest

from stresstune.emulator import Counts
from stresstune.emulator.options import tailor
from stresstune.emulator.server import Server
from stresstune.errors import UsageError

BODY = json.dumps({"contents": [{"parts": [{"text": "Draw a cat."}]}]})


def ask(port: int, path: str = "/v1/models/m:generateContent", method: str = "POST") -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path, body=BODY, headers={"x-goog-api-key": "k"})
        return connection.getresponse().read()
    finally:
        connection.close()


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_calls_over_the_wire_are_answered_and_counted():
    server = Server(tailor(rpm=3, latency=0.01))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.run)
        for _ in range(4):
            await anyio.to_thread.run_sync(ask, server.port)
        counts = await anyio.to_thread.run_sync(ask, server.port, "/control/counts", "GET")
        tasks.cancel_scope.cancel()
    assert json.loads(counts)["admitted"] == 3
    assert server.counts().rejected == 1
    assert server.counts().connections == 5


@pytest.mark.anyio
async def test_open_connections_are_closed_at_the_end():
    server = Server(tailor())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.run)
        client = socket.create_connection(("127.0.0.1", server.port), timeout=5)
        while not server.counts().connections:
            await anyio.sleep(0.01)
        tasks.cancel_scope.cancel()
    with client:
        assert client.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=5)


@pytest.mark.anyio
async def test_a_port_that_is_taken_is_said_with_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"127\.0\.0\.1, port {port}: .*in use.*0 for any"):
            Server(tailor(), port=port)


@pytest.mark.anyio
@pytest.mark.parametrize(("host", "port"), [("203.0.113.7", 0), ("127.0.0.1", 70_000)])
async def test_an_address_that_cannot_be_is_said(host, port):
    with pytest.raises(UsageError, match="cannot listen"):
        Server(tailor(), host=host, port=port)


@pytest.mark.anyio
async def test_an_address_of_ipv6_stands_in_brackets():
    server = Server(tailor(), host="::1")
    assert server.base_url == f"http://[::1]:{server.port}"
    with anyio.move_on_after(0.01):
        await server.run()


class Refusing:
    """A listener on which accepting fails first, and then works."""

    def __init__(self, listener: socket.socket, *errors: OSError) -> None:
        self._listener = listener
        self._errors = list(errors)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()

    def fileno(self):
        return self._listener.fileno()

    def accept(self):
        if self._errors:
            raise self._errors.pop(0)
        return self._listener.accept()


@pytest.mark.anyio
async def test_it_waits_where_there_is_no_file_left_and_then_goes_on(caplog):
    server = Server(tailor(latency=0))
    server._listener = Refusing(
        server._listener, OSError(errno.EMFILE, "Too many open files"), BlockingIOError()
    )
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.run)
        assert b"candidates" in await anyio.to_thread.run_sync(ask, server.port)
        tasks.cancel_scope.cancel()
    assert "a connection has to wait: Too many open files" in caplog.text


@pytest.mark.anyio
async def test_other_errors_of_the_listener_are_not_hidden():
    server = Server(tailor())
    server._listener = Refusing(server._listener, OSError(errno.EBADF, "Bad file descriptor"))
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=5),
        pytest.raises(ExceptionGroup) as caught,
    ):
        await server.run()
    assert caught.group_contains(OSError, match="Bad file descriptor")


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_the_ordinary_end_and_gives_the_last_counts(signum):
    script = textwrap.dedent("""
        from stresstune.emulator import serve, tailor
        counts = serve(
            tailor(latency=0), port=0,
            on_ready=lambda url: print(url.rpartition(":")[2], flush=True),
            on_tick=lambda counts: print("tick", counts.generate, flush=True),
        )
        print(counts.to_json())
    """)
    child = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        ask(int(child.stdout.readline()))
        assert child.stdout.readline() == "tick 1\n"
        os.kill(child.pid, signum)
        out, err = child.communicate(timeout=10)
    finally:
        child.kill()
    assert (child.returncode, err) == (0, "")
    assert Counts.from_json(out.splitlines()[-1]).admitted == 1
