"""The Gemini API, emulated: the real SDK talks to it over HTTP, and it counts.

Why it is its own server on bare sockets and not an ASGI app: it has to break the wire (resets,
half bodies), which an ASGI server does not let its app do. Why it runs in a process of its own:
in the caller's event loop it added 30 to 57 ms to the median of a burst of 50, in its own 10
to 15.

Quotas (``quotas``, ``limits``, ``admission``) and bodies (``question``, ``answers``, ``bodies``,
``rejections``) are pure; the service (``service``, ``door``, ``generate``) knows time but no wire;
``wire`` knows the wire but no Gemini.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stresstune.emulator.counts import Counts, ModelCounts
from stresstune.emulator.limits import Pace, Quotas, TrueLimit
from stresstune.emulator.options import parse_profile, tailor
from stresstune.emulator.presets import PROFILES
from stresstune.emulator.process import Emulator, running_emulator
from stresstune.emulator.profile import Errors, Faults, Profile

if TYPE_CHECKING:
    from stresstune.emulator.server import serve

__all__ = [
    "PROFILES",
    "parse_profile",
    "tailor",
    "running_emulator",
    "serve",
    "Emulator",
    "Counts",
    "ModelCounts",
    "TrueLimit",
    "Profile",
    "Quotas",
    "Pace",
    "Errors",
    "Faults",
]


def __getattr__(name: str) -> object:
    if name == "serve":
        from stresstune.emulator.server import serve  # noqa: PLC0415 - anyio and h11 only to serve

        return serve
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
