"""Which file is really meant, and where its journal lives.

Paths are text here: a startup check has no time to load pathlib.
"""

from __future__ import annotations

import errno
import os

from stresstune.errors import ConfigError
from stresstune.model.record import Record

STATE_DIR = ".stresstune"
"""Name of the folder beside the config that holds the journal and the lock."""


class Place(Record, frozen=True, kw_only=True):
    """One config and its state.

    Attributes:
        name: The config, as the caller named it; for messages.
        real: The file itself, links resolved.
        state: Folder of the journal and the lock.
        config: What the journal calls this config: its name where the journal lies beside it (so
            that the folder can be moved), else its full path.
    """

    name: str
    real: str
    state: str
    config: str

    @property
    def database(self) -> str:
        """The journal."""
        return os.path.join(self.state, "journal.db")

    @property
    def lock(self) -> str:
        """The file whose lock a writer holds."""
        return os.path.join(self.state, "lock")


def find_place(
    path: str | os.PathLike[str], state_dir: str | os.PathLike[str] | None = None
) -> Place:
    """Resolve links and find the state; nothing is made, and the file need not exist.

    Raises:
        ConfigError: The path is a link that leads back to itself, or cannot be followed.
    """
    name = os.fspath(path)
    real = _resolve(name)
    folder, own_name = os.path.split(real)
    beside = os.path.join(folder, STATE_DIR)
    state = beside if state_dir is None else os.path.realpath(state_dir)
    return Place(
        name=name,
        real=real,
        state=state,
        config=printable(own_name if state == beside else real),
    )


def is_there(path: str) -> bool:
    """Tell whether there is something at a path.

    Raises:
        OSError: That cannot be told: a folder on the way may not be entered, say.
    """
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def printable(text: str) -> str:
    r"""Return a text with every byte of a file name that is no UTF-8 written out.

    >>> printable("caf\udce9.toml")
    'caf\\xe9.toml'
    """
    return text.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _resolve(name: str) -> str:
    """Follow every link; one that cannot be followed is never taken for the file itself."""
    try:
        return os.path.realpath(name, strict=True)
    except FileNotFoundError:
        return os.path.realpath(name)
    except OSError as error:
        if error.errno == errno.ELOOP:
            why = "is a symbolic link that leads back to itself"
        else:
            why = f"cannot be reached: {error.strerror}"
        raise ConfigError(f"{name} {why}", path=name) from error
