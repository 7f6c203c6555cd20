"""How large a picture that was sent is, from its first bytes. Pure."""

from __future__ import annotations

import binascii
import struct

from stresstune.model.pictures import TOKENS_PER_TILE, picture_tokens

_HEAD_BYTES = 64 * 1024
"""So far a JPEG is read; its size stands behind its metadata."""

_NO_SIZE = {0xC4, 0xC8, 0xCC}
"""Marks of a JPEG in the row of those that tell its size, which do not."""


def tokens_of(data: str) -> int:
    """Return the input tokens of a picture in base64; one tile's where its size is not known.

    Args:
        data: PNG, GIF or JPEG, in either alphabet of base64.
    """
    size = _size(_head(data))
    return picture_tokens(*size) if size else TOKENS_PER_TILE


def _head(data: str) -> bytes:
    start = data[: _HEAD_BYTES // 3 * 4].replace("-", "+").replace("_", "/")
    try:
        return binascii.a2b_base64(start[: len(start) // 4 * 4])
    except ValueError:
        return b""


def _size(head: bytes) -> tuple[int, int] | None:
    if head.startswith(b"\x89PNG") and len(head) >= 24:
        width, height = struct.unpack(">II", head[16:24])
        return width, height
    if head.startswith(b"GIF8") and len(head) >= 10:
        width, height = struct.unpack("<HH", head[6:10])
        return width, height
    return _size_of_jpeg(head) if head.startswith(b"\xff\xd8") else None


def _size_of_jpeg(head: bytes) -> tuple[int, int] | None:
    place = 2
    while place + 9 <= len(head) and head[place] == 0xFF:
        mark = head[place + 1]
        if 0xC0 <= mark <= 0xCF and mark not in _NO_SIZE:
            height, width = struct.unpack(">HH", head[place + 5 : place + 9])
            return width, height
        place += 2 + int.from_bytes(head[place + 2 : place + 4])
    return None
