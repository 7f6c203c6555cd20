"""How large a picture is, by how it is kept: pure, and small enough for a startup check."""

from __future__ import annotations

import math

ENCODED_BYTES_PER_PIXEL = 2.54
"""A PNG of a photographed page: 2.66 MB for 1024 x 1024 pixels (measured)."""
DECODED_BYTES_PER_PIXEL = 4
"""Pillow keeps RGB in 4 bytes a pixel."""


def side_pixels(image_bytes: int) -> int:
    """Return the side of a square picture of that encoded size."""
    return max(1, round(math.sqrt(image_bytes / ENCODED_BYTES_PER_PIXEL)))


def decoded_bytes(image_bytes: int) -> int:
    """Return what Pillow keeps of it.

    >>> decoded_bytes(2_660_000)
    4186116
    """
    return side_pixels(image_bytes) ** 2 * DECODED_BYTES_PER_PIXEL


def data_bytes(kind: str, images: int, image_bytes: int) -> int:
    """Return what one simulated session is given to hold.

    Args:
        kind: ``encoded``, ``decoded`` or ``base64``.
        images: Pictures in a session.
        image_bytes: Encoded size of each.

    >>> data_bytes("encoded", 2, 5_000), data_bytes("base64", 1, 3), data_bytes("decoded", 1, 2_540)
    (10000, 4, 4096)
    """
    match kind:
        case "base64":
            return images * 4 * -(-image_bytes // 3)
        case "decoded":
            return images * decoded_bytes(image_bytes)
        case _:
            return images * image_bytes
