"""Measure the sessions of your own app, and not simulated ones.

    python examples/own_session_factory.py

On the command line the same is
``stresstune probe memory --factory own_session_factory:open_session``, run in this folder.
"""

import io
import os

from PIL import Image

import stresstune


class Session:
    """What this app keeps for one student: every upload as it came, and a small preview of it."""

    def __init__(self) -> None:
        self.uploads: list[bytes] = []
        self.previews: list[Image.Image] = []

    def upload(self, picture: bytes) -> None:
        """Keep a picture, and make its preview: the code whose memory is to be measured."""
        with Image.open(io.BytesIO(picture)) as image:
            image.thumbnail((320, 320))
            self.previews.append(image.copy())
        self.uploads.append(picture)


def open_session() -> Session:
    """Open one session as a busy student fills it; stresstune keeps what is returned."""
    session = Session()
    for _ in range(5):
        session.upload(photo())
    return session


def photo() -> bytes:
    """Return a JPEG of 1200 x 900 pixels that no other one shares a page with."""
    picture = io.BytesIO()
    noise = Image.frombytes("RGB", (300, 225), os.urandom(300 * 225 * 3))
    noise.resize((1200, 900)).save(picture, "JPEG", quality=92)
    return picture.getvalue()


if __name__ == "__main__":
    found = stresstune.probe_memory(
        stresstune.Workload(sessions=30),
        source=stresstune.Factory("own_session_factory:open_session", concurrency=4),
        limit_bytes=512 * 2**20,
    )
    each = found.bytes_per_session
    print(f"one session keeps {each / 1e6:.1f} MB" if each else found.error)
    print(f"{found.sessions_that_fit} fit in {found.limit_source}; {found.safe_sessions} are safe")
