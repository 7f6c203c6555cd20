"""What is sent: prompts, pictures of a given size, multipart forms."""

from __future__ import annotations

import io
import math
import mimetypes
import random
import uuid
import zlib
from collections.abc import Mapping
from pathlib import Path

from stresstune.errors import UsageError

DEFAULT_PROMPT = "Describe in two short sentences what makes a good photograph."
"""Short, and with an answer of the length that a chat app shows."""

MAX_PROMPT_BYTES = 4_000_000

_NOISE_RATIO = 0.83
"""Share of a picture that is noise: then 2.6 MB of PNG are 1024 x 1024, as in a photo editor."""

File = Path | str | tuple[str, bytes, str]
"""A file to upload: its path, or its name, content and content type."""


def read_prompt(path: str | Path) -> str:
    """Return the prompt that a file holds.

    Raises:
        UsageError: It cannot be read, is empty, is no UTF-8, or is larger than 4 MB.
    """
    content = _read(path, "prompt file")
    if len(content) > MAX_PROMPT_BYTES:
        raise UsageError(
            f"the prompt file {path} has {len(content):,} bytes, and at most "
            f"{MAX_PROMPT_BYTES:,} are sent; name a shorter one"
        )
    try:
        prompt = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise UsageError(
            f"the prompt file {path} is no UTF-8 text (byte {error.start}); save it as UTF-8"
        ) from None
    if not prompt:
        raise UsageError(f"the prompt file {path} is empty; write the app's prompt into it")
    return prompt


def make_image(size_bytes: int, *, seed: int = 0) -> bytes:
    r"""Return a PNG of exactly this size: part noise, part even colour, as a photo compresses.

    It has a third of a pixel for each byte of noise; 2.61 MB are about 1024 x 1024. Below the size
    of the smallest PNG with one pixel (under 100 bytes) that one is returned.

    Args:
        size_bytes: How large it should be, in bytes.
        seed: Other seeds make other pictures.

    Raises:
        ValueError: The size is negative.

    >>> picture = make_image(100_000)
    >>> len(picture), picture[:4]
    (100000, b'\x89PNG')
    """
    if size_bytes < 0:
        raise ValueError(f"size_bytes is {size_bytes}, and a picture has at least 0 bytes")
    content_bytes = max(3.0, size_bytes * 0.995 - 120)  # the rest is filled up exactly
    side = max(1, round(math.sqrt(content_bytes / 3 / _NOISE_RATIO)))
    noise_rows = min(side, int(content_bytes / 3 / side))
    return _padded(_encode(side, noise_rows, random.Random(seed)), size_bytes)


def multipart(fields: Mapping[str, str], files: Mapping[str, File]) -> tuple[bytes, str]:
    """Encode a form with files, once for all the calls that send it.

    Returns:
        The body, and its content type.

    Raises:
        UsageError: A file cannot be read.
    """
    boundary = uuid.uuid4().hex
    body = io.BytesIO()
    for name, value in fields.items():
        _write_part(body, boundary, f'name="{_quoted(name)}"', "", value.encode())
    for name, file in files.items():
        file_name, content, content_type = _opened(file)
        disposition = f'name="{_quoted(name)}"; filename="{_quoted(file_name)}"'
        _write_part(body, boundary, disposition, f"Content-Type: {content_type}\r\n", content)
    body.write(f"--{boundary}--\r\n".encode())
    return body.getvalue(), f"multipart/form-data; boundary={boundary}"


def _encode(side: int, noise_rows: int, generator: random.Random) -> bytes:
    from PIL import Image  # noqa: PLC0415 - Pillow is needed for pictures only, and slow to import

    row_bytes = 3 * side
    noise = generator.randbytes(noise_rows * row_bytes)
    picture = Image.frombytes("RGB", (side, side), noise + bytes((side - noise_rows) * row_bytes))
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=1)
    return file.getvalue()


def _padded(png: bytes, size_bytes: int) -> bytes:
    """Fill a PNG up with one private chunk, which every reader skips, before its last chunk."""
    missing = size_bytes - len(png) - 12
    if missing < 0:
        return png
    chunk = b"stRs" + bytes(missing)
    framed = missing.to_bytes(4) + chunk + zlib.crc32(chunk).to_bytes(4)
    return png[:-12] + framed + png[-12:]


def _opened(file: File) -> tuple[str, bytes, str]:
    if isinstance(file, tuple):
        return file
    guessed = mimetypes.guess_type(str(file))[0]
    return Path(file).name, _read(file, "file to upload"), guessed or "application/octet-stream"


def _read(path: str | Path, what: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(
            f"cannot read the {what} {path}: {error.strerror or error}; check its path"
        ) from None


def _quoted(name: str) -> str:
    """Escape a name as browsers do in multipart headers."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _write_part(
    body: io.BytesIO, boundary: str, disposition: str, headers: str, content: bytes
) -> None:
    head = f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n{headers}\r\n"
    body.write(head.encode() + content + b"\r\n")
