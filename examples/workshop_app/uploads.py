"""Reading the body of a request that may be larger than anybody wants."""

from starlette.requests import ClientDisconnect, Request

from examples.workshop_app.pictures import BadPictureError

_DRAIN_BYTES = 300_000_000
"""So much is read and thrown away, since most clients hear an answer only when they have sent."""


async def read_body(request: Request, max_bytes: int) -> bytes:
    """Return the body of a request; no more than `max_bytes` of it are ever held.

    Raises:
        BadPictureError: It is larger, or did not arrive whole.
    """
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > max_bytes:
                parts.clear()
            else:
                parts.append(part)
            if size > _DRAIN_BYTES:
                break
    except ClientDisconnect:
        raise BadPictureError("The picture did not arrive whole: try once more.", 400) from None
    if size > max_bytes:
        raise BadPictureError(
            f"This picture is too large: at most {max_bytes / 1e6:.0f} MB, please.", 413
        )
    return b"".join(parts)
