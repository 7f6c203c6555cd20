"""Whether a config can be written at all, found out before anything is measured for it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from stresstune.config.lock import require_locks
from stresstune.config.place import find_place
from stresstune.config.state import state_error
from stresstune.config.turn import turn
from stresstune.errors import WriteError


def check_writable(
    path: str | os.PathLike[str], *, state_dir: str | os.PathLike[str] | None = None
) -> None:
    """Take a turn at writing, and write nothing; a state folder that is not there is not made.

    Raises:
        WriteError: The file can be neither replaced nor overwritten, or its journal cannot be kept.
        Locked: Another process is writing and does not end in time.
    """
    place = find_place(path, state_dir)
    require_locks(place)
    folder = Path(place.real).parent
    if not os.access(folder, os.W_OK | os.X_OK) and not os.access(place.real, os.W_OK):
        raise WriteError(
            f"{path} cannot be written, neither the file nor its folder, so nothing was measured: "
            "open one of them, or use `stresstune plan` or `apply --emit`, which write nothing"
        )
    state = Path(place.state)
    if state.exists():
        with turn(place):
            return
    home = next(above for above in state.parents if above.exists())
    if not home.is_dir() or not os.access(home, os.W_OK | os.X_OK):
        is_read_only = os.statvfs(home).f_flag & os.ST_RDONLY
        code = errno.EROFS if is_read_only else errno.EACCES if home.is_dir() else errno.ENOTDIR
        raise state_error(place, OSError(code, os.strerror(code)))
