"""What the sessions' process says of its own heap after a step."""

from __future__ import annotations

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
        armed: A hard stop was set, so that the kernel may have refused a part of what was wanted.
    """

    free_bytes: int = 0
    peaks_bytes: tuple[int, ...] = ()
    armed: bool = False

    @classmethod
    def said(cls, words: Sequence[str], *, armed: bool = False) -> Self:
        """Read the last words of an answer: ``FREE`` and ``PEAK,PEAK,…``, or fewer.

        >>> Heap.said(["4096", "100,-20"])
        Heap(free_bytes=4096, peaks_bytes=(100, -20), armed=False)
        >>> Heap.said(["4096"])
        Heap(free_bytes=4096, peaks_bytes=(), armed=False)
        """
        free, *marks = words or ["0"]
        peaks = tuple(int(peak) for peak in marks[0].split(",")) if marks else ()
        return cls(int(free), peaks, armed)
