"""How the app says no: one document for all refusals, with the time to wait where there is one."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


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


async def no_room(_: Request, __: Exception) -> Response:
    """Answer where the store has no memory left."""
    return refusal("There is no memory left for pictures.", 503, "no_room", 60)


def no_session() -> Response:
    """Answer whoever has no session (any more)."""
    return refusal("Your session has ended. Join again.", 401, "no_session")
