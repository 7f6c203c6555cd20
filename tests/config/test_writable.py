"""Told before anything is measured: a place in which nothing can be kept."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from stresstune.config.writable import check_writable
from stresstune.errors import WriteError


@pytest.mark.parametrize(
    ("flags", "is_folder", "reason"),
    [
        (os.ST_RDONLY, True, errno.EROFS),
        (0, True, errno.EACCES),
        (0, False, errno.ENOTDIR),
    ],
)
def test_why_the_journal_cannot_be_kept_is_told_with_the_way_out(
    workshop: Path, monkeypatch: pytest.MonkeyPatch, flags: int, is_folder: bool, reason: int
):
    home = workshop.parent / "elsewhere"
    home.mkdir() if is_folder else home.write_text("")
    may = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: Path(path) != home and may(path, mode)
    )  # as root, no mode closes a folder
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_flag=flags))
    with pytest.raises(WriteError, match=f"{os.strerror(reason)}.*--state-dir"):
        check_writable(workshop, state_dir=home / "state")
