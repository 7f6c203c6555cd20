"""What a simulated session holds: pictures, as distinct as real ones.

Runs in the sacrificial process, so it imports nothing that an app would not have; Pillow only
where pictures are decoded.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

PAGE_BYTES = 4096
ENCODED_BYTES_PER_PIXEL = 2.54
"""A PNG of a photographed page: 2.66 MB for 1024 x 1024 pixels (measured)."""
DECODED_BYTES_PER_PIXEL = 4
"""Pillow keeps RGB in 4 bytes a pixel."""

_STAMPS_PER_PAGE = 8
_BLOCK_BYTES = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that is held.

    Attributes:
        kept: Whatever must stay alive.
        data_bytes: What it was given to hold.
    """

    kept: object
    data_bytes: int


class Noise:
    """Bytes that nothing can compress or share, made at the speed of a copy.

    A random block is copied from a random place and each page gets its own random stamps: so every
    page is incompressible for itself and equal to no other, which zram and KSM would make cheap.

    >>> noise = Noise()
    >>> len(noise.take(10_000)), noise.take(4096) == noise.take(4096)
    (10000, False)
    """

    def __init__(self) -> None:
        self._block = memoryview(os.urandom(_BLOCK_BYTES))

    def take(self, size_bytes: int) -> bytearray:
        """Make so many bytes, as one allocation."""
        start = int.from_bytes(os.urandom(4)) % (_BLOCK_BYTES // 2)
        piece = self._block[start : start + size_bytes]
        made = bytearray(piece) if len(piece) == size_bytes else self._repeat(start, size_bytes)
        pages = math.ceil(size_bytes / PAGE_BYTES)
        stamps = os.urandom(pages * _STAMPS_PER_PAGE)
        for place in range(min(_STAMPS_PER_PAGE, size_bytes)):
            count = len(range(place, size_bytes, PAGE_BYTES))
            made[place::PAGE_BYTES] = stamps[place * pages : place * pages + count]
        return made

    def _repeat(self, start: int, size_bytes: int) -> bytearray:
        made = bytearray(size_bytes)
        for offset in range(0, size_bytes, _BLOCK_BYTES // 2):
            length = min(_BLOCK_BYTES // 2, size_bytes - offset)
            made[offset : offset + length] = self._block[start : start + length]
        return made


def simulated(kind: str, images: int, image_bytes: int) -> Callable[[], Opened]:
    """Return what opens one simulated session.

    Args:
        kind: ``encoded`` (as uploaded), ``decoded`` (by Pillow) or ``base64`` (text).
        images: Pictures in a session.
        image_bytes: Encoded size of each.

    Raises:
        ValueError: There is no such kind.

    >>> simulated("encoded", 2, 5_000)().data_bytes
    10000
    """
    makers: dict[str, Callable[[int], Iterator[tuple[object, int]]]] = {
        "encoded": _encoded,
        "decoded": _decoded,
        "base64": _base64,
    }
    if kind not in makers:
        raise ValueError(f"{kind!r} is no kind of picture: use one of {', '.join(makers)}")
    pictures = makers[kind](image_bytes)

    def open_session() -> Opened:
        made = [next(pictures) for _ in range(images)]
        return Opened([picture for picture, _ in made], sum(size for _, size in made))

    return open_session


def _encoded(image_bytes: int) -> Iterator[tuple[object, int]]:
    noise = Noise()
    while True:
        yield noise.take(image_bytes), image_bytes


def _base64(image_bytes: int) -> Iterator[tuple[object, int]]:
    from base64 import b64encode  # noqa: PLC0415 - an app that does not need it has not got it

    noise = Noise()
    while True:
        text = b64encode(noise.take(image_bytes)).decode("ascii")
        yield text, len(text)


def _decoded(image_bytes: int) -> Iterator[tuple[object, int]]:
    from PIL import Image  # noqa: PLC0415 - an app that keeps encoded pictures may lack it

    noise = Noise()
    side = max(1, round(math.sqrt(image_bytes / ENCODED_BYTES_PER_PIXEL)))
    size_bytes = side * side * DECODED_BYTES_PER_PIXEL
    while True:
        # Like a decoder, it is read row by row from other bytes, which are there for a moment.
        picture = Image.frombytes("RGB", (side, side), noise.take(size_bytes), "raw", "RGBX")
        yield picture, size_bytes
