"""The journal and what may befall it."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import nullcontext
from pathlib import Path

import pytest
from msgspec.structs import replace

from stresstune.config import tables
from stresstune.config.apply import apply, change
from stresstune.config.change_set import Begun
from stresstune.config.database import JournalUnreadable, damaged
from stresstune.config.glance import glance
from stresstune.config.history import history, last_run, record_run, run
from stresstune.config.place import Place, find_place
from stresstune.config.plan import plan
from stresstune.config.rollback import rollback
from stresstune.config.seal import seal_of
from stresstune.config.turn import turn
from stresstune.errors import NothingToRollBack, StresstuneError, WriteError
from stresstune.model.brief import brief_of
from stresstune.model.change import KnobState
from stresstune.model.fleet import FleetFound, HostResult
from tests.config.builders import evidence, recommendation


def database(config: Path) -> Path:
    return config.parent / ".stresstune" / "journal.db"


def test_there_is_no_history_before_the_first_change(workshop: Path):
    assert history(workshop) == ()
    assert last_run(workshop) is None
    assert run(workshop, 1) is None


def test_a_folder_may_have_any_name(workshop: Path):
    odd = workshop.parent / "a b%20?#&=\u00e4"
    odd.mkdir()
    config = workshop.rename(odd / "workshop.toml")
    change(config, recommendation())
    assert len(history(config)) == 1
    assert (odd / ".stresstune" / "journal.db").exists()


def test_a_run_is_recorded_without_a_change(workshop: Path):
    before = workshop.stat().st_mtime_ns
    number = record_run(workshop, evidence(), states=(KnobState(key="MAX", accepted=3),))
    assert workshop.stat().st_mtime_ns == before
    found = run(workshop, number)
    assert found is not None
    assert found.evidence == evidence()
    assert run(workshop, 99) is None


def test_history_tells_what_when_and_why(workshop: Path):
    change(workshop, recommendation(), evidence=evidence(simulated=True))
    rollback(workshop)
    first, second = history(workshop)
    assert (first.id, first.kind, first.state, first.way) == (1, "apply", "done", "replaced")
    assert (first.tier, first.simulated, first.run_id) == ("concerning", True, 1)
    assert first.changes[0].because == "24 sessions fit, less 20 % headroom"
    assert (second.kind, second.back_to, second.in_force) == ("rollback", 1, False)
    assert not first.in_force


def test_several_configs_share_a_folder_and_not_their_history(workshop: Path):
    other = workshop.with_name("other.toml")
    other.write_bytes(workshop.read_bytes())
    change(workshop, recommendation())
    change(other, recommendation(max_concurrent_sessions=9))
    assert len(history(workshop)) == len(history(other)) == 1
    rollback(other)
    assert "= 18" in workshop.read_text()


def test_only_so_many_changes_and_runs_are_kept(workshop: Path):
    with workshop.open("a") as file:
        file.write("[stresstune.journal]\nkeep = 3\n")
    for number in range(10, 16):
        change(workshop, recommendation(max_concurrent_sessions=number * 2), evidence=evidence())
    entries = history(workshop)
    assert [entry.id for entry in entries] == [entry.id for entry in entries][-3:]
    assert len(entries) == 3
    assert run(workshop, 1) is None
    with pytest.raises(NothingToRollBack):
        rollback(workshop, to=1)
    rollback(workshop, to=entries[0].id)
    numbers = [one.id for one in history(workshop)]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(b"this is no database at all, not even nearly " * 100, id="something else"),
        pytest.param(b"SQLite format 3\x00" + b"\xff" * 5000, id="a broken header"),
    ],
)
def test_a_damaged_journal_is_moved_aside_and_said(workshop: Path, damage: bytes):
    change(workshop, recommendation(), evidence=evidence())
    database(workshop).write_bytes(damage)
    with pytest.raises(JournalUnreadable, match="cannot be read"):
        history(workshop)
    made = plan(workshop, recommendation(max_concurrent_sessions=9))
    assert "no value counts as set by hand" in made.notes[0]
    done = apply(made)
    assert "journal.damaged-1.db" in done.notes[0]
    assert database(workshop).with_name("journal.damaged-1.db").read_bytes() == damage
    assert "= 9" in workshop.read_text()
    done.undo()
    assert "= 18" in workshop.read_text()


def test_a_journal_that_could_not_be_read_for_a_moment_is_not_moved_aside(
    workshop: Path, monkeypatch: pytest.MonkeyPatch
):
    change(workshop, recommendation(), evidence=evidence())
    real = tables._open

    def fail_once(place: Place) -> sqlite3.Connection:
        monkeypatch.setattr(tables, "_open", real)
        raise damaged("Page 2: unable to get the page")

    monkeypatch.setattr(tables, "_open", fail_once)
    assert rollback(workshop).notes == ()
    assert "= 30" in workshop.read_text()


def test_a_journal_on_a_disk_that_fails_is_not_called_damaged(
    workshop: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> None:
        raise damaged("Page 2: unable to get the page")

    def not_readable(_: Path) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    change(workshop, recommendation(), evidence=evidence())
    with monkeypatch.context() as patch:
        patch.setattr(tables, "_open", fail)
        patch.setattr(Path, "read_bytes", not_readable)
        with pytest.raises(WriteError, match=r"Input/output error.*look at that disk.*--state-dir"):
            rollback(workshop)
    assert rollback(workshop).notes == ()


def test_pages_that_were_overwritten_are_found_before_they_matter(workshop: Path):
    for number in (20, 18, 16):
        change(workshop, recommendation(max_concurrent_sessions=number), evidence=evidence())
    data = bytearray(database(workshop).read_bytes())
    for page in range(2, len(data) // 4096):
        data[page * 4096 : page * 4096 + 200] = b"\xee" * 200
    database(workshop).write_bytes(data)
    done = change(workshop, recommendation(max_concurrent_sessions=9))
    assert "damaged" in done.notes[0]
    assert "= 9" in workshop.read_text()


@pytest.mark.parametrize("byte", [b"users at", b'"old":30', b'"accepted":18'])
def test_a_single_byte_that_has_changed_never_reaches_the_config(workshop: Path, byte: bytes):
    change(workshop, recommendation(), evidence=evidence())
    data = database(workshop).read_bytes()
    assert byte in data
    database(workshop).write_bytes(data.replace(byte, bytes([byte[0] ^ 4]) + byte[1:]))
    made = plan(workshop, recommendation())
    if byte == b'"accepted":18':  # the knobs are what a plan reads of it
        assert "not as it was written" in made.notes[0]
    else:
        with pytest.raises(JournalUnreadable, match="not as it was written"):
            history(workshop)
    with pytest.raises(NothingToRollBack, match=r"the journal was damaged: .*damaged-1\.db"):
        rollback(workshop)
    assert "= 18" in workshop.read_text()
    assert history(workshop) == ()


@pytest.mark.parametrize(
    "damage", ["DROP TABLE runs", "PRAGMA user_version = 0", "UPDATE runs SET evidence = 'text'"]
)
def test_a_journal_that_lacks_something_is_moved_aside_too(workshop: Path, damage: str):
    change(workshop, recommendation(), evidence=evidence())
    connection = sqlite3.connect(database(workshop))
    with connection:
        connection.execute(damage)
    connection.close()
    done = change(workshop, recommendation(max_concurrent_sessions=9))
    assert "the journal was damaged" in done.notes[0]
    assert "= 9" in workshop.read_text()


def make_older(connection: sqlite3.Connection, version: int) -> None:
    """Turn the journal into one that an earlier version wrote."""
    connection.row_factory = sqlite3.Row
    connection.execute("ALTER TABLE change_sets DROP COLUMN before_digest")
    connection.execute(f"PRAGMA user_version = {version}")
    for row in connection.execute("SELECT * FROM change_sets").fetchall():
        connection.execute(
            "UPDATE change_sets SET seal = ? WHERE id = ?",
            (seal_of("change_sets", dict(row)), row["id"]),
        )


def test_a_journal_of_the_first_version_is_read_and_goes_on(workshop: Path):
    change(workshop, recommendation(), evidence=evidence())
    connection = sqlite3.connect(database(workshop))
    with connection:
        make_older(connection, 1)
        for table in ("runs", "change_sets", "knobs"):
            connection.execute(f"ALTER TABLE {table} DROP COLUMN seal")
        connection.execute("ALTER TABLE runs DROP COLUMN brief")
    connection.close()
    assert len(history(workshop)) == 1
    last, _ = glance(find_place(workshop))
    assert last is not None
    assert last.brief == brief_of(evidence())
    assert last_run(workshop) is not None
    assert not change(workshop, recommendation(max_concurrent_sessions=9)).notes
    rollback(workshop, to=1)
    assert "= 30" in workshop.read_text()


def test_a_journal_of_the_second_version_is_read_and_goes_on(workshop: Path):
    change(workshop, recommendation(), evidence=evidence())
    connection = sqlite3.connect(database(workshop))
    with connection:
        make_older(connection, 2)
        connection.execute("UPDATE runs SET seal = substr(seal, 1, 64)")
    connection.close()
    for notes in (None, ()):  # before and after it is brought up to date
        last, _ = glance(find_place(workshop))
        assert last is not None
        assert last.brief == brief_of(evidence())
        if notes is None:
            assert change(workshop, recommendation(max_concurrent_sessions=9)).notes == ()
    rollback(workshop, to=1)
    assert "= 30" in workshop.read_text()


@pytest.mark.parametrize(
    ("column", "is_seen"), [("brief", True), ("tier", True), ("evidence", False)]
)
def test_a_startup_check_sees_a_changed_byte_in_what_it_reads(
    workshop: Path, column: str, is_seen: bool
):
    change(workshop, recommendation(), evidence=evidence())
    connection = sqlite3.connect(database(workshop))
    with connection:
        connection.execute(f"UPDATE runs SET {column} = {column} || ' '")
    connection.close()
    with pytest.raises(JournalUnreadable) if is_seen else nullcontext():
        glance(find_place(workshop))
    with pytest.raises(JournalUnreadable):
        last_run(workshop)


def test_a_second_damaged_journal_does_not_overwrite_the_first(workshop: Path):
    for number in (18, 9):
        change(workshop, recommendation(max_concurrent_sessions=number))
        database(workshop).write_bytes(b"damage" * 1000)
    change(workshop, recommendation(max_concurrent_sessions=8))
    names = sorted(one.name for one in database(workshop).parent.glob("journal.damaged*"))
    assert names == ["journal.damaged-1.db", "journal.damaged-2.db"]


def test_a_journal_of_a_newer_version_is_never_touched(workshop: Path):
    change(workshop, recommendation())
    connection = sqlite3.connect(database(workshop))
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = (workshop.read_bytes(), database(workshop).read_bytes())
    with pytest.raises(JournalUnreadable, match="made by a newer stresstune"):
        history(workshop)
    with pytest.raises(JournalUnreadable, match="update stresstune"):
        change(workshop, recommendation(max_concurrent_sessions=9))
    assert (workshop.read_bytes(), database(workshop).read_bytes()) == before


def test_a_run_of_a_fleet_is_kept_for_its_report_and_binds_nothing_here(workshop: Path):
    change(workshop, recommendation(), evidence=evidence())
    host = HostResult(name="app-1", outcome="written")
    of_all = replace(evidence(), fleet=FleetFound(seats=(), hosts=(host,)))
    record_run(workshop, of_all)
    latest = record_run(workshop, of_all)
    found, last = run(workshop), last_run(workshop)
    assert found is not None
    assert last is not None
    assert found.evidence.fleet == of_all.fleet
    assert (last.id, found.id) == (1, latest)
    assert glance(find_place(workshop))[0] is not None
    assert run(workshop, latest - 1) is None  # only the latest one is kept


def test_evidence_of_another_version_is_said_not_guessed(workshop: Path):
    change(workshop, recommendation(), evidence=evidence())
    connection = sqlite3.connect(database(workshop))
    with connection:
        connection.execute("UPDATE runs SET evidence = x'00', seal = ''")
    connection.close()
    with pytest.raises(JournalUnreadable, match="run 1 in the journal cannot be read"):
        last_run(workshop)


def test_a_state_folder_that_is_a_file_is_an_error_with_the_option(workshop: Path):
    workshop.with_name(".stresstune").write_text("")
    with pytest.raises(WriteError, match="--state-dir"):
        change(workshop, recommendation())
    assert "= 30" in workshop.read_text()


def test_a_journal_that_is_locked_by_another_program_is_an_error(
    workshop: Path, monkeypatch: pytest.MonkeyPatch
):
    change(workshop, recommendation())
    monkeypatch.setattr("stresstune.config.database.BUSY_SECONDS", 0.01)
    other = sqlite3.connect(database(workshop), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(StresstuneError, match="database is locked"):
            change(workshop, recommendation(max_concurrent_sessions=9))
    finally:
        other.close()
    assert "= 18" in workshop.read_text()


def test_a_journal_that_cannot_be_closed_does_not_undo_what_was_written(
    workshop: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_args: object) -> None:
        raise WriteError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("stresstune.config.journal.Journal.finish", refuse)
        done = change(workshop, recommendation())
    assert done.changed
    assert "could not be brought up to date" in done.notes[-1]
    again = change(workshop, recommendation(max_concurrent_sessions=9))
    assert "the apply 1 was interrupted after it had written the file" in again.notes[0]
    assert [one.state for one in history(workshop)] == ["done", "done"]


def test_a_disk_that_fails_while_the_journal_is_closed_is_not_the_end(
    workshop: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_args: object) -> None:
        raise WriteError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("stresstune.config.journal.Journal.remember", refuse)
        done = change(workshop, recommendation())
    assert "could not be brought up to date" in done.notes[-1]
    assert history(workshop)[0].state == "begun"
    assert history(workshop)[0].id == change(workshop, recommendation(), evidence=evidence()).run_id


def test_no_secret_gets_into_the_journal_by_the_evidence(workshop: Path):
    change(workshop, recommendation(), evidence=evidence())
    assert b"AIza" not in database(workshop).read_bytes()


def test_an_overwriting_that_was_left_begun_keeps_its_bytes(workshop: Path):
    old, new = b'a = 2\npassword = "hunter2"\n', b'a = 1\npassword = "hunter2"\n'
    with turn(find_place(workshop)) as ours:
        number = ours.journal.begin(Begun(kind="apply", before=old, after=new, changes=()))
        begun = ours.journal.unfinished()
        ours.journal.writing_in_place(number, old, new)
        overwriting = ours.journal.unfinished()
    assert [one.id for one in (*begun, *overwriting)] == [number, number]
    assert (begun[0].before, begun[0].after) == (old.replace(b"hunter2", b"[hidden]"), None)
    assert (overwriting[0].before, overwriting[0].after) == (old, new)
