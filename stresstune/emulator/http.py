"""A request and its reply, apart from any wire. Pure."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs, unquote

WireFault = Literal["reset", "hang", "half_body", "garbage", "slow_body"]

JSON = "application/json; charset=UTF-8"
EVENTS = "text/event-stream"

_API = re.compile(
    r"/(?P<version>v1|v1beta|v1alpha)/models"
    r"(?:/(?P<model>[^/:]+)(?::(?P<method>[A-Za-z]+))?)?/?"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One HTTP request, whole.

    Attributes:
        method: ``GET``, ``POST``, …
        target: Path and query, as they were sent.
        headers: By name in lower case.
        body: All of it.
    """

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path, decoded."""
        return unquote(self.target.partition("?")[0])

    @property
    def query(self) -> dict[str, str]:
        """The query; the last value of each name."""
        query = parse_qs(self.target.partition("?")[2])
        return {name: values[-1] for name, values in query.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """One HTTP reply, and what is to happen to it on the wire.

    Attributes:
        status: HTTP status.
        body: All of it, where it is sent whole.
        content_type: Of the body.
        headers: Further headers.
        pieces: Body of a reply that is streamed: what is sent, and how many seconds before it
            (on the wire's clock) nothing is; None for a whole reply.
        fault: How the wire breaks.
        fault_seconds: How long a slow body takes.
    """

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    pieces: tuple[tuple[float, bytes], ...] | None = None
    fault: WireFault | None = None
    fault_seconds: float = 0.0


Send = Callable[[Reply], Awaitable[None]]
"""Puts a reply on the wire; returns when it is sent, or broken, or nobody listens any more."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a path of the API leads.

    Attributes:
        version: ``v1`` or ``v1beta``.
        model: Name of the model, or "" for all of them.
        method: What is asked of the model (``generateContent``), or "" for the model itself.
    """

    version: str
    model: str
    method: str


def route(path: str) -> Route | None:
    """Read a path, or return None where the API has no such path.

    >>> route("/v1beta/models/gemini-2.5-flash:countTokens")
    Route(version='v1beta', model='gemini-2.5-flash', method='countTokens')
    """
    match = _API.fullmatch(path)
    if match is None:
        return None
    return Route(match["version"], match["model"] or "", match["method"] or "")
