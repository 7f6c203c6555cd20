"""How the app says no: one document for all refusals, with the time to wait where there is one."""

import logging
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.templating import Jinja2Templates

pages = Jinja2Templates(Path(__file__).parent / "templates")
_log = logging.getLogger("uvicorn.error")


def is_program(request: Request) -> bool:
    """Tell whether nobody looks at the answer: a browser asks for a page."""
    return "text/html" not in request.headers.get("accept", "")


def refusal(
    text: str,
    status: int,
    reason: str,
    wait_seconds: int = 0,
    headers: dict[str, str] | None = None,
) -> Response:
    """Say no, in words for people, a reason for programs, and the seconds to wait for both."""
    waiting = {"Retry-After": str(wait_seconds)} if wait_seconds else {}
    body = {"error": text, "reason": reason, "wait_seconds": wait_seconds}
    return JSONResponse(body, status, {**waiting, **(headers or {})})


async def no_room(request: Request, _: Exception) -> Response:
    """Answer where the store has no memory left."""
    return _not_now(request, "There is no memory left for pictures.", "no_room", 60)


async def store_away(request: Request, error: Exception) -> Response:
    """Answer where the store cannot be reached; what it holds is still there."""
    _log.warning("the session store cannot be reached: %s", error)
    return _not_now(request, "Your pictures cannot be reached just now.", "store", 5)


def _not_now(request: Request, text: str, reason: str, wait_seconds: int) -> Response:
    if is_program(request):
        return refusal(text, 503, reason, wait_seconds)
    words = {"text": text, "seconds": wait_seconds}
    waiting = {"Retry-After": str(wait_seconds)}
    return pages.TemplateResponse(request, "not_now.html", words, 503, waiting)


def no_session() -> Response:
    """Answer whoever has no session (any more)."""
    return refusal("Your session has ended. Join again.", 401, "no_session")
