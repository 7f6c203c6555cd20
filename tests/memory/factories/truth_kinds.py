# ruff: noqa: PLW0603 - a factory has nothing but its module to count with
"""The session kinds of the truth bench; each module-level name is a factory."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from base64 import b64encode

MB = 10**6
_block = os.urandom(4 * MB)
_random = random.Random(20261123)
_count = 0
_model: object = None
_table: dict[int, int] = {}
_seen: set[bytes] = set()
_common: list[bytes] = []
_lock = threading.Lock()


def noise(size: int) -> bytes:
    start = _random.randrange(MB)
    piece = _block[start : start + size]
    while len(piece) < size:
        piece += _block[: size - len(piece)]
    return os.urandom(8) + piece[8:]


def encoded() -> object:
    return [noise(2_610_000) for _ in range(30)]


def decoded() -> object:
    from PIL import Image

    return [Image.frombytes("RGB", (1024, 1024), noise(3 * 1024 * 1024)) for _ in range(5)]


def base64_fragmenting() -> object:
    """Answers of an API: text that is parsed, decoded and thrown away; some of it is kept."""
    kept = []
    for _ in range(12):
        body = json.dumps(
            {"image": b64encode(noise(_random.randrange(60_000, 1_500_000))).decode()}
        )
        kept.append(json.loads(body)["image"])
    return kept


def small_objects() -> object:
    return [{"id": n, "name": f"object {n}", "box": [n, n + 1, n + 2]} for n in range(30_000)]


def tiny() -> object:
    return noise(300_000)


def unequal() -> object:
    return noise(round(_random.uniform(5, 35) * MB))


def uniform() -> object:
    """Below the size from which the allocator gives memory back: the heap goes up in leaps."""
    return noise(round(_random.uniform(1, 8) * MB))


def doubling_table() -> None:
    """What all sessions put into one table, which doubles now and then."""
    for number in range(20_000):
        _table[len(_table)] = number


def lognormal() -> object:
    return noise(round(min(300, _random.lognormvariate(2.3, 0.8)) * MB))


def growing() -> object:
    global _count
    _count += 1
    return noise(10 * MB + _count * MB // 2)


def growing_by_factor() -> object:
    global _count
    _count += 1
    return noise(round(8 * MB * 1.05**_count))


def shared_model() -> object:
    """What the first session loads; those who come with it wait, and do not load it too."""
    global _model
    with _lock:
        if _model is None:
            _model = noise(150 * MB)
    return [noise(9 * MB)]


def short_peak() -> object:
    kept = noise(12 * MB)
    thrown = noise(60 * MB)
    return kept[: len(thrown)]


def edit() -> object:
    """One edit as an app does it: upload, JSON with base64, answer, decode, thumbnail."""
    from PIL import Image

    picture = noise(2 * MB)
    body = json.dumps({"data": b64encode(picture).decode(), "text": "x" * 1000}).encode()
    answer = json.loads(body)["data"]
    image = Image.frombytes("RGB", (800, 800), noise(3 * 800 * 800))
    out = io.BytesIO()
    image.resize((80, 80)).save(out, "PNG")
    return [picture, answer[:1_000_000], out.getvalue()]


def periodic() -> object:
    """Every fifth is four times as large."""
    global _count
    _count += 1
    return noise((32 if _count % 5 == 0 else 8) * MB)


def rare_peak() -> object:
    """Every eighth needs much more for a moment."""
    global _count
    _count += 1
    kept = noise(3 * MB)
    if _count % 8 == 0:
        noise(40 * MB)
    return kept


@functools.lru_cache(maxsize=40)
def _cached(_number: int) -> bytes:
    return noise(3 * MB)


def filling_cache() -> object:
    """What is common to all grows with the first forty sessions."""
    global _count
    _count += 1
    _cached(_count)
    return noise(2 * MB)


def late_model() -> object:
    """The sixth session loads what all share."""
    return _with_model_at(6, 40 * MB)


def _with_model_at(number: int, size: int) -> object:
    global _count, _model
    _count += 1
    if _count == number:
        _model = noise(size)
    return noise(4 * MB)


def large() -> object:
    """So large that only two or three fit into a small group."""
    return [noise(2_610_000) for _ in range(45)]


def large_peak() -> object:
    """Many times as much is needed for a moment as is kept."""
    kept = noise(2 * MB)
    thrown = noise(12 * MB)
    return kept[: len(thrown)]


def even_peak() -> object:
    """As much is needed for a moment as is kept."""
    kept = noise(8 * MB)
    thrown = noise(8 * MB)
    return kept[: len(thrown)]


def small_peak() -> object:
    kept = noise(9 * MB)
    thrown = noise(3 * MB)
    return kept[: len(thrown)]


def peak_that_waits() -> object:
    """Somebody else is asked while the peak lasts."""
    kept = noise(3 * MB)
    thrown = noise(20 * MB)
    time.sleep(_random.uniform(0.002, 0.02))
    return kept[: len(thrown)]


def thumbnail() -> object:
    """A picture is decoded, made small and kept as it came."""
    from PIL import Image

    with _lock:
        picture = _picture()
    with Image.open(io.BytesIO(picture)) as image:
        image.thumbnail((320, 320))
        out = io.BytesIO()
        image.save(out, "JPEG")
    return [picture + noise(100_000), out.getvalue()]


@functools.cache
def _picture() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.frombytes("RGB", (2400, 1600), noise(3 * 2400 * 1600)).save(out, "PNG", compress_level=1)
    return out.getvalue()


def converter() -> object:
    """A program of 60 MB is run and waited for: it is gone when the session is complete."""
    program = "held = bytearray(b'x') * 60_000_000"
    if subprocess.run([sys.executable, "-S", "-c", program], check=False).returncode:
        os.kill(os.getpid(), signal.SIGKILL)  # the kernel took the larger of the two
    return noise(5 * MB)


def rare_converter() -> object:
    """Every sixth runs it."""
    global _count
    _count += 1
    return converter() if _count % 6 == 0 else noise(5 * MB)


def last_model() -> object:
    """The twentieth loads what does not fit any more, though all before were small and equal."""
    return _with_model_at(20, 140 * MB)


def growing_set() -> object:
    """What all have seen is in one set, which grows to four times its size, and later to twice."""
    _seen.update(hashlib.sha256(os.urandom(8)).digest() for _ in range(8_000))
    return noise(100_000)


def report_left_out() -> object:
    """Every 55th needs a report for a moment, and goes on without it where memory is refused."""
    global _count
    _count += 1
    kept = noise(4 * MB)
    if _count % 55 == 0:
        with contextlib.suppress(MemoryError):
            noise(150 * MB)
    return kept


def large_35th() -> object:
    """Small ones are opened by the many; one of these needs more for a moment than there is."""
    global _count
    _count += 1
    kept = noise(300_000)
    if _count == 35:
        noise(390 * MB)
    return kept


def report_30th() -> object:
    """Every thirtieth makes a report of all."""
    kept = noise(4 * MB)
    _common.append(kept)
    if len(_common) % 30 == 0:
        b"".join(_common)
    return kept


def two_models() -> object:
    """The first and the second load a model each, and need as much again while they do."""
    if len(_common) < 2:
        _common.append(noise(50 * MB))
    return noise(3 * MB)
