"""What is sent to an HTTP endpoint that is not Gemini."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stresstune.api.http import HttpTarget


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A request to the user's own app, or to any other HTTP endpoint.

    Attributes:
        method: By default GET, or POST where something is sent.
        headers: Sent with every request; they are in no result and no journal.
        body: What is sent, as it is; JSON is announced as such unless a header says otherwise.
        files: Files of a form, by field: their paths.
        expect: When an answer is a success: a status, a text that its body must contain, or None
            for every status below 400.
    """

    method: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    expect: int | str | None = None

    def target(self, url: str) -> HttpTarget:
        """Return what sends it.

        Raises:
            ValueError: Both a body and files are to be sent, or the address cannot be.
            UsageError: A file cannot be read.
        """
        from stresstune.api.http import HttpTarget  # noqa: PLC0415 - imports aiohttp

        return HttpTarget(
            url,
            method=self.method,
            headers=self.all_headers(),
            body=self.body,
            files=dict(self.files) or None,
            expect=self.expect,
        )

    def all_headers(self) -> dict[str, str]:
        """Return the headers, and the content type of a body that is JSON.

        >>> Endpoint(body='{"prompt": "sharper"}').all_headers()
        {'Content-Type': 'application/json'}
        """
        said = any(name.lower() == "content-type" for name in self.headers)
        if self.body is None or said or not _is_json(self.body):
            return dict(self.headers)
        return {"Content-Type": "application/json", **self.headers}


def _is_json(body: bytes | str) -> bool:
    try:
        return isinstance(json.loads(body), dict | list)
    except ValueError:
        return False
