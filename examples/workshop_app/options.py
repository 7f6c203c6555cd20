"""What can be set from outside, apart from the knobs in workshop.toml."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Keep = Literal["encoded", "decoded"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """The app's own options; each is an environment variable of the name that is given.

    Attributes:
        config: ``STRESSTUNE_CONFIG``: the file with the knobs.
        keep: ``WORKSHOP_KEEP``: pictures are kept ``encoded`` (as they came) or ``decoded`` (as
            pixels: ready for a filter, and many times larger).
        model: ``WORKSHOP_MODEL``: who writes the captions.
        places: ``WORKSHOP_PLACES``: calls to the API that one worker has open at a time; the next
            one is answered with 503. 0 is no limit.
        max_pictures: ``WORKSHOP_MAX_PICTURES``: for one session.
        max_upload_bytes: ``WORKSHOP_MAX_UPLOAD_BYTES``: size of one picture.
        idle_seconds: ``WORKSHOP_IDLE_SECONDS``: a session that is not used for so long is ended.
        redis_url: ``REDIS_URL``: keep the sessions there.
        worker: Number of this worker; set by the command that starts the workers.
        run_folder: Where the workers of one server meet; likewise.
    """

    config: str = "workshop.toml"
    keep: Keep = "encoded"
    model: str = "gemini-2.5-flash"
    places: int = 0
    max_pictures: int = 40
    max_upload_bytes: int = 20_000_000
    idle_seconds: float = 3600.0
    redis_url: str = ""
    worker: int = 0
    run_folder: str = ""


def read_options(environ: Mapping[str, str] = os.environ) -> Options:
    """Read the options from the environment.

    Raises:
        ValueError: One of them cannot be.
    """
    keep = environ.get("WORKSHOP_KEEP", "encoded")
    if keep not in {"encoded", "decoded"}:
        raise ValueError(f"WORKSHOP_KEEP is {keep!r}: it must be encoded or decoded")
    return Options(
        config=environ.get("STRESSTUNE_CONFIG", "workshop.toml"),
        keep="decoded" if keep == "decoded" else "encoded",
        model=environ.get("WORKSHOP_MODEL", "gemini-2.5-flash"),
        places=_count(environ, "WORKSHOP_PLACES", 0),
        max_pictures=_count(environ, "WORKSHOP_MAX_PICTURES", 40),
        max_upload_bytes=_count(environ, "WORKSHOP_MAX_UPLOAD_BYTES", 20_000_000),
        idle_seconds=float(_count(environ, "WORKSHOP_IDLE_SECONDS", 3600)),
        redis_url=environ.get("REDIS_URL", ""),
        worker=_count(environ, "WORKSHOP_WORKER", 0),
        run_folder=environ.get("WORKSHOP_RUN_FOLDER", ""),
    )


def _count(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "").strip()
    if text and not text.isdecimal():
        raise ValueError(f"{name} is {text!r}: it must be a whole number, 0 or more")
    return int(text) if text else default
