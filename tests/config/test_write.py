"""Replacing a file, and what may go wrong."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stresstune.config.apply import change
from stresstune.config.files import write_all
from stresstune.config.history import history
from stresstune.config.rollback import rollback
from stresstune.config.turn import settle
from stresstune.config.write import clean_up, replace, temporary_of
from stresstune.errors import StalePlan, WriteError
from tests.config.builders import recommendation

OLD, NEW = b"a = 1\n", b"a = 2222\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "app.toml"
    path.write_bytes(OLD)
    return path


def fail_with(number: int) -> Callable[..., Any]:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def write(config: Path, old: bytes | None = OLD, **options: Any) -> str:
    return replace(str(config), old, NEW, **{"like": str(config), **options})


def test_a_file_that_is_not_the_old_one_is_left_alone(config: Path):
    config.write_bytes(b"mine = true\n")
    with pytest.raises(StalePlan, match="their version stays"):
        write(config)
    assert config.read_bytes() == b"mine = true\n"
    assert not Path(temporary_of(str(config))).exists()


def test_a_file_that_should_not_be_there_is_not_overwritten(config: Path):
    with pytest.raises(StalePlan):
        write(config, None)
    assert config.read_bytes() == OLD


def test_a_pipe_is_no_config(config: Path):
    config.unlink()
    os.mkfifo(config)
    with pytest.raises(WriteError, match="no regular file"):
        write(config)


def test_what_a_killed_writer_left_is_removed(config: Path):
    assert not clean_up(str(config))
    Path(temporary_of(str(config))).write_text("half")
    assert clean_up(str(config))


def test_a_planted_link_is_not_followed(config: Path, tmp_path: Path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    Path(temporary_of(str(config))).symlink_to(victim)
    write(config)
    assert victim.read_text() == "precious"
    assert config.read_bytes() == NEW


def test_a_short_write_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda fd, data, at: real(fd, bytes(data)[:3], at))
    fd = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    write_all(fd, b"0123456789")
    os.close(fd)
    assert (tmp_path / "file").read_bytes() == b"0123456789"


def test_the_folder_may_refuse_to_be_flushed(config: Path, monkeypatch: pytest.MonkeyPatch):
    real = os.fsync
    folder = config.parent.stat().st_ino

    def fsync(fd: int) -> None:
        if os.fstat(fd).st_ino == folder:
            raise OSError(errno.EINVAL, "Invalid argument")
        real(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    assert write(config) == "replaced"


def test_a_disk_that_fails_after_the_swap_gets_the_old_bytes_back(
    config: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("stresstune.config.write._sync_folder", fail_with(errno.EIO))
    with pytest.raises(WriteError, match=r"Input/output error\. It is as it was"):
        write(config)
    assert config.read_bytes() == OLD
    config.unlink()
    with pytest.raises(WriteError, match="It is as it was"):
        write(config, None, like=str(config.parent))
    assert not config.exists()


def test_a_disk_that_fails_for_good_is_said_plainly(config: Path, monkeypatch: pytest.MonkeyPatch):
    def fail_once_written(_real: str) -> None:
        monkeypatch.setattr(os, "pwrite", fail_with(errno.EIO))
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("stresstune.config.write._sync_folder", fail_once_written)
    with pytest.raises(WriteError, match="the old bytes could not be brought back"):
        write(config)


def test_a_change_by_somebody_else_in_that_very_moment_stays(
    config: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(
        "stresstune.config.write._sync_folder", lambda _real: config.write_bytes(b"mine = 1\n")
    )
    with pytest.raises(StalePlan, match="in the moment when it was written"):
        write(config)
    assert config.read_bytes() == b"mine = 1\n"


def test_a_file_without_attributes_is_copied_without_them(
    config: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(os, "listxattr", fail_with(errno.ENOTSUP))
    assert write(config) == "replaced"


def test_a_file_whose_attributes_cannot_be_read_keeps_them_by_being_overwritten(
    config: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(os, "listxattr", fail_with(errno.EACCES))
    assert write(config) == "in_place"
    assert config.read_bytes() == NEW


@pytest.mark.parametrize("call", ["getxattr", "setxattr"])
def test_a_file_with_an_attribute_that_may_not_be_copied_keeps_it_by_being_overwritten(
    config: Path, monkeypatch: pytest.MonkeyPatch, call: str
):
    values = {str(config): b"ours"}
    monkeypatch.setattr(os, "listxattr", lambda path: ["security.x"] if path in values else [])
    monkeypatch.setattr(os, "getxattr", lambda path, _name: values.get(path, b"inherited"))
    monkeypatch.setattr(os, call, fail_with(errno.EPERM))
    assert write(config) == "in_place"
    assert config.read_bytes() == NEW
    config.write_bytes(OLD)
    monkeypatch.setattr(os, call, fail_with(errno.EIO))
    with pytest.raises(WriteError):
        write(config)
    assert config.read_bytes() == OLD


def test_a_label_that_the_system_gives_by_itself_need_not_be_copied(
    config: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(os, "listxattr", lambda _path: ["security.x"])
    monkeypatch.setattr(os, "getxattr", lambda _path, _name: b"the same")
    monkeypatch.setattr(os, "setxattr", fail_with(errno.EPERM))
    assert write(config) == "replaced"


def test_an_attribute_that_has_just_gone_is_not_missed(
    config: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(os, "listxattr", lambda _path: ["user.x"])
    monkeypatch.setattr(os, "getxattr", fail_with(errno.ENODATA))
    assert write(config) == "replaced"


def test_a_file_that_comes_back_may_lack_an_attribute_of_the_journal(
    config: Path, monkeypatch: pytest.MonkeyPatch
):
    like = config.parent / "journal.db"
    like.touch()
    config.unlink()
    monkeypatch.setattr(os, "listxattr", lambda path: ["security.x"] if path == str(like) else [])
    monkeypatch.setattr(os, "getxattr", fail_with(errno.EPERM))
    assert write(config, None, like=str(like)) == "replaced"
    assert config.read_bytes() == NEW


@pytest.mark.parametrize("number", [errno.EBUSY, errno.EACCES])
def test_a_file_that_cannot_be_replaced_is_overwritten_after_a_warning(
    config: Path, monkeypatch: pytest.MonkeyPatch, number: int
):
    monkeypatch.setattr(os, "replace", fail_with(number))
    told: list[bytes] = []
    way = write(config, before_in_place=lambda: told.append(config.read_bytes()))
    assert way == "in_place"
    assert told == [OLD]
    assert config.read_bytes() == NEW


def test_a_change_just_before_the_overwriting_stays(config: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "replace", fail_with(errno.EBUSY))
    with pytest.raises(StalePlan):
        write(config, before_in_place=lambda: config.write_bytes(b"mine = 1\n"))
    assert config.read_bytes() == b"mine = 1\n"


def test_a_file_that_is_gone_cannot_be_made_in_a_closed_folder(
    config: Path, monkeypatch: pytest.MonkeyPatch
):
    config.unlink()
    monkeypatch.setattr(os, "replace", fail_with(errno.EACCES))
    with pytest.raises(WriteError, match="cannot be made, since its folder is closed"):
        write(config, None, like=str(config.parent))
    assert list(config.parent.iterdir()) == []


def test_an_overwriting_that_finds_the_disk_full_leaves_the_old_bytes(
    config: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(os, "replace", fail_with(errno.EBUSY))
    monkeypatch.setattr(os, "posix_fallocate", fail_with(errno.ENOSPC))
    with pytest.raises(WriteError, match=r"No space left on device \(in place, since it is a mou"):
        write(config)
    assert config.read_bytes() == OLD


def test_an_overwriting_that_breaks_for_good_is_mended_by_the_next_command(
    workshop: Path, monkeypatch: pytest.MonkeyPatch
):
    before = workshop.read_bytes()

    real, file = os.pwrite, workshop.stat().st_ino

    def tear(fd: int, data: bytes, offset: int) -> int:
        if os.fstat(fd).st_ino == file:
            if b"= 9 " in bytes(data):
                real(fd, bytes(data)[:60], offset)
            raise OSError(errno.EIO, "Input/output error")
        return real(fd, data, offset)

    monkeypatch.setattr(os, "replace", fail_with(errno.EBUSY))
    monkeypatch.setattr(os, "pwrite", tear)
    with pytest.raises(WriteError, match="the file is half written"):
        change(workshop, recommendation(max_concurrent_sessions=9))
    monkeypatch.undo()
    assert workshop.read_bytes() != before
    assert "the old file is back" in settle(workshop)[0]
    assert workshop.read_bytes() == before
    assert history(workshop)[0].state == "undone"


def test_a_file_that_comes_back_has_no_more_readers_than_before(workshop: Path):
    workshop.chmod(0o600)
    change(workshop, recommendation())
    workshop.unlink()
    rollback(workshop)
    assert workshop.stat().st_mode & 0o777 == 0o600
