"""The folder in which journal and lock live."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from stresstune.config.files import remove_attribute
from stresstune.config.place import Place
from stresstune.config.way_out import way_out
from stresstune.errors import WriteError

_IGNORE = "# The journal of stresstune: it belongs to this machine, not to the repository.\n*\n"


def make_state_dir(place: Place) -> None:
    """Make the state folder if it is not there, readable by those who can read the config.

    Raises:
        WriteError: It cannot be made; names the option that puts it elsewhere.
    """
    folder = Path(place.state)
    try:
        if folder.is_dir():
            return
        folder.mkdir(parents=True, exist_ok=True)
        _ignore(folder)
        share(place, place.state)
    except OSError as error:
        raise state_error(place, error) from error


def _ignore(folder: Path) -> None:
    """Keep the folder out of repositories, or leave no folder that a later journal would be in."""
    file = folder / ".gitignore"
    try:
        file.write_text(_IGNORE)
    except OSError:  # a full disk leaves an empty file, which would keep nothing out
        with suppress(OSError):
            file.unlink(missing_ok=True)
            folder.rmdir()
        raise


def share(place: Place, path: str) -> None:
    """Give what was made in the state folder the reach of the config: its owner, and its readers.

    The journal holds earlier versions of the config, so nobody may read it who may not read that.
    """
    made = Path(path)
    with suppress(OSError):
        config = Path(place.real).stat()
        readable = config.st_mode & 0o444
        if os.geteuid() == 0:
            os.chown(made, config.st_uid, config.st_gid)
        if hasattr(os, "removexattr"):  # a default ACL of the folder above lets in more people
            for name in ("system.posix_acl_access", "system.posix_acl_default"):
                remove_attribute(path, name)
        made.chmod(0o700 | readable | readable >> 2 if made.is_dir() else 0o600 | readable)


def narrow(place: Place, path: str) -> None:
    """Shut those out of what is kept who cannot read the config (any more); nobody is let in."""
    with suppress(OSError):
        readable = Path(place.real).stat().st_mode & 0o444
        mode = stat.S_IMODE(Path(path).stat().st_mode)
        narrower = mode & (0o600 | readable | readable >> 1)
        if narrower != mode:
            Path(path).chmod(narrower)


def state_error(place: Place, error: Exception) -> WriteError:
    """Build the error for a state folder that cannot be used."""
    reason = getattr(error, "strerror", None) or str(error)
    return WriteError(
        f"the journal of {place.name} cannot be kept in {place.state}: {reason}. Nothing was "
        f"written: {way_out(error)}, or choose another folder with --state-dir"
    )
