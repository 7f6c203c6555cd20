"""Is a row of the journal still as it was written?

SQLite finds a page that is torn, and not a byte that has become another one. A rollback would
bring such a byte back into the config, so each row carries a digest of everything else in it.
A measurement carries a second one, of the little that a startup check reads of it: all its samples
and calls need not be read for that.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Mapping

COLUMNS: dict[str, tuple[str, ...]] = {
    "runs": ("config", "at", "tier", "simulated", "evidence", "brief"),
    "change_sets": (
        *("config", "at", "kind", "state", "way", "run_id", "back_to", "note"),
        *("before", "after", "after_digest", "changes", "states", "before_digest"),
    ),
    "knobs": ("config", "key", "state"),
}
"""What is sealed in each table: everything but the number, which SQLite gives."""

_SINCE_THE_FOURTH = "before_digest"
"""A column that rows of earlier versions do not have, nor their seals."""

GLANCED_AT = ("config", "at", "tier", "simulated", "brief")
"""What the second digest of a measurement is of."""


def seal_of(table: str, values: Mapping[str, object]) -> str:
    """Return the digest of a row's values; a column that is not given is empty.

    >>> seal_of("knobs", {"config": "a", "key": "b"}) == seal_of("knobs", {"config": "ab"})
    False
    """
    import hashlib  # noqa: PLC0415 - a startup check needs none of it, and has no time for it

    columns = [one for one in COLUMNS[table] if one != _SINCE_THE_FOURTH or one in values]
    digest = hashlib.sha256(_bytes(values, columns)).hexdigest()
    return f"{digest}-{short_seal_of(values)}" if table == "runs" else digest


def short_seal_of(values: Mapping[str, object]) -> str:
    """Return the checksum of what a startup check reads of a measurement."""
    return f"{zlib.crc32(_bytes(values, GLANCED_AT)):08x}"


def is_whole(table: str, row: sqlite3.Row) -> bool:
    """Tell whether a row, read with all its columns, is the one that was written.

    Rows of the first version have no seal, and are taken as they are; those of the second have no
    short one.
    """
    seal = row["seal"] if "seal" in row.keys() else ""  # noqa: SIM118 - a row iterates values
    wanted = seal_of(table, dict(row)) if seal else ""
    return seal in {wanted, wanted.partition("-")[0]}


def is_whole_at_a_glance(row: sqlite3.Row) -> bool | None:
    """Tell the same of the columns that a startup check reads; None if there is no short seal."""
    _, has_one, short = str(row["seal"]).partition("-")
    return short == short_seal_of(dict(row)) if has_one else None


def _bytes(values: Mapping[str, object], columns: Iterable[str]) -> bytes:
    return b"".join(map(_marked, map(values.get, columns)))


def _marked(value: object) -> bytes:
    data = value if isinstance(value, bytes) else str(value).encode(errors="surrogateescape")
    return f"{type(value).__name__} {len(data)} ".encode() + data
