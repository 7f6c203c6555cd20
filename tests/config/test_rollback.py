"""Taking changes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from stresstune.config.apply import apply, change
from stresstune.config.history import history
from stresstune.config.plan import plan
from stresstune.config.rollback import rollback
from stresstune.errors import NothingToRollBack, WriteError
from tests.config.builders import recommendation


def test_an_untouched_file_gets_its_old_bytes_back(workshop: Path):
    before = workshop.read_bytes()
    change(workshop, recommendation())
    done = rollback(workshop)
    assert workshop.read_bytes() == before
    assert done.changed
    assert {one.key: one.new for one in done.changes} == {
        "MAX_CONCURRENT_SESSIONS": 30,
        "slow_mode.default": False,
        "slow_mode.delay_seconds": 3.0,
    }


def test_later_hand_edits_stay(workshop: Path):
    change(workshop, recommendation())
    workshop.write_text("# mine\n" + workshop.read_text().replace("true ", "true # wanted "))
    expected = (
        workshop.read_text()
        .replace("= 18", "= 30")
        .replace("= true", "= false")
        .replace("= 4.5", "= 3.0")
    )
    rollback(workshop)
    assert workshop.read_text() == expected


def test_a_value_that_was_set_by_hand_is_left_alone_and_named(workshop: Path):
    change(workshop, recommendation())
    workshop.write_text(workshop.read_text().replace("= 18", "= 12"))
    done = rollback(workshop)
    assert "= 12" in workshop.read_text()
    assert "default = false" in workshop.read_text()
    assert (
        done.kept[0].because
        == "MAX_CONCURRENT_SESSIONS was set to 12 by hand since then: left alone"
    )


def test_a_key_that_was_removed_by_hand_stays_away(workshop: Path):
    change(workshop, recommendation())
    lines = workshop.read_text().splitlines(keepends=True)
    workshop.write_text("".join(line for line in lines if "delay_seconds" not in line))
    done = rollback(workshop)
    assert "delay_seconds" not in workshop.read_text()
    assert done.kept[0].because == "slow_mode.delay_seconds was removed since then: left alone"


def test_what_was_added_is_taken_out_with_its_table(tmp_path: Path):
    path = tmp_path / "app.toml"
    path.write_text("a = 1\n")
    change(path, {"new.table.x": 1, "new.table.y": 2, "b": 3})
    path.write_text(path.read_text().replace("a = 1", "a = 1 # mine"))
    rollback(path)
    assert path.read_text() == "a = 1 # mine\n"


def test_an_added_table_stays_where_a_person_added_to_it(tmp_path: Path):
    path = tmp_path / "app.toml"
    path.write_text("a = 1\n")
    change(path, {"t.x": 1})
    path.write_text(path.read_text() + "mine = 2\n")
    rollback(path)
    assert path.read_text() == "a = 1\n\n[t]\nmine = 2\n"


def test_a_value_keeps_the_spelling_that_it_had(tmp_path: Path):
    path = tmp_path / "app.toml"
    path.write_text("a = 0x1E\n")
    change(path, {"a": 7})
    path.write_text("# mine\na = 0x7\n")
    rollback(path)
    assert path.read_text() == "# mine\na = 0x1E\n"


def test_a_file_that_is_gone_comes_back(workshop: Path):
    before = workshop.read_bytes()
    change(workshop, recommendation())
    workshop.chmod(0o600)
    workshop.unlink()
    done = rollback(workshop)
    assert workshop.read_bytes() == before
    assert "was gone" in done.notes[0]


def test_a_broken_file_is_replaced_and_kept_in_the_journal(workshop: Path):
    before = workshop.read_bytes()
    change(workshop, recommendation())
    workshop.write_text("broken = = \n")
    done = rollback(workshop)
    assert workshop.read_bytes() == before
    assert "not valid TOML at line 1" in done.notes[0]
    done.undo()
    assert workshop.read_text() == "broken = = \n"


def test_several_changes_are_taken_back_at_once(workshop: Path):
    before = workshop.read_bytes()
    first = change(workshop, recommendation())
    change(workshop, recommendation(max_concurrent_sessions=12))
    change(workshop, recommendation(max_concurrent_sessions=9))
    rollback(workshop, to=first.backup_id)
    assert workshop.read_bytes() == before


def test_plain_rollbacks_go_back_one_apply_at_a_time(workshop: Path):
    states = [workshop.read_bytes()]
    for number in (18, 12, 9):
        change(workshop, recommendation(max_concurrent_sessions=number))
        states.append(workshop.read_bytes())
    for expected in reversed(states[:-1]):
        rollback(workshop)
        assert workshop.read_bytes() == expected
    with pytest.raises(NothingToRollBack, match="no change that is still in force"):
        rollback(workshop)


def test_a_rollback_can_be_rolled_back(workshop: Path):
    change(workshop, recommendation())
    after = workshop.read_bytes()
    done = rollback(workshop)
    rollback(workshop, to=done.backup_id)
    assert workshop.read_bytes() == after
    assert [one.in_force for one in history(workshop)] == [True, False, False]
    rollback(workshop)
    assert [one.in_force for one in history(workshop)] == [False, False, False, False]


def test_a_rollback_with_nothing_left_to_do_changes_nothing(workshop: Path):
    change(workshop, {"MAX_CONCURRENT_SESSIONS": 18})
    workshop.write_text(workshop.read_text().replace("= 18", "= 30"))
    before = workshop.stat().st_mtime_ns
    assert not rollback(workshop).changed
    assert workshop.stat().st_mtime_ns == before


def test_what_was_taken_back_is_a_persons_value_from_then_on(workshop: Path):
    workshop.write_text(workshop.read_text().replace("= 30 ", "= 10 ", 1))
    change(workshop, recommendation())
    rollback(workshop)
    made = plan(workshop, recommendation())
    assert made.kept[0].clamp == "by_hand"


def test_a_file_that_was_not_there_before_is_not_taken_away_but_its_keys_go_back(workshop: Path):
    change(workshop, recommendation())
    written = workshop.read_text()
    workshop.unlink()
    back = rollback(workshop)
    workshop.write_text(workshop.read_text() + "# mine\n")
    done = rollback(workshop, to=back.backup_id)
    assert workshop.read_text() == written + "# mine\n"
    assert "there was no " in done.notes[0]
    assert {one.key: one.new for one in done.changes}["MAX_CONCURRENT_SESSIONS"] == 18


def test_a_file_that_is_gone_once_more_is_not_made_by_taking_its_return_back(workshop: Path):
    change(workshop, recommendation())
    workshop.unlink()
    back = rollback(workshop)
    workshop.unlink()
    with pytest.raises(NothingToRollBack, match="is gone, as it was before change 2"):
        rollback(workshop, to=back.backup_id)
    assert not workshop.exists()


def test_keys_are_taken_back_although_the_file_before_was_broken(workshop: Path):
    change(workshop, {"new.key": 1})
    whole = workshop.read_bytes()
    workshop.write_text("broken = = \n")
    first = rollback(workshop)
    workshop.write_bytes(whole + b"# mine\n")
    rollback(workshop, to=first.backup_id)
    assert workshop.read_bytes() == whole + b"# mine\n"


def test_an_unknown_number_is_refused_without_making_a_journal(workshop: Path):
    with pytest.raises(NothingToRollBack, match="has no change 7"):
        rollback(workshop, to=7)
    assert not (workshop.parent / ".stresstune").exists()
    change(workshop, recommendation())
    with pytest.raises(NothingToRollBack, match="has no change 7"):
        rollback(workshop, to=7)


def test_a_config_that_became_a_folder_cannot_be_rolled_back(workshop: Path):
    apply(plan(workshop, recommendation()))
    workshop.unlink()
    workshop.mkdir()
    with pytest.raises(WriteError, match="cannot be read: Is a directory"):
        rollback(workshop)
