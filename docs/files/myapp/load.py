"""A user of the app, for `--open-session`; and a handful of them that come one after the other.

``python -m myapp.load http://127.0.0.1:8000``
"""

import os
import sys
import time
import urllib.request


async def open_session(base_url: str) -> str:
    """Join with a photo of 8 MB, and return what must be kept for it."""
    join(base_url)
    return "a cookie, say"


def join(base_url: str) -> None:
    """Send the photo; an answer of 400 and more raises."""
    photo = os.urandom(8_000_000)
    urllib.request.urlopen(f"{base_url}/join", data=photo, timeout=20).close()


if __name__ == "__main__":
    for _ in range(12):
        join(sys.argv[1])
        time.sleep(0.4)
