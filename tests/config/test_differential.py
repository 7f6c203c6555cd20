"""Every value of every file of a corpus, against `tomllib` and beside tomlkit."""

from __future__ import annotations

from pathlib import Path

import pytest

from stresstune.config.document import edit
from stresstune.config.text import parse, same
from stresstune.errors import ConfigError
from tests.config.differential import compare
from tests.config.test_properties import with_value

CORPUS = Path(__file__).parent / "corpus"
VALID = sorted((CORPUS / "valid").glob("*.toml"))
INVALID = sorted((CORPUS / "invalid").glob("*.toml"))


def test_every_edit_is_exact_and_none_is_refused():
    found = compare(VALID)
    assert found["files"] == len(VALID) >= 25
    assert found["edits"] > 500
    for ending in ("byte-exact", "right by tomllib", "undone exactly"):
        assert found[ending] == found["edits"], ending


@pytest.mark.parametrize("file", INVALID, ids=lambda file: file.stem)
def test_what_no_app_could_read_is_refused_with_its_place(file: Path):
    with pytest.raises(ConfigError, match=r"at line \d+, (column|byte) \d+") as caught:
        edit(file.read_bytes(), {("a",): "1"}, file.name)
    assert caught.value.path == file.name


def tables(values: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(values, dict):
        below = [tables(value, (*path, key)) for key, value in values.items()]
    elif isinstance(values, list):
        below = [tables(value, (*path, index)) for index, value in enumerate(values)]
    else:
        return []
    return [path] * isinstance(values, dict) + [one for some in below for one in some]


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_a_key_can_be_added_to_every_table_and_taken_out_again(file: Path):
    data = file.read_bytes()
    values = parse(data, file.name)
    for table in tables(values):
        added = edit(data, {(*table, "a new key"): "9"}, file.name)
        assert same(parse(added, file.name), with_value(values, (*table, "a new key"), 9))
        taken = edit(added, {(*table, "a new key"): None}, file.name)
        assert same(parse(taken, file.name), values)
