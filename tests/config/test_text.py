"""Bytes, text and values."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stresstune.config.load import load_config
from stresstune.config.settings import load_settings
from stresstune.config.text import ABSENT, decode, digest_of, look_up, parse, read_bytes, same
from stresstune.errors import ConfigError


def test_a_missing_file_is_named_with_what_to_do(tmp_path: Path):
    with pytest.raises(
        ConfigError, match=r"none\.toml does not exist: name another file .* \(an empty one"
    ) as caught:
        read_bytes(tmp_path / "none.toml")
    assert caught.value.path == str(tmp_path / "none.toml")


def test_a_directory_is_no_config(tmp_path: Path):
    with pytest.raises(ConfigError, match="is a directory: name the TOML file in it"):
        read_bytes(tmp_path)


def test_a_link_to_itself_is_no_config(tmp_path: Path):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(ConfigError, match="is a symbolic link that leads back to itself"):
        read_bytes(tmp_path / "loop")


def test_a_file_that_may_not_be_read_says_for_whom(workshop: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(ConfigError, match=f"may not be read by user {os.geteuid()}"):
        read_bytes(workshop)


def test_any_other_error_is_passed_on_in_words(workshop: Path):
    with pytest.raises(ConfigError, match="cannot be read: Not a directory"):
        read_bytes(workshop / "below")


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"a = 1\nb = = 2\n", "line 2, column 5"),
        (b"a = [1,", "line 1, column 8"),
        (b'a = "', "line 1, column 6"),
        (b"a = 1\n[", "line 2, column 2"),
        (b"a = 1\na = 2\n", "line 2, column 6"),
        (b"\xef\xbb\xbfa = = 1", "line 1, column 5"),
    ],
)
def test_broken_toml_is_refused_with_line_and_column(data: bytes, place: str):
    with pytest.raises(ConfigError, match=rf"app\.toml is not valid TOML at {place}: "):
        parse(data, "app.toml")


def test_a_file_that_is_nested_too_deeply_is_refused():
    with pytest.raises(ConfigError, match="nested too deeply"):
        parse(b"a = " + b"[" * 100_000, "app.toml")


def test_what_is_not_utf_8_is_refused_with_the_place():
    with pytest.raises(ConfigError, match="not UTF-8 at line 2, byte 6"):
        decode(b"a = 1\nb = '\xff'\n", "app.toml")


def test_a_value_is_looked_up_through_tables_and_arrays():
    values = {"a": [{"b": {"c": 1}}]}
    assert look_up(values, ("a", 0, "b", "c")) == 1
    assert look_up(values, ("a", 1)) is ABSENT
    assert look_up(values, ("a", "b")) is ABSENT
    assert look_up(values, (0,)) is ABSENT
    assert not ABSENT
    assert repr(ABSENT) == "ABSENT"


def test_sameness_tells_types_and_zones_apart():
    assert same({"a": 1, "b": [1.5]}, {"b": [1.5], "a": 1})
    assert not same({"a": 1}, {"a": 1, "b": 2})
    assert not same([1], [1, 2])
    assert not same(0.0, -0.0)
    assert not same(
        parse(b"d = 1979-05-27T07:00:00Z", "")["d"],
        parse(b"d = 1979-05-27T08:00:00+01:00", "")["d"],
    )


def test_a_digest_names_its_algorithm():
    assert (
        digest_of(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path):
    pipe = tmp_path / "workshop.toml"
    os.mkfifo(pipe)
    with pytest.raises(ConfigError, match="is no regular file"):
        read_bytes(pipe)


@pytest.mark.parametrize("key", ["x", "MAX_CONCURRENT_SESSIONS"])
def test_an_integer_of_thousands_of_digits_is_refused_by_its_line(tmp_path: Path, key: str):
    config = tmp_path / "workshop.toml"
    config.write_text(f"# the app's\n{key} = {'9' * 5000}\n")
    with pytest.raises(
        ConfigError, match="line 2: an integer in TOML has 64 bits, not 5,000 digits"
    ):
        load_config(config)
    assert load_settings(config, on_error="safe", environ={}).max_concurrent_sessions == 15


def test_a_value_of_thousands_of_digits_is_not_repeated(tmp_path: Path):
    config = tmp_path / "workshop.toml"
    config.write_text(f"MAX_CONCURRENT_SESSIONS = 0x{'f' * 5000}\n")
    with pytest.raises(ConfigError, match="is a number of 20000 bits; allowed is a whole number"):
        load_config(config)
    config.write_text("")
    with pytest.raises(ConfigError) as caught:
        load_settings(config, environ={"MAX_CONCURRENT_SESSIONS": "9" * 5000})
    assert len(str(caught.value)) < 300
