"""The cookie that says whose request it is."""

from starlette.requests import Request
from starlette.responses import Response

_NAME = "workshop_session"


def session_of(request: Request) -> str:
    """Return the id of the session that a request belongs to, or ""."""
    return request.cookies.get(_NAME, "")[:200]


def remember(response: Response, request: Request, session: str) -> None:
    """Let the browser keep the id, out of reach of scripts and of other sites."""
    secure = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
    response.set_cookie(_NAME, session, httponly=True, samesite="strict", secure=secure)


def forget(response: Response) -> None:
    """Let the browser forget it."""
    response.delete_cookie(_NAME)
