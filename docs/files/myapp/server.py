"""The app itself: it keeps every upload in memory, for as long as it runs.

``python -m myapp.server --port 8000``
"""

import argparse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sessions: list[bytes] = []


class Page(BaseHTTPRequestHandler):
    """``/healthz``, ``/stats`` (how many sessions there are), and ``POST /join`` with a photo."""

    def do_GET(self) -> None:
        """Say that it is well, or how many sessions there are."""
        self._answer(200, str(len(sessions)) if self.path == "/stats" else "well")

    def do_POST(self) -> None:
        """Keep a photo: a session begins."""
        sessions.append(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(201, "saved")

    def _answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Be silent."""


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8000)
    ThreadingHTTPServer(("127.0.0.1", parser.parse_args().port), Page).serve_forever()
