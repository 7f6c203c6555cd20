"""What a picture costs in input tokens."""

from __future__ import annotations

import math

TOKENS_PER_TILE, TILE_PIXELS = 258, 768
"""A picture is cut into tiles of 768 x 768 pixels and costs 258 tokens for each, by the
documentation of the Gemini API on tokens (2025)."""


def picture_tokens(width_pixels: float, height_pixels: float) -> int:
    """Return the input tokens of a picture.

    >>> picture_tokens(384, 384), picture_tokens(1024, 1024)
    (258, 1032)
    """
    across, down = (math.ceil(side / TILE_PIXELS) for side in (width_pixels, height_pixels))
    return TOKENS_PER_TILE * max(across, 1) * max(down, 1)
