"""Sessions as this app keeps them."""

import os


def open_session() -> dict[str, object]:
    """Return what one user holds after a busy hour: eight uploads and their previews."""
    return {
        "uploads": [os.urandom(1_400_000) for _ in range(8)],
        "previews": [os.urandom(60_000) for _ in range(8)],
    }
