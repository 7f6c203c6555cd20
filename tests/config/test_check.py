"""The startup check, from the file and the journal."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import anyio
import pytest

from stresstune.config.apply import change
from stresstune.config.change_set import Begun
from stresstune.config.check import check_config
from stresstune.config.journal import open_journal
from stresstune.config.place import Place, find_place
from stresstune.config.recall import last_run_of
from stresstune.config.rescale import rescale
from stresstune.config.turn import turn
from stresstune.errors import ConfigError
from stresstune.model.brief import Values
from stresstune.model.fingerprint import Check, Fingerprint
from tests.config.builders import GB, evidence, recommendation
from tests.config.children import ROOT

pytestmark = pytest.mark.anyio
HERE = Fingerprint(limit_bytes=2 * GB, limit_source="--limit")


def check(config: Path, here: Fingerprint = HERE, **options: object) -> Check:
    return check_config(config, lambda _: here, environ={}, **options)  # type: ignore[arg-type]


def test_an_untouched_config_was_never_tuned_and_stays_untouched(workshop: Path):
    assert check(workshop).status == "never_tuned"
    assert [one.name for one in workshop.parent.iterdir()] == ["workshop.toml"]


def test_a_config_that_was_applied_to_is_ok(workshop: Path):
    done = change(workshop, recommendation(), evidence=evidence())
    found = check(workshop)
    assert (found.status, found.ok, found.run_id) == ("ok", True, done.run_id)


def test_another_machine_is_drift_with_the_values_that_would_be_right(workshop: Path):
    change(workshop, recommendation(), evidence=evidence())

    def right(place: Place, _config: object, now: Fingerprint) -> Values:
        run = last_run_of(place)
        assert run is not None
        assert run.evidence.verdict.memory is not None
        scaled = rescale(run.evidence.verdict.memory, now.limit_bytes)
        return Values(max_concurrent_sessions=scaled.safe_sessions)

    found = check(workshop, Fingerprint(limit_bytes=GB, limit_source="host"), rescale=right)
    assert found.status == "drifted"
    assert found.right == {"MAX_CONCURRENT_SESSIONS": 9}


def test_values_that_were_raised_by_hand_are_drift(workshop: Path):
    change(workshop, recommendation(), evidence=evidence())
    workshop.write_text(workshop.read_text().replace("= 18", "= 30"))
    assert "above the 18 that were found safe" in check(workshop).findings[0]


def test_the_process_environment_counts(workshop: Path, monkeypatch: pytest.MonkeyPatch):
    change(workshop, recommendation(), evidence=evidence())
    monkeypatch.setenv("MAX_CONCURRENT_SESSIONS", "99")
    found = check_config(workshop, lambda _: HERE)
    assert found.overrides == {"MAX_CONCURRENT_SESSIONS": 99}
    assert not found.ok


def test_an_apply_that_was_interrupted_is_said_but_not_one_under_way(workshop: Path):
    change(workshop, recommendation(), evidence=evidence())
    begun = Begun(kind="apply", before=workshop.read_bytes(), after=b"", changes=())
    with turn(find_place(workshop)) as ours:
        ours.journal.begin(begun)
        assert check(workshop).ok
    assert check(workshop).status == "interrupted"


def test_an_apply_that_ends_between_two_looks_was_not_interrupted(workshop: Path, monkeypatch):
    change(workshop, recommendation(), evidence=evidence())
    begun = Begun(kind="apply", before=workshop.read_bytes(), after=b"", changes=())

    def ends_now(place: Place) -> bool:
        with open_journal(place, []) as journal:
            journal.close(2, "undone", "")
        return False

    with turn(find_place(workshop)) as ours:
        ours.journal.begin(begun)
        monkeypatch.setattr("stresstune.config.lock.is_locked", ends_now)
        assert check(workshop).ok


def test_a_damaged_journal_is_said_and_not_raised(workshop: Path):
    change(workshop, recommendation(), evidence=evidence())
    Path(find_place(workshop).database).write_bytes(b"damage" * 1000)
    found = check(workshop)
    assert found.status == "unreadable"
    assert "cannot be read" in found.findings[0]


def test_a_broken_config_is_an_error(workshop: Path):
    workshop.write_text("a = = 1")
    with pytest.raises(ConfigError):
        check(workshop)


async def test_it_may_be_called_inside_a_running_event_loop(workshop: Path):
    change(workshop, recommendation(), evidence=evidence())
    assert check(workshop).ok
    await anyio.sleep(0)


def test_several_workers_may_check_at_once(workshop: Path):
    change(workshop, recommendation(), evidence=evidence())
    found: list[Check] = []
    workers = [threading.Thread(target=lambda: found.append(check(workshop))) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [one.ok for one in found] == [True] * 8


def test_reading_needs_none_of_the_heavy_packages(workshop: Path):
    code = (
        "import sys\n"
        "from stresstune.config.settings import load_settings\n"
        "load_settings(sys.argv[1])\n"
        "heavy = {'tomlkit', 'sqlite3', 'anyio', 'rich', 'aiohttp', 'google.genai', 'PIL'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "from stresstune.config.check import check_config\n"
        "assert not (heavy - {'sqlite3'}) & set(sys.modules)\n"
    )
    environ = {name: text for name, text in os.environ.items() if not name.startswith("COV")}
    command = [sys.executable, "-c", code, str(workshop)]
    subprocess.run(command, cwd=ROOT, env=environ, check=True)
