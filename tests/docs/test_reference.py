"""The reference names everything that there is."""

from __future__ import annotations

import re

import pytest

import stresstune
from docs.extensions.command_line import command_line, commands, options
from docs.extensions.made_reference import attributes_of, config_keys, exit_codes, names
from stresstune.cli import exits
from stresstune.config.schema import TABLES


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=lambda one: str(one)[:30])
def test_every_command_and_option_appears(name, command) -> None:
    section = re.search(
        rf"^## `{name}`\n(.*?)(?=^## |\Z)", command_line(), re.DOTALL | re.MULTILINE
    )
    assert section is not None
    for option in options(command):
        for spelling in (*option.opts, *option.secondary_opts):
            assert re.search(rf"`{spelling}[ `]", section[1]), f"{spelling} of {name}"
        assert option.help, f"{option.name} of {name} has no help"


def test_every_key_of_the_config_appears_with_its_meaning() -> None:
    text = config_keys()
    for table, record in TABLES.items():
        assert f"## `[stresstune.{table}]`" in text
        assert set(record.__struct_fields__) == set(attributes_of(record)), record
        for key in record.__struct_fields__:
            assert f"\n`{key}`\n: " in text


def test_every_exit_code_has_a_meaning() -> None:
    codes = {value for name, value in vars(exits).items() if name.isupper() and type(value) is int}
    assert codes == set(exits.MEANINGS)
    assert all(f"| `{code}` |" in exit_codes() for code in codes)


def test_every_public_name_appears() -> None:
    made = names(stresstune)
    assert all(f":: stresstune.{name}" in made for name in stresstune.__all__)
