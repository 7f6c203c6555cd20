"""Sessions: what a student has, and who keeps it."""

from dataclasses import dataclass
from typing import Literal, Protocol

from examples.workshop_app.pictures import Upload

Kind = Literal["original", "thumbnail", "preview"]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture of a session, as its owner is told of it.

    Attributes:
        number: Its place in the session, from 0.
        width: In pixels.
        height: In pixels.
        caption: What the API said, or "".
    """

    number: int
    width: int
    height: int
    caption: str = ""


@dataclass(frozen=True, kw_only=True)
class View:
    """A session, as its owner sees it.

    Attributes:
        slow: It is in slow mode.
        pictures: In the order in which they came.
    """

    slow: bool
    pictures: tuple[Picture, ...]


class TooManyPicturesError(Exception):
    """The session holds as many pictures as it may."""


class NoRoomError(Exception):
    """Whoever keeps the sessions has no memory left."""


class Store(Protocol):
    """Keeps the sessions; ids are secrets that nobody can guess.

    A call for a session that is not there is answered with None or does nothing: sessions end
    whenever their owner leaves, is idle for too long, or the process is lost.
    """

    limit: int

    async def open(self, *, slow: bool) -> str | None:
        """Open a session and return its id, or None where the house is full."""

    async def look(self, session: str) -> View | None:
        """Return a session, which counts as using it."""

    async def set_slow(self, session: str, *, slow: bool) -> None:
        """Switch slow mode on or off."""

    async def add(self, session: str, upload: Upload) -> Picture | None:
        """Keep a picture.

        Raises:
            TooManyPicturesError: The session holds as many as it may.
            NoRoomError: There is no memory left.
        """

    async def fetch(self, session: str, number: int, kind: Kind) -> tuple[bytes, str] | None:
        """Return a picture and its content type."""

    async def set_caption(self, session: str, number: int, caption: str) -> None:
        """Keep what the API said of a picture."""

    async def begin_call(self, session: str) -> bool:
        """Reserve the one call that a session may have under way; False where there is one."""

    async def end_call(self, session: str) -> None:
        """Give it back."""

    async def close(self, session: str) -> None:
        """End a session and free what it held."""

    async def taken(self) -> int:
        """Return how many seats are taken."""

    async def sweep(self) -> None:
        """End the sessions that were idle for too long."""

    async def aclose(self) -> None:
        """Let go of everything."""
