"""The startup check: do the values in force still fit here?"""

from __future__ import annotations

import os

from stresstune.config.check import check_config
from stresstune.model.fingerprint import Check, Fingerprint
from stresstune.workflow.here import fingerprint
from stresstune.workflow.switch import is_switched_off

TYPE_CHECKING = False
if TYPE_CHECKING:
    from stresstune.config.place import Place
    from stresstune.config.schema import Config
    from stresstune.model.brief import Values

    Path = str | os.PathLike[str]


def check(
    path: Path = "workshop.toml",
    *,
    limit_bytes: int | None = None,
    state_dir: Path | None = None,
) -> Check:
    """Compare the values in force with the last measurement, and that with here and now.

    No load, no network, no child process; it may be called inside of a running event loop. Nothing
    is written, so that every worker may call it at once, where the folder is read-only too: an
    apply that was interrupted is named, and left to the next command (``stresstune check`` is one).

    Args:
        path: The config.
        limit_bytes: Memory to reckon with, if that is less than what there is.
        state_dir: Folder of the journal, if not ``.stresstune/`` beside the config.

    Raises:
        ConfigError: The config cannot be read, or a value in force is not allowed.
        ValueError: The limit is not above 0 bytes.

    >>> found = check("workshop.toml")
    >>> found.ok, found.status
    (False, 'never_tuned')
    """
    if is_switched_off():
        return Check(status="off", ok=True, findings=("STRESSTUNE=off: nothing was checked",))

    def where(config: Config) -> Fingerprint:
        key = os.environ.get("GOOGLE_API_KEY") or os.environ.get("GEMINI_API_KEY") or ""
        return fingerprint(config, limit_bytes=limit_bytes, model=config.api.model, key=key.strip())

    return check_config(path, where, rescale=_rescaled, state_dir=state_dir)


async def acheck(
    path: Path = "workshop.toml",
    *,
    limit_bytes: int | None = None,
    state_dir: Path | None = None,
) -> Check:
    """Do the same as `check` from asynchronous code; it is quick enough to be called in place.

    >>> import anyio
    >>> anyio.run(acheck, "workshop.toml").status
    'never_tuned'
    """
    return check(path, limit_bytes=limit_bytes, state_dir=state_dir)


def _rescaled(place: Place, config: Config, now: Fingerprint) -> Values | None:
    """Work out what would be right here; where all is well, none of this is loaded."""
    from stresstune.workflow.rescaled import rescaled  # noqa: PLC0415 - only where something moved

    return rescaled(place, config, now)
