"""What the tests of the emulator share."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from stresstune.emulator.http import Reply, Request
from stresstune.emulator.profile import Profile
from stresstune.emulator.service import Service

_TRAPS = ("proxy", "google_", "gemini_")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK obeys proxies, keys and switches in the environment; no test wants them."""
    for name in list(os.environ):
        if name.lower().startswith(_TRAPS) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def body_of(text: str = "Draw a cat.", **more: Any) -> bytes:
    return json.dumps({"contents": [{"parts": [{"text": text}]}], **more}).encode()


def generate_request(
    *,
    model: str = "gemini-2.5-flash",
    method: str = "generateContent",
    body: bytes | None = None,
    version: str = "v1beta",
    query: str = "",
    **headers: str,
) -> Request:
    return Request(
        method="POST",
        target=f"/{version}/models/{model}:{method}{query}",
        headers={
            "x-goog-api-key": "a-key",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        },
        body=body_of() if body is None else body,
    )


class Client:
    """Calls a service without any wire, and keeps what it answers."""

    def __init__(self, profile: Profile) -> None:
        self.service = Service(profile)

    async def call(self, request: Request | None = None, **parts: Any) -> Reply:
        replies: list[Reply] = []

        async def keep(reply: Reply) -> None:
            replies.append(reply)

        await self.service.handle(request or generate_request(**parts), keep)
        (reply,) = replies
        return reply

    async def get(self, target: str, *, method: str = "GET", key: str = "a-key") -> Reply:
        headers = {"x-goog-api-key": key} if key else {}
        return await self.call(Request(method=method, target=target, headers=headers))


@pytest.fixture(scope="session")
def client_of() -> Callable[[Profile], Client]:
    """Makes a client of a service; to be called inside of the event loop."""
    return Client


@pytest.fixture(scope="session")
def request_of() -> Callable[..., Request]:
    """Makes a call for content."""
    return generate_request


@pytest.fixture(scope="session")
def content() -> Callable[..., bytes]:
    """Makes the body of a call for content."""
    return body_of
