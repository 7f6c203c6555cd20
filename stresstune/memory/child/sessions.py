"""What a simulated session holds: pictures, as distinct as real ones.

Runs in the sacrificial process, so it imports nothing that an app would not have; Pillow only
where pictures are decoded.
"""

from __future__ import annotations

import contextlib
import mmap
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stresstune.memory.child.pictures import decoded_bytes, side_pixels

PAGE_BYTES = 4096

_STAMP_BYTES = 8
_PLACE_BYTES = 8
_STAMPS_APART = PAGE_BYTES // _STAMP_BYTES
_FROM_THE_KERNEL_BYTES = 128 * 1024
_MADV_POPULATE_WRITE = 23

Buffer = bytearray | mmap.mmap
_PIECE_BYTES = 256 * 1024
"""Fresh pages are filled while the processor's cache still holds the zeros that the kernel put
there: a third faster than page after page, or all of a picture first (measured)."""
_BLOCK_BYTES = 512 * 1024


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

    A random block is copied from a random place and each page gets a random stamp from another: so
    every page is incompressible for itself and equal to no other, which zram and KSM would make
    cheap.

    >>> noise = Noise()
    >>> len(noise.take(10_000)), noise.take(4096) == noise.take(4096)
    (10000, False)
    """

    def __init__(self) -> None:
        self._block = memoryview(os.urandom(_BLOCK_BYTES + _PIECE_BYTES))
        self._stamps = memoryview(os.urandom(_BLOCK_BYTES)).cast("Q")

    def take(self, size_bytes: int) -> Buffer:
        """Make so many bytes, as one allocation."""
        made = _allocate(size_bytes)
        populate = _populate(made)
        whole = size_bytes - size_bytes % _STAMP_BYTES
        starts = range(0, size_bytes, _PIECE_BYTES)
        # All places are drawn at once, and not by `random`, which would load 2 MB of modules.
        places = memoryview(os.urandom(_PLACE_BYTES * len(starts))).cast("Q")
        with memoryview(made) as view, view[:whole].cast("Q") as words:
            for start, place in zip(starts, places, strict=True):
                end = min(start + _PIECE_BYTES, size_bytes)
                populate(start, end - start)
                block = place % _BLOCK_BYTES
                view[start:end] = self._block[block : block + end - start]
                self._stamp(words[start // _STAMP_BYTES : end // _STAMP_BYTES], place // 2**32)
        return made

    def _stamp(self, piece: memoryview, place: int) -> None:
        pages = -(-len(piece) // _STAMPS_APART)
        first = place % (len(self._stamps) - pages)
        piece[::_STAMPS_APART] = self._stamps[first : first + pages]


def _allocate(size_bytes: int) -> Buffer:
    """Get memory as malloc would: a large piece from the kernel."""
    if size_bytes < _FROM_THE_KERNEL_BYTES or not hasattr(mmap, "MAP_PRIVATE"):
        return bytearray(size_bytes)
    return mmap.mmap(-1, size_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def _populate(made: Buffer) -> Callable[[int, int], object]:
    """Return what gets the pages of a piece with one call, where the kernel has that (5.14)."""
    if isinstance(made, mmap.mmap):
        with contextlib.suppress(OSError, ValueError):
            made.madvise(_MADV_POPULATE_WRITE, 0, PAGE_BYTES)
            return lambda offset, count: made.madvise(_MADV_POPULATE_WRITE, offset, count)
    return lambda *_: None


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
    side, size_bytes = side_pixels(image_bytes), decoded_bytes(image_bytes)
    while True:
        # Like a decoder, it is read row by row from other bytes, which are there for a moment.
        with memoryview(noise.take(size_bytes)) as pixels:
            picture = Image.frombytes("RGB", (side, side), pixels, "raw", "RGBX")
        yield picture, size_bytes
