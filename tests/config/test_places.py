"""Real places where writing a file is hard."""

from __future__ import annotations

import os
import shutil
import stat
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from stresstune.config.history import history
from stresstune.config.rollback import rollback
from tests.config.children import NOBODY, ROOT, apply_in_child, is_root, may_mount
from tests.config.conftest import WORKSHOP

needs_mounts = pytest.mark.skipif(not may_mount(), reason="may not mount anything here")
needs_root = pytest.mark.skipif(not is_root(), reason="cannot become another user here")
NEW = WORKSHOP.replace("= 30 ", "= 18 ", 1)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that every user can reach."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@needs_mounts
def test_a_bind_mounted_file_is_rewritten_in_place_and_says_so(workshop: Path, tmp_path: Path):
    mounted = tmp_path / "mounted.toml"
    mounted.write_text("")
    said = apply_in_child(mounted, before=f"mount --bind {workshop} {mounted}")
    assert said.startswith("in_place the file could not be replaced in one step")
    assert workshop.read_text() == NEW
    assert history(mounted)[0].way == "in_place"
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        ".stresstune",
        "mounted.toml",
        "workshop.toml",
    ]


@needs_mounts
def test_the_other_names_of_a_bind_mounted_file_change_with_it(workshop: Path, tmp_path: Path):
    mounted, other = tmp_path / "mounted.toml", tmp_path / "other.toml"
    mounted.write_text("")
    os.link(workshop, other)
    said = apply_in_child(mounted, before=f"mount --bind {workshop} {mounted}")
    assert "2 names (hard links): the other one shows the new values too" in said
    assert other.read_text() == NEW


@needs_mounts
def test_a_bind_mounted_file_that_grows_or_shrinks_is_whole(tmp_path: Path):
    for text in (
        "MAX_CONCURRENT_SESSIONS = 5\n# end\n",
        "MAX_CONCURRENT_SESSIONS = 500000\n# end\n",
    ):
        source, mounted = tmp_path / "source.toml", tmp_path / "mounted.toml"
        source.write_text(text)
        mounted.write_text("")
        apply_in_child(mounted, before=f"mount --bind {source} {mounted}")
        assert source.read_text() == "MAX_CONCURRENT_SESSIONS = 18\n# end\n"


@needs_mounts
def test_a_read_only_file_is_an_error_that_names_the_way_out(workshop: Path):
    bind = f"mount --bind {workshop} {workshop}; mount -o remount,ro,bind {workshop}"
    said = apply_in_child(workshop, before=bind)
    assert said.startswith("WriteError")
    assert "may not be written" in said
    assert "--emit env" in said
    assert workshop.read_text() == WORKSHOP


@needs_mounts
def test_a_read_only_folder_is_an_error_that_names_the_option(workshop: Path, tmp_path: Path):
    bind = f"mount --bind {tmp_path} {tmp_path}; mount -o remount,ro,bind {tmp_path}"
    said = apply_in_child(workshop, before=bind)
    assert said.startswith("WriteError the journal of")
    assert "Read-only file system" in said
    assert "--state-dir" in said
    assert workshop.read_text() == WORKSHOP


@needs_mounts
def test_a_full_disk_leaves_the_old_file_or_the_new_one(tmp_path: Path):
    """Room for 0 to 15 pages is left; what the child saw is copied out of its namespace."""
    folder, seed, after = tmp_path / "small", tmp_path / "seed", tmp_path / "after"
    folder.mkdir()
    seed.write_text(WORKSHOP)
    endings = []
    for room in range(16):
        full = (
            f"mount -t tmpfs -o size=256k none {folder}; cp {seed} {folder}/workshop.toml;"
            f"dd if=/dev/zero of={folder}/fill bs=4k count={63 - room} status=none || true;"
            f'"$@"; cp {folder}/workshop.toml {after}; ls -A {folder} > {tmp_path}/names; exit 0'
        )
        said = apply_in_child(folder / "workshop.toml", before=full)
        endings.append(said.split()[0])
        assert after.read_text() == (NEW if said.startswith("replaced") else WORKSHOP), said
        names = set((tmp_path / "names").read_text().split())
        assert names <= {"workshop.toml", "fill", ".stresstune"}
    assert endings[0] == "WriteError"
    assert endings[-1] == "replaced"


@needs_mounts
@pytest.mark.skipif(shutil.which("mkfs.btrfs") is None, reason="no file system with quotas here")
def test_a_quota_that_is_used_up_is_an_error_that_says_what_to_do(tmp_path: Path):
    """The file system is real, and so is its EDQUOT; what the child saw is copied out of it."""
    image, folder, seed, after, names = map(tmp_path.joinpath, ("image", "disk", "a", "b", "names"))
    folder.mkdir()
    seed.write_text(WORKSHOP)
    subprocess.run(["truncate", "-s", "120M", image], check=True)
    subprocess.run(["mkfs.btrfs", "-q", image], check=True, capture_output=True)
    config, state = folder / "app" / "workshop.toml", tmp_path / "state"
    for room_kib, where, what in ((16, "", "--state-dir"), (16, state, "--emit env")):
        limited = (
            f"mount -o loop {image} {folder}; cd {folder}; btrfs quota enable . >&2;"
            f"test ! -e app || btrfs subvolume delete app >&2; btrfs subvolume create app >&2;"
            f"btrfs qgroup limit 1024K app; cp {seed} {config}; sync;"
            f"dd if=/dev/urandom of=app/fill bs=1k count={1024 - room_kib} conv=fsync || true;"
            f'cd {ROOT}; "$@"; cp {config} {after}; ls -A {folder}/app > {names}; exit 0'
        )
        said = apply_in_child(config, state=where, before=limited)
        assert "Disk quota exceeded" in said
        assert "delete files that count in it, or have it raised" in said
        assert what in said
        assert after.read_text() == WORKSHOP
        assert names.read_text().split() == ["fill", "workshop.toml"]


@needs_root
def test_a_closed_folder_with_an_open_file_is_rewritten_in_place(open_folder: Path):
    config, state = open_folder / "workshop.toml", open_folder / "state"
    config.write_text(WORKSHOP)
    os.chown(config, NOBODY, NOBODY)
    state.mkdir()
    os.chown(state, NOBODY, NOBODY)
    said = apply_in_child(config, state=state, user=NOBODY)
    assert said.startswith("in_place")
    assert config.read_text() == NEW
    rollback(config, state_dir=state)
    assert config.read_text() == WORKSHOP


@needs_root
def test_a_closed_folder_without_another_state_folder_is_an_error(open_folder: Path):
    config = open_folder / "workshop.toml"
    config.write_text(WORKSHOP)
    os.chown(config, NOBODY, NOBODY)
    said = apply_in_child(config, user=NOBODY)
    assert "Permission denied" in said
    assert "--state-dir" in said
    assert config.read_text() == WORKSHOP


@needs_root
def test_a_file_of_somebody_else_keeps_its_owner(open_folder: Path):
    config = open_folder / "workshop.toml"
    config.write_text(WORKSHOP)
    config.chmod(0o666)
    open_folder.chmod(0o777)
    said = apply_in_child(config, user=NOBODY)
    assert said.startswith("in_place")
    assert config.stat().st_uid == 0
    assert config.read_text() == NEW


@needs_root
def test_root_keeps_the_owner_of_a_file_and_lets_them_read_the_journal(open_folder: Path):
    config = open_folder / "workshop.toml"
    config.write_text(WORKSHOP)
    config.chmod(0o600)
    os.chown(config, NOBODY, NOBODY)
    assert apply_in_child(config).startswith("replaced")
    found = config.stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (NOBODY, NOBODY, 0o600)
    journal = open_folder / ".stresstune" / "journal.db"
    assert (journal.stat().st_uid, stat.S_IMODE(journal.stat().st_mode)) == (NOBODY, 0o600)


@needs_root
def test_a_file_that_may_only_be_read_is_not_replaced_behind_its_back(open_folder: Path):
    config = open_folder / "workshop.toml"
    config.write_text(WORKSHOP)
    config.chmod(0o444)
    open_folder.chmod(0o777)
    said = apply_in_child(config, user=NOBODY)
    assert said.startswith("WriteError")
    assert f"may not be written by user {NOBODY}" in said
    assert config.read_text() == WORKSHOP


def test_a_link_into_another_folder_leaves_the_link_where_it_is(tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "links").mkdir()
    (tmp_path / "real" / "workshop.toml").write_text(WORKSHOP)
    link = tmp_path / "links" / "workshop.toml"
    link.symlink_to("../real/workshop.toml")
    assert apply_in_child(link) == "replaced"
    assert link.is_symlink()
    assert link.read_text() == NEW
    assert [one.name for one in (tmp_path / "links").iterdir()] == ["workshop.toml"]


@needs_mounts
def test_a_link_to_a_read_only_folder_is_an_error(tmp_path: Path, workshop: Path):
    link = tmp_path.parent / f"{tmp_path.name}-link.toml"
    link.symlink_to(workshop)
    bind = f"mount --bind {tmp_path} {tmp_path}; mount -o remount,ro,bind {tmp_path}"
    assert "--state-dir" in apply_in_child(link, before=bind)
    state = tmp_path.parent / f"{tmp_path.name}-state"
    assert "may not be written" in apply_in_child(link, state=state, before=bind)
    assert workshop.read_text() == WORKSHOP


def _acl(*entries: tuple[int, int, int]) -> bytes:
    """Spell an ACL as the kernel keeps it: a version, then (kind, rights, id)."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def test_nobody_is_let_in_by_the_default_acl_of_the_folder(tmp_path: Path):
    config = tmp_path / "workshop.toml"
    config.write_text(WORKSHOP)
    config.chmod(0o640)
    none = 0xFFFF_FFFF
    everybody = _acl((1, 7, none), (2, 7, NOBODY), (4, 7, none), (16, 7, none), (32, 7, none))
    try:
        os.setxattr(tmp_path, "system.posix_acl_default", everybody)
    except (OSError, AttributeError):
        pytest.skip("this file system has no ACLs")
    assert apply_in_child(config) == "replaced"
    state = tmp_path / ".stresstune"
    for made in (config, state, state / "journal.db", state / "lock"):
        assert not os.listxattr(made), made
        assert not stat.S_IMODE(made.stat().st_mode) & 0o007
