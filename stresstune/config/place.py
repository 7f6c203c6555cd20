"""Which file is really meant, and where its journal lives."""

from __future__ import annotations

import os
from pathlib import Path

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
    def database(self) -> Path:
        """The journal."""
        return Path(self.state) / "journal.db"

    @property
    def lock(self) -> Path:
        """The file whose lock a writer holds."""
        return Path(self.state) / "lock"


def find_place(
    path: str | os.PathLike[str], state_dir: str | os.PathLike[str] | None = None
) -> Place:
    """Resolve links and find the state; nothing is made, and the file need not exist.

    Raises:
        ConfigError: The path is a link that leads back to itself.
    """
    name = os.fspath(path)
    try:
        real = Path(os.path.realpath(name))
        looping = real.is_symlink()
    except (OSError, RuntimeError) as error:  # pragma: no cover - newer Pythons raise here
        raise ConfigError(f"{name} cannot be resolved: {error}", path=name) from error
    if looping:
        raise ConfigError(f"{name} is a symbolic link that leads back to itself", path=name)
    beside = real.parent / STATE_DIR
    state = beside if state_dir is None else Path(os.path.realpath(state_dir))
    return Place(
        name=name,
        real=str(real),
        state=str(state),
        config=real.name if state == beside else str(real),
    )
