"""A user of an app: opens one session over HTTP."""

from __future__ import annotations

import asyncio
import http.client
import urllib.parse


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
