"""Take keys out of text before anybody reads it.

Keys reach places where nobody expects them: servers echo them in error bodies
(``api_key:AIza…``), HTTP clients show headers and addresses in the ``repr`` of their errors. So
errors are stored as extracted fields, and whatever text is shown all the same goes through here.
"""

from __future__ import annotations

import re

HIDDEN = "[hidden]"

_SECRETS = (
    re.compile(r"\b(?:AIza|AQ\.)[\w.-]{8,}"),  # Google's API keys, the older and the newer form
    re.compile(r"\b(?:sk|ghp|gho|xox[abp])[-_][\w-]{8,}"),  # what else lies about in environments
    re.compile(r"(?i)(?<=bearer )[\w.~+/=-]+"),
    re.compile(r"(?i)(?<=basic )[\w+/=]{8,}"),
    re.compile(r"(?<=://)[^/\s@]+(?=@)"),  # user:password@host
    re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
    ),
)
_NAMED_SECRET = re.compile(
    r"(?i)\b((?:x-goog-)?(?:api[-_]?key|access[-_]?token|auth[-_]?token|token|key|secret|password|sig"
    r"|signature))((?:['\"]?\s*[:=]\s*)['\"]?)(?!\[hidden\])[^\s'\"&,;)}\]]+"
)


def redact(text: str, *secrets: str | None) -> str:
    """Replace everything in a text that looks like a key, and the given secrets, by ``[hidden]``.

    >>> redact("403 for https://host/v1?key=AIzaSyA1234567890&alt=sse")
    '403 for https://host/v1?key=[hidden]&alt=sse'
    >>> redact("said my-own-secret aloud", "my-own-secret")
    'said [hidden] aloud'
    """
    return _NAMED_SECRET.sub(rf"\1\2{HIDDEN}", redact_shapes(text, *secrets))


def redact_shapes(text: str, *secrets: str | None) -> str:
    """Replace what has the shape of a key, whatever stands before it, and the given secrets.

    >>> redact_shapes("token: bus; key: AIzaSyA1234567890")
    'token: bus; key: [hidden]'
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret, HIDDEN)
    for pattern in _SECRETS:
        text = pattern.sub(HIDDEN, text)
    return text
