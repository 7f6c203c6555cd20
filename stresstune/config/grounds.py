"""What the numbers of the last measurement rest on: all that a startup check reads of evidence."""

from __future__ import annotations

import sqlite3
import zlib
from typing import TypeVar

from stresstune.config.database import JournalUnreadable
from stresstune.config.glance import CONCLUSIVE, rows_of
from stresstune.config.place import Place
from stresstune.model.record import Record
from stresstune.model.verdict import Verdict

RecordType = TypeVar("RecordType", bound=Record)


class Grounds(Record, frozen=True, kw_only=True):
    """Of evidence, the judgement alone: to read the rest takes longer than to judge anew.

    Attributes:
        verdict: The judgement, with everything that was measured.
    """

    verdict: Verdict


def grounds_of(place: Place) -> Verdict | None:
    """Return the judgement of the latest measurement that could tell something, or None.

    Raises:
        JournalUnreadable: The journal cannot be read, or not by this version.
    """
    rows = rows_of(place, "runs", f"{CONCLUSIVE} ORDER BY id DESC LIMIT 1")
    return next((read_evidence(row, Grounds).verdict for row in rows), None)


def read_evidence(row: sqlite3.Row, kind: type[RecordType]) -> RecordType:
    """Read the evidence of a run, or as much of it as a record asks for.

    Raises:
        JournalUnreadable: It was written by a version that this one does not understand.
    """
    try:
        return kind.from_json(zlib.decompress(row["evidence"]))
    except (ValueError, TypeError, zlib.error) as error:
        raise JournalUnreadable(
            f"run {row['id']} in the journal cannot be read by this version: {error}. "
            "Run apply to measure again"
        ) from error
