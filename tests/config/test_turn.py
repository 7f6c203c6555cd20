"""What an interrupted writer left behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresstune.config.change_set import Begun
from stresstune.config.history import history
from stresstune.config.place import find_place
from stresstune.config.turn import is_torn, settle, turn
from stresstune.config.write import temporary_of
from stresstune.errors import WriteError

OLD, NEW = b"a = 1\n# the rest\n", b"a = 22222\n# the rest\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "app.toml"
    path.write_bytes(OLD)
    return path


def begin(config: Path, *, in_place: bool = False) -> None:
    with turn(find_place(config)) as ours:
        number = ours.journal.begin(Begun(kind="apply", before=OLD, after=NEW, changes=()))
        if in_place:
            ours.journal.writing_in_place(number, OLD, NEW)


def test_nothing_interrupted_is_nothing_to_say_and_makes_nothing(config: Path):
    assert settle(config) == ()
    assert [one.name for one in config.parent.iterdir()] == ["app.toml"]


def test_what_was_written_is_finished(config: Path):
    begin(config)
    config.write_bytes(NEW)
    assert settle(config) == (
        "the apply 1 was interrupted after it had written the file: it is finished now",
    )
    assert history(config)[0].state == "done"
    assert settle(config) == ()


def test_what_was_not_written_is_undone(config: Path):
    begin(config)
    stray = Path(temporary_of(str(config)))
    stray.write_bytes(b"half a fi")
    assert settle(config) == (
        "the apply 1 was interrupted before it wrote the file: nothing had changed",
    )
    assert history(config)[0].state == "undone"
    assert not stray.exists()


def test_a_torn_file_gets_its_old_bytes_back(config: Path):
    begin(config, in_place=True)
    config.write_bytes(b"a = 22222" + OLD[9:] + b"\0\0\0\0")
    assert "while it wrote the file in place: the old file is back" in settle(config)[0]
    assert config.read_bytes() == OLD


def test_a_file_that_a_person_changed_since_then_is_left_alone(config: Path):
    for in_place in (False, True):
        begin(config, in_place=in_place)
        config.write_bytes(b"mine = true\n")
        assert "it was left as it is" in settle(config)[0]
        assert config.read_bytes() == b"mine = true\n"
        config.write_bytes(OLD)
    assert {one.state for one in history(config)} == {"abandoned"}


def test_a_file_that_is_gone_is_left_gone(config: Path):
    begin(config)
    config.unlink()
    assert "it was left as it is" in settle(config)[0]
    assert not config.exists()


def test_a_file_that_cannot_be_read_stops_the_turn(config: Path):
    begin(config)
    config.unlink()
    config.mkdir()
    with pytest.raises(WriteError, match="cannot be read"):
        settle(config)


def test_a_damaged_journal_is_left_to_the_next_writer(config: Path):
    begin(config)
    Path(find_place(config).database).write_bytes(b"damage" * 1000)
    assert settle(config) == ()


@given(before=st.binary(max_size=12), after=st.binary(max_size=12), cut=st.integers(0, 12))
def test_every_state_of_an_overwriting_is_recognised(before: bytes, after: bytes, cut: int):
    room = before.ljust(len(after), b"\0")
    assert is_torn(after[:cut] + room[len(after[:cut]) :], before, after)


def test_what_is_not_known_is_not_torn():
    assert not is_torn(None, b"", b"")
    assert not is_torn(b"", None, b"")
    assert not is_torn(b"", b"", None)
    assert not is_torn(b"abc", b"abd", b"xyzzy")
