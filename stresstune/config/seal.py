"""Is a row of the journal still as it was written?

SQLite finds a page that is torn, and not a byte that has become another one. A rollback would
bring such a byte back into the config, so each row carries a digest of everything else in it.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping

COLUMNS: dict[str, tuple[str, ...]] = {
    "runs": ("config", "at", "tier", "simulated", "evidence", "brief"),
    "change_sets": (
        *("config", "at", "kind", "state", "way", "run_id", "back_to", "note"),
        *("before", "after", "after_digest", "changes", "states"),
    ),
    "knobs": ("config", "key", "state"),
}
"""What is sealed in each table: everything but the number, which SQLite gives."""


def seal_of(table: str, values: Mapping[str, object]) -> str:
    """Return the digest of a row's values; a column that is not given is empty.

    >>> seal_of("knobs", {"config": "a", "key": "b"}) == seal_of("knobs", {"config": "ab"})
    False
    """
    digest = hashlib.sha256()
    for column in COLUMNS[table]:
        value = values.get(column)
        data = value if isinstance(value, bytes) else str(value).encode(errors="surrogateescape")
        digest.update(f"{type(value).__name__} {len(data)} ".encode())
        digest.update(data)
    return digest.hexdigest()


def is_whole(table: str, row: sqlite3.Row) -> bool:
    """Tell whether a row, read with all its columns, is the one that was written.

    Rows of the first version have no seal, and are taken as they are.
    """
    seal = row["seal"] if "seal" in row.keys() else ""  # noqa: SIM118 - a row iterates values
    return not seal or seal == seal_of(table, dict(row))
