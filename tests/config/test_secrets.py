"""The journal never holds a secret, not even one that somebody wrote into the config."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from stresstune.config import write
from stresstune.config.apply import apply, change
from stresstune.config.history import history
from stresstune.config.plan import plan
from stresstune.config.rollback import rollback
from stresstune.config.seal import seal_of
from stresstune.config.secrets import in_environment, sounds_secret, without_secret
from stresstune.config.turn import settle
from tests.config.builders import evidence, recommendation

SECRET = "hunter2-and-a-half"


@pytest.fixture
def config(workshop: Path) -> Path:
    top = f'GEMINI_API_KEY = "{SECRET}"  # token: {SECRET}\r\n'
    workshop.write_bytes(top.encode() + workshop.read_bytes())
    return workshop


def is_clean(config: Path) -> bool:
    """Tell whether no file of the journal has the secret."""
    files = [one for one in (config.parent / ".stresstune").iterdir() if one.is_file()]
    assert files
    return not any(SECRET.encode() in one.read_bytes() for one in files)


def no_rename(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_: str, __: str) -> None:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    monkeypatch.setattr(write.os, "rename", busy)
    monkeypatch.setattr(write.os, "replace", busy)


def test_a_secret_of_the_config_is_in_no_file_of_the_journal(config: Path):
    old = config.read_bytes()
    change(config, recommendation(), evidence=evidence())
    new = config.read_bytes()
    change(config, recommendation(max_concurrent_sessions=9), evidence=evidence())
    assert is_clean(config)
    rollback(config)
    assert config.read_bytes() == new
    rollback(config, to=1)
    assert config.read_bytes() == old
    rollback(config, to=4)
    assert config.read_bytes() == new
    assert is_clean(config)
    assert len(history(config)) == 5


def test_nor_where_the_file_was_overwritten_in_place(config: Path, monkeypatch: pytest.MonkeyPatch):
    old = config.read_bytes()
    with monkeypatch.context() as patch:
        no_rename(patch)
        assert change(config, recommendation()).way == "in_place"
        assert is_clean(config)
    rollback(config)
    assert config.read_bytes() == old
    assert is_clean(config)


def test_while_it_is_overwritten_the_old_bytes_are_kept_and_then_hidden(
    config: Path, monkeypatch: pytest.MonkeyPatch
):
    class Killed(BaseException):
        pass

    def torn(real: str, old: bytes, new: bytes) -> None:
        Path(real).write_bytes(new[:20] + old[20:])
        raise Killed

    old = config.read_bytes()
    with monkeypatch.context() as patch:
        no_rename(patch)
        patch.setattr(write, "overwrite", torn)
        with pytest.raises(Killed):
            change(config, recommendation())
    assert not is_clean(config)
    assert settle(config)
    assert config.read_bytes() == old
    assert is_clean(config)


def test_a_file_that_is_gone_comes_back_without_it_and_that_is_said(config: Path):
    old = config.read_text()
    done = change(config, recommendation())
    config.unlink()
    back = rollback(config)
    assert back.hidden == ("GEMINI_API_KEY", "# token: [hidden]")
    notes = back.notes
    assert config.read_text() == old.replace(SECRET, "[hidden]")
    said = "the journal keeps no secrets: write again what is [hidden] now "
    assert notes[1:] == (f"{said}(GEMINI_API_KEY, # token: [hidden])",)
    assert done.backup_id == 1


def test_a_file_that_is_broken_gives_its_secret_to_the_one_that_comes_back(config: Path):
    old = config.read_bytes()
    change(config, recommendation())
    config.write_bytes(config.read_bytes() + b"\n= = =\n")
    broken = config.read_bytes()
    notes = rollback(config).notes
    assert config.read_bytes() == old
    assert len(notes) == 1
    assert is_clean(config)
    assert SECRET.encode() in broken


def test_a_change_of_a_secret_is_made_and_not_remembered(config: Path):
    done = apply(plan(config, {"GEMINI_API_KEY": "another-one-9", "MAX_CONCURRENT_SESSIONS": 7}))
    assert done.changes[0].new == "another-one-9"
    data = b"".join(one.read_bytes() for one in (config.parent / ".stresstune").iterdir())
    assert b"another-one-9" not in data
    assert SECRET.encode() not in data
    assert [one.new for one in history(config)[0].changes] == ["[hidden]", 7]
    back = rollback(config)
    assert [one.key for one in back.changes] == ["MAX_CONCURRENT_SESSIONS"]
    assert "keeps none: it is left as it is" in back.kept[0].because
    assert "another-one-9" in config.read_text()
    assert "= 30" in config.read_text()


def test_what_an_earlier_version_wrote_is_hidden_by_the_next_writer(config: Path):
    old = config.read_bytes()
    change(config, recommendation())
    database = config.parent / ".stresstune" / "journal.db"
    connection = sqlite3.connect(database)
    connection.row_factory = sqlite3.Row
    with connection:
        connection.execute("UPDATE change_sets SET before = ?", (old,))
        connection.execute("ALTER TABLE change_sets DROP COLUMN before_digest")
        connection.execute("PRAGMA user_version = 3")
        row = dict(connection.execute("SELECT * FROM change_sets").fetchone())
        connection.execute("UPDATE change_sets SET seal = ?", (seal_of("change_sets", row),))
    connection.close()
    assert not is_clean(config)
    assert len(history(config)) == 1
    change(config, recommendation(max_concurrent_sessions=9))
    assert is_clean(config)
    rollback(config, to=1)
    assert config.read_bytes() == old


def test_an_earlier_version_that_was_damaged_is_moved_aside(config: Path):
    change(config, recommendation())
    database = config.parent / ".stresstune" / "journal.db"
    connection = sqlite3.connect(database)
    with connection:
        connection.execute("ALTER TABLE change_sets DROP COLUMN before_digest")
        connection.execute("PRAGMA user_version = 3")
    connection.close()
    assert "damaged-1.db" in change(config, recommendation(max_concurrent_sessions=9)).notes[0]


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        *((one, True) for one in ("token", "GITHUB_TOKEN", "dbPassword", "secret-key", "APIKey")),
        *((one, True) for one in ("smtp_pass", "sentry dsn", "signing_key", "apikey")),
        *((one, False) for one in ("tokenizer", "monkey", "keyboard", "api_key_file", "")),
        *((one, False) for one in ("TOKEN_URL", "passenger", "MAX_CONCURRENT_SESSIONS")),
    ],
)
def test_names_tell_by_their_words(name: str, *, is_one: bool):
    assert sounds_secret(name) is is_one


@pytest.mark.parametrize(
    ("path", "source"),
    [
        pytest.param(("api_key",), '"$GEMINI_API_KEY"', id="a reference"),
        pytest.param(("api_key",), '"${KEY}"', id="a reference in braces"),
        pytest.param(("api_key",), '"GEMINI_API_KEY"', id="a name"),
        pytest.param(("sort_key",), '"name"', id="too short for a key"),
        pytest.param(("stresstune", "keys", "slow_mode_default"), '"SLOW_MODE"', id="ours"),
        pytest.param(("max_tokens",), "8192", id="a number"),
        pytest.param(("password",), "true", id="a flag"),
        pytest.param(("prompt",), '"the token: a bus token"', id="a text"),
        pytest.param(("keys", 0), '""', id="nothing"),
    ],
)
def test_what_only_sounds_like_one_stays(path: tuple[str | int, ...], source: str):
    assert without_secret(path, source) == source


def test_what_the_environment_holds_under_such_names_is_known(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SOME_TOKEN", "xyzzy-plugh-42")
    monkeypatch.setenv("A_LONGER_KEY", "xyzzy-plugh-42-and-more")
    monkeypatch.setenv("SHORT_KEY", "7 chars")
    monkeypatch.setenv("PWD", "/srv/the-working-folder")
    found = in_environment()
    assert found.index("xyzzy-plugh-42-and-more") < found.index("xyzzy-plugh-42")
    assert not {"7 chars", "/srv/the-working-folder"} & set(found)


def test_a_value_that_would_not_be_toml_any_more_is_hidden_whole():
    assert without_secret(("a",), '"http://h/?key=abc\\" more"') == '"[hidden]"'
