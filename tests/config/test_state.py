"""The folder in which journal and lock live."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from stresstune.config.place import find_place
from stresstune.config.state import make_state_dir
from stresstune.errors import WriteError


def test_a_full_disk_leaves_no_folder_that_a_repository_would_take_in(
    workshop: Path, monkeypatch: pytest.MonkeyPatch
):
    place = find_place(workshop)

    def write_nothing(file: Path, _text: str) -> None:
        file.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", write_nothing)
        with pytest.raises(WriteError, match="No space left"):
            make_state_dir(place)
    assert not Path(place.state).exists()
    make_state_dir(place)
    assert (Path(place.state) / ".gitignore").read_text().endswith("*\n")
