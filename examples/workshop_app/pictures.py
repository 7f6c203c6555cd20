"""Uploads: looked at with suspicion, and made small. The only user of Pillow."""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP")
_TYPES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
"""MPO is what Pillow calls a JPEG with more pictures behind it, as phones make of portraits."""

MAX_PIXELS = 50_000_000
"""The largest phone cameras that are common; decoded 200 MB, one at a time."""

THUMBNAIL_PIXELS = 320
PREVIEW_PIXELS = 768
"""What the API is sent: one tile, 258 tokens."""


class BadPictureError(Exception):
    """An upload that is not taken.

    Attributes:
        status: The HTTP status that says so.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A picture that was looked at.

    Attributes:
        original: As it came.
        content_type: What it is, by its bytes, whatever the sender said.
        width: In pixels.
        height: In pixels.
        thumbnail: A JPEG for the gallery.
        preview: A JPEG for the API.
    """

    original: bytes
    content_type: str
    width: int
    height: int
    thumbnail: bytes
    preview: bytes


def look_at(original: bytes) -> Upload:
    """Check an upload by its bytes, and make the small pictures.

    Raises:
        BadPictureError: It is no picture, too large, or damaged.
    """
    try:
        with Image.open(io.BytesIO(original), formats=FORMATS) as image:
            content_type, size = _TYPES[image.format or ""], image.size
            if size[0] * size[1] > MAX_PIXELS:
                raise _too_many_pixels()
            image.draft("RGB", (PREVIEW_PIXELS, PREVIEW_PIXELS))  # a JPEG need not be decoded whole
            image.load()
            preview = _shrink(image, PREVIEW_PIXELS)
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except UnidentifiedImageError:
        raise BadPictureError(
            "This is not a picture that can be read here: use a JPEG, PNG or WebP.", 415
        ) from None
    except (OSError, ValueError, SyntaxError, EOFError):
        raise BadPictureError(
            "This picture is damaged or did not arrive whole: try once more.", 422
        ) from None
    return Upload(
        original=original,
        content_type=content_type,
        width=size[0],
        height=size[1],
        thumbnail=_jpeg(_shrink(preview, THUMBNAIL_PIXELS)),
        preview=_jpeg(preview),
    )


def decode(original: bytes) -> Image.Image:
    """Return the pixels of a picture that was looked at before."""
    with Image.open(io.BytesIO(original)) as image:
        return image.convert("RGB")


def encode(image: Image.Image) -> bytes:
    """Return pixels as a JPEG."""
    return _jpeg(image)


def _shrink(image: Image.Image, pixels: int) -> Image.Image:
    small = ImageOps.exif_transpose(image).convert("RGB")
    small.thumbnail((pixels, pixels))
    return small


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def _too_many_pixels() -> BadPictureError:
    return BadPictureError(
        f"This picture has more than {MAX_PIXELS // 10**6} million pixels: make it smaller.", 413
    )
