"""What a startup check finds: quickly, and without writing anything."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

import msgspec

from stresstune.config.database import JournalUnreadable
from stresstune.config.drift import Situation, as_stated, compare, utc_now
from stresstune.config.glance import glance, is_begun
from stresstune.config.load import load_config
from stresstune.config.place import Place, find_place
from stresstune.config.schema import Config
from stresstune.config.settings import settings_of
from stresstune.model.brief import LastRun, Values
from stresstune.model.fingerprint import Check, Fingerprint

Rescale = Callable[[Place, Config, Fingerprint], Values | None]
"""Works out what would be right now, from the evidence in the journal and where we are."""

_ONLY_OLD = {"stale", "simulated"}
"""Nothing has moved: what was found then is right now too, and nothing is reckoned for it."""


def check_config(
    path: str | os.PathLike[str],
    where: Callable[[Config], Fingerprint],
    *,
    rescale: Rescale = lambda _place, _config, _now: None,
    environ: Mapping[str, str] | None = None,
    state_dir: str | os.PathLike[str] | None = None,
) -> Check:
    """Compare a config, and the last measurement in its journal, with here and now.

    Args:
        path: The config.
        where: Returns the fingerprint of here and now.
        rescale: Works out what would be right now; called only where something moved.
        environ: The environment; None is this process's own.
        state_dir: Where the journal is, if not in ``.stresstune/`` beside the file.

    Raises:
        ConfigError: The config cannot be read, or a value in force is not allowed.
    """
    config = load_config(path)
    settings = settings_of(config, os.environ if environ is None else environ)
    now = where(config)
    place = find_place(path, state_dir)
    run, interrupted, problem = _journal(place)
    situation = Situation(
        config=config,
        settings=settings,
        run=run,
        fingerprint=now,
        now=utc_now(),
        interrupted=interrupted,
        journal_problem=problem,
    )
    found = compare(situation)
    if run is None or found.ok:
        return found
    if found.status in _ONLY_OLD:
        right: Values | None = run.brief.safe
    else:
        right = rescale(place, config, as_stated(run.brief.fingerprint, now))
    return compare(msgspec.structs.replace(situation, right=right))


def _journal(place: Place) -> tuple[LastRun | None, bool, str]:
    try:
        run, begun = glance(place)
        interrupted = begun and _is_interrupted(place)
    except JournalUnreadable as error:
        return None, False, str(error)
    return run, interrupted, ""


def _is_interrupted(place: Place) -> bool:
    """Tell what was begun and left from what is under way."""
    from stresstune.config.lock import is_locked  # noqa: PLC0415 - hardly ever, and in a hurry

    # Whoever had begun it may have ended it, and let go of the lock, between two looks.
    return not is_locked(place) and is_begun(place)
