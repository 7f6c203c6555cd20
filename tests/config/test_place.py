"""Which file is really meant."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from stresstune.config.place import find_place
from stresstune.errors import ConfigError


def test_links_are_followed_to_the_file(tmp_path: Path):
    (tmp_path / "link.toml").symlink_to("folder/app.toml")
    found = find_place(tmp_path / "link.toml")
    assert found.name == str(tmp_path / "link.toml")
    assert found.real == str(tmp_path / "folder" / "app.toml")
    assert found.state == str(tmp_path / "folder" / ".stresstune")
    assert found.config == "app.toml"


def test_elsewhere_a_config_is_called_by_its_full_path(workshop: Path, tmp_path: Path):
    assert find_place(workshop, tmp_path / "state").config == str(workshop)
    assert find_place(workshop, tmp_path / ".stresstune").config == "workshop.toml"


def test_a_link_to_itself_is_refused(tmp_path: Path):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(ConfigError, match="leads back to itself"):
        find_place(tmp_path / "loop")


def test_a_link_that_cannot_be_read_is_never_taken_for_the_file(
    workshop: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_args: object, **_kwargs: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os.path, "realpath", fail)
    with pytest.raises(ConfigError, match="cannot be reached: Input/output error"):
        find_place(workshop)
