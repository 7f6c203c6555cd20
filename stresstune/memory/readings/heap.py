"""What the sessions' process says of its own heap after a step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Heap:
    """What nobody can see from outside.

    Attributes:
        free_bytes: What the allocator has free for what comes; 0 where it does not tell.
        peaks_bytes: Where several threads make sessions: high-water marks between the end of one
            session and of the next, above (or below) what is resident at the end of the step.
        left_bytes: What a hard stop left before the step; without end where none was set.
    """

    free_bytes: int = 0
    peaks_bytes: tuple[int, ...] = ()
    left_bytes: float = math.inf

    @classmethod
    def said(cls, words: Sequence[str], *, left_bytes: float = math.inf) -> Self:
        """Read the last words of an answer: ``FREE`` and ``PEAK,PEAK,…``, or fewer.

        >>> Heap.said(["4096", "100,-20"])
        Heap(free_bytes=4096, peaks_bytes=(100, -20), left_bytes=inf)
        >>> Heap.said(["4096"])
        Heap(free_bytes=4096, peaks_bytes=(), left_bytes=inf)
        """
        free, *marks = words or ["0"]
        peaks = tuple(int(peak) for peak in marks[0].split(",")) if marks else ()
        return cls(int(free), peaks, left_bytes)
