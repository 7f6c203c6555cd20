"""A web app whose sessions are of a kind of `truth_kinds`, made while the request waits.

``python kind_app.py PORT KIND [--server plain|threading|starlette] [--workers N]``
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from http.server import HTTPServer

import small_app
import truth_kinds

kept: list[object] = []


class Handler(small_app.Handler):
    make: Callable[[], object]

    def do_POST(self) -> None:  # noqa: N802 - http.server asks for it by this name
        kept.append(type(self).make())
        self._answer(201)


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
    made = small_app.Threaded if chosen.server == "threading" else HTTPServer
    server = made(("127.0.0.1", chosen.port), Handler)
    small_app.fork_workers(chosen.workers)
    server.serve_forever()
    return None


if __name__ == "__main__":
    serve()
