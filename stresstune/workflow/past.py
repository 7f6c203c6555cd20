"""The runs that the journal remembers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from stresstune.config.database import JournalUnreadable
from stresstune.config.history import last_run, run

if TYPE_CHECKING:
    from stresstune.config.schema import Config
    from stresstune.model.journal import Run
    from stresstune.workflow.options import Path


def past_runs(config: Config, state_dir: Path | None) -> Iterator[Run]:
    """Look through the applied runs of a config, the latest first; none if there is no journal.

    A journal that cannot be read holds none: the plan says so, and what it means.
    """
    try:
        latest = last_run(config.path, state_dir=state_dir)
        if latest is None:
            return
        yield latest
        oldest = max(1, latest.id - config.journal.keep)
        for number in range(latest.id - 1, oldest - 1, -1):
            past = run(config.path, number, state_dir=state_dir)
            if past is not None:
                yield past
    except JournalUnreadable:
        return
