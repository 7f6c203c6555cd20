"""Kinds of sessions that are drawn at random, so that nobody can have tuned anything to them.

`kind_31` is what the seed 31 makes: how much is kept and thrown away, how unequal, in how many
pieces, by what kind of work, and with what waiting.
"""

from __future__ import annotations

import json
import random
import time
import zlib
from base64 import b64encode
from collections.abc import Callable

from truth_kinds import noise

MB = 10**6


def _text(size: int) -> object:
    return json.loads(json.dumps({"image": b64encode(noise(size // 3)).decode()}))


def _objects(size: int) -> object:
    return [{"number": number, "name": str(number)} for number in range(size // 300)]


def _picture(size: int) -> object:
    from PIL import Image

    side = max(8, round((size / 7) ** 0.5))
    image = Image.frombytes("RGB", (side, side), noise(3 * side * side))
    return image.resize((side // 2, side // 2))


WORK: dict[str, Callable[[int], object]] = {
    "bytes": noise,
    "text": _text,
    "pieces": lambda size: [noise(max(100, size // 50)) for _ in range(50)],
    "objects": _objects,
    "packed": lambda size: zlib.compress(noise(size), 1),
    "picture": _picture,
}


class Drawn:
    """Makes sessions of one kind."""

    def __init__(self, seed: int) -> None:
        draw = random.Random(seed)
        self._kept_bytes = 10 ** draw.uniform(5.6, 6.9)
        self._unequal = draw.choice([0, 0, 0.3, 0.7])
        self._pieces = draw.choice([1, 1, 3, 20])
        self._thrown_bytes = min(40 * MB, self._kept_bytes * 10 ** draw.uniform(-0.7, 0.9))
        self._work = draw.choice(list(WORK))
        self._thrown_unequal = draw.choice([0, 0.3, 0.6])
        self._waits = draw.choice(["never", "never", "evenly", "by chance", "computing"])
        self._seconds = 10 ** draw.uniform(-3, -1.6)
        self._within = draw.choice([True, False])
        self._every = draw.choice([1, 1, 1, 4])
        self._draw = draw
        self._count = 0

    def __str__(self) -> str:
        return (
            f"keeps {self._kept_bytes / MB:.1f} MB (±{self._unequal:g}) in {self._pieces}, "
            f"throws away {self._thrown_bytes / MB:.1f} MB (±{self._thrown_unequal:g}) of "
            f"{self._work} every {self._every}, waits {self._waits} {self._seconds * 1000:.0f} ms"
        )

    def __call__(self) -> object:
        self._count += 1
        size = self._about(self._kept_bytes, self._unequal) // self._pieces
        kept = [noise(size) for _ in range((self._pieces + 1) // 2)]
        if self._count % self._every == 0:
            thrown = WORK[self._work](self._about(self._thrown_bytes, self._thrown_unequal))
            self._wait(here=self._within)
            del thrown
        kept += [noise(size) for _ in range(self._pieces // 2)]
        self._wait(here=not self._within)
        return kept

    def _about(self, size: float, unequal: float) -> int:
        return round(size * self._draw.lognormvariate(-unequal * unequal / 2, unequal))

    def _wait(self, *, here: bool) -> None:
        if not here or self._waits == "never":
            return
        if self._waits == "computing":
            until = time.thread_time() + self._seconds
            while time.thread_time() < until:
                sum(range(1000))
        elif self._waits == "evenly":
            time.sleep(self._seconds)
        else:
            time.sleep(min(5 * self._seconds, self._draw.expovariate(1 / self._seconds)))


def __getattr__(name: str) -> Drawn:
    word, _, seed = name.partition("_")
    if word != "kind" or not seed.isdigit():
        raise AttributeError(name)
    return globals().setdefault(name, Drawn(int(seed)))
