"""A small web app that keeps uploads in memory, in as many processes as it is told, and its user.

``python small_app.py PORT [--workers N] [--full-at N] [--to-disk FOLDER]``
"""

from __future__ import annotations

import argparse
import http.client
import os
import socket
import socketserver
import struct
import sys
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

kept: list[bytes] = []


class Handler(BaseHTTPRequestHandler):
    full_at = 10**9
    hang_at = 10**9
    ends_at = 10**9
    dies_at = 10**9
    resets_at = 10**9
    folder = ""
    slow = 0.0
    model_bytes = 0
    model = b""

    ready_at = 0.0

    def do_GET(self) -> None:
        self._answer(200 if time.monotonic() >= self.ready_at else 503)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if len(kept) >= self.full_at:
            return self._answer(503)
        if len(kept) >= self.resets_at:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return self.connection.close()
        if len(kept) >= self.dies_at:
            print("no more handles", file=sys.stderr, flush=True)
            os._exit(7)
        if len(self.model) < self.model_bytes:
            type(self).model = os.urandom(self.model_bytes)
        time.sleep(3600 if len(kept) >= self.hang_at else self.slow)
        if self.folder:
            (Path(self.folder) / str(time.monotonic_ns())).write_bytes(body)
            kept.append(b"")
        else:
            kept.append(body)
        self._answer(201)
        if len(kept) >= self.ends_at:
            self.server.shutdown()
        return None

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Threaded(socketserver.ThreadingMixIn, HTTPServer):
    daemon_threads = True


def fork_workers(count: int) -> None:
    """Go on in so many processes, while this one only supervises them, as gunicorn's does."""
    workers = []
    for _ in range(count if count > 1 else 0):
        workers.append(os.fork())
        if workers[-1] == 0:
            return
    for each in workers:
        os.waitpid(each, 0)
    if workers:
        sys.exit()


def serve() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--full-at", type=int, default=10**9)
    parser.add_argument("--hang-at", type=int, default=10**9)
    parser.add_argument("--dies-at", type=int, default=10**9)
    parser.add_argument("--resets-at", type=int, default=10**9)
    parser.add_argument("--replaced-at", type=int, default=0)
    parser.add_argument("--to-disk", default=os.environ.get("SESSIONS_FOLDER", ""))
    parser.add_argument("--model", type=int, default=0, metavar="BYTES")
    parser.add_argument("--slow", type=float, default=0.0)
    parser.add_argument("--ready-after", type=float, default=0.0, metavar="SECONDS")
    chosen = parser.parse_args()
    Handler.ready_at = time.monotonic() + chosen.ready_after
    Handler.full_at, Handler.folder, Handler.slow = chosen.full_at, chosen.to_disk, chosen.slow
    Handler.hang_at, Handler.model_bytes = chosen.hang_at, chosen.model
    Handler.dies_at, Handler.resets_at = chosen.dies_at, chosen.resets_at
    server = Threaded(("127.0.0.1", chosen.port), Handler)
    while chosen.replaced_at:
        Handler.ends_at = chosen.replaced_at
        if not (worker := os.fork()):
            break
        os.waitpid(worker, 0)
    fork_workers(chosen.workers)
    server.daemon_threads = not chosen.replaced_at  # what was accepted is answered before it ends
    server.serve_forever(poll_interval=0.1)  # as often as an asynchronous server looks


class RefusedError(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(f"answered {status}")
        self.status = status


async def open_session(base_url: str, size: int = 10_000_000) -> object:
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(base_url).netloc, timeout=20)
    connection.request("POST", "/session", os.urandom(size))
    status = connection.getresponse().status
    connection.close()
    if status >= 400:
        raise RefusedError(status)
    return "cookie"


async def open_session_by_aiohttp(base_url: str) -> object:
    import aiohttp  # here: the server is this file too

    async with (
        aiohttp.ClientSession(base_url) as client,
        client.post("/session", data=os.urandom(1_000_000)) as answer,
    ):
        return answer.raise_for_status()


async def refuse_connection(base_url: str) -> object:
    raise ConnectionRefusedError(base_url)


async def give_up(base_url: str) -> object:
    raise TimeoutError(base_url)


async def fail(base_url: str) -> object:
    raise ValueError(base_url)


if __name__ == "__main__":
    serve()
    sys.exit()
