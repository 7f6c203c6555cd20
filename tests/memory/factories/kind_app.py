"""A web app whose sessions are of a kind of `truth_kinds`, made while the request waits.

``python kind_app.py PORT KIND [--server plain|threading|starlette] [--workers N]``
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import os
import socketserver
import urllib.parse
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer

kept: list[object] = []


class Handler(BaseHTTPRequestHandler):
    make: Callable[[], object]

    def do_GET(self) -> None:
        self._answer(200)

    def do_POST(self) -> None:
        kept.append(type(self).make())
        self._answer(201)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Threading(socketserver.ThreadingMixIn, HTTPServer):
    daemon_threads = True


def _serve_starlette(port: int, make: Callable[[], object]) -> None:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    def ready(_request: Request) -> Response:
        return Response()

    def session(_request: Request) -> Response:
        kept.append(make())
        return Response(status_code=201)

    routes = [Route("/", ready), Route("/session", session, methods=["POST"])]
    uvicorn.run(Starlette(routes=routes), port=port, log_level="error")


def serve() -> None:
    import truth_kinds  # who only visits needs none

    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("kind")
    parser.add_argument("--server", default="plain")
    parser.add_argument("--workers", type=int, default=1)
    chosen = parser.parse_args()
    make = getattr(truth_kinds, chosen.kind)
    if chosen.server == "starlette":
        return _serve_starlette(chosen.port, make)
    Handler.make = staticmethod(make)
    made = Threading if chosen.server == "threading" else HTTPServer
    server = made(("127.0.0.1", chosen.port), Handler)
    for _ in range(chosen.workers - 1):
        if os.fork() == 0:
            break
    server.serve_forever()
    return None


def visit(base_url: str) -> None:
    """Open one session; raises where the app is gone."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(base_url).netloc, timeout=20)
    try:
        connection.request("POST", "/session", b"")
        connection.getresponse().read()
    finally:
        connection.close()


async def open_session(base_url: str) -> object:
    await asyncio.to_thread(visit, base_url)
    return "cookie"


if __name__ == "__main__":
    serve()
