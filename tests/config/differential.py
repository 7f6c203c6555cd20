"""Edits every value of every file of a corpus, and counts how exact the edits are.

Usage: python -m tests.config.differential FOLDER [FOLDER ...]

The reference is `tomllib`: a file that it reads must be edited in exactly the planned value, a
file that it refuses must be refused. tomlkit edits the same value beside, to compare.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from stresstune.config.document import edit, source_of
from stresstune.config.path import KeyPath
from stresstune.config.spell import spell
from stresstune.config.text import BOM, look_up, parse, same
from stresstune.errors import ConfigError
from tests.config.test_properties import common, leaves, with_value

REPLACEMENTS = (12, 4.5, True, 'a "quoted" # text')


def compare(files: Iterable[Path]) -> Counter[str]:
    """Count what happened to each file and each edit."""
    found: Counter[str] = Counter()
    for file in files:
        data = file.read_bytes()
        try:
            values = parse(data, file.name)
        except ConfigError:
            found["files refused, as by tomllib" if not _is_read(data) else "wrongly refused"] += 1
            continue
        found["files"] += 1
        for path in leaves(values):
            for new in REPLACEMENTS:
                found.update(_compare_edit(data, values, path, new))
    return found


def _is_read(data: bytes) -> bool:
    try:
        tomllib.loads(data.removeprefix(BOM).decode())
    except ValueError:
        return False
    return True


def _compare_edit(
    data: bytes, values: dict[str, object], path: KeyPath, new: object
) -> Iterator[str]:
    yield "edits"
    old = source_of(data, path, "corpus")
    try:
        after = edit(data, {path: spell(new)}, "corpus")
    except ConfigError:
        yield "edits refused"
        return
    is_exact = common(data, after) >= len(data) - len((old or "").encode())
    yield "byte-exact" if is_exact else "not byte-exact"
    is_right = same(parse(after, "corpus"), with_value(values, path, new))
    yield "right by tomllib" if is_right else "wrong by tomllib"
    yield "undone exactly" if edit(after, {path: old}, "corpus") == data else "not undone exactly"
    yield _by_tomlkit(data, path, new, after)


def _by_tomlkit(data: bytes, path: KeyPath, new: object, ours: bytes) -> str:
    """Do the same with tomlkit, which prints the whole document again."""
    try:
        document = tomlkit.parse(data)
        look_up_in(document, path[:-1])[path[-1]] = new
        theirs = tomlkit.dumps(document).encode()
    except (TOMLKitError, ValueError, TypeError, KeyError, AttributeError):
        return "tomlkit: refused"
    return "tomlkit: the same bytes" if theirs == ours else "tomlkit: other bytes"


def look_up_in(document: object, path: KeyPath) -> object:
    """Go down to a table or array of tomlkit's."""
    return look_up(document, path) if path else document


if __name__ == "__main__":
    folders = map(Path, sys.argv[1:])
    files = [file for folder in folders for file in sorted(folder.rglob("*.toml"))]
    print(json.dumps(dict(sorted(compare(files).items())), indent=1))
