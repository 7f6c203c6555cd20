"""What a report of a run is made from."""

from __future__ import annotations

from typing import Any

from msgspec import field

from stresstune.model.journal import HistoryEntry, Run
from stresstune.model.policy import Knob
from stresstune.model.record import Record
from stresstune.model.verdict import Tier


class Dossier(Record, frozen=True, kw_only=True, tag_field="record", tag="dossier"):
    """Everything that a report of one run is made from; renderers need nothing else.

    Attributes:
        path: The config, by its name.
        run: The run, with its evidence.
        entry: What it changed in the config, or None where nothing was to be changed.
        diff: The same as a unified diff, or "".
        in_force: What the config said of each knob after the run; empty where that is not known.
        keys: Where the app keeps each knob, as dotted paths.
        earlier: The run that it is compared with, or None.
        notes: What could not be read, or is not known any more.

    >>> from stresstune import Evidence, judge, recommend
    >>> from stresstune.model.fingerprint import Fingerprint
    >>> verdict = judge()
    >>> evidence = Evidence(verdict=verdict, recommendation=recommend(verdict),
    ...                     fingerprint=Fingerprint())
    >>> run = Run(id=4, at="2026-11-24T19:30:00+00:00", evidence=evidence)
    >>> Dossier(path="workshop.toml", run=run).run.id
    4
    """

    path: str
    run: Run
    entry: HistoryEntry | None = None
    diff: str = ""
    in_force: dict[Knob, Any] = field(default_factory=dict)
    keys: dict[Knob, str] = field(default_factory=dict)
    earlier: Run | None = None
    notes: tuple[str, ...] = ()


class ReportFile(Record, frozen=True, kw_only=True, tag_field="record", tag="report_file"):
    """A report that was written: what ``report --json`` prints.

    Attributes:
        out: The file, or None where it went to stdout.
        size_bytes: Its size.
        run_id: The run that it tells of.
        against: The run that it is compared with, or None.
        tier: Of that run.
        binding: What binds, or None.
    """

    out: str | None
    size_bytes: int
    run_id: int
    against: int | None
    tier: Tier
    binding: str | None
