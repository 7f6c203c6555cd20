"""Writing what was planned."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from stresstune.config.apply import apply, change
from stresstune.config.history import history, last_run
from stresstune.config.plan import plan
from stresstune.config.rollback import rollback
from stresstune.errors import ConfigError, NothingToRollBack, StalePlan
from stresstune.model.change import Plan
from tests.config.builders import evidence, recommendation


def test_the_values_are_written_and_nothing_else(workshop: Path):
    before = workshop.read_text()
    done = apply(plan(workshop, recommendation()))
    assert done.changed
    assert done.way == "replaced"
    assert workshop.read_text() == (
        before.replace("= 30  ", "= 18  ").replace("= false", "= true").replace("= 3.0", "= 4.5")
    )


def test_nothing_to_change_writes_nothing(workshop: Path):
    apply(plan(workshop, recommendation(), evidence=evidence()))
    before = workshop.stat()
    done = apply(plan(workshop, recommendation(), evidence=evidence()))
    after = workshop.stat()
    assert not done.changed
    assert done.backup_id is None
    assert (before.st_mtime_ns, before.st_ino, before.st_ctime_ns) == (
        after.st_mtime_ns,
        after.st_ino,
        after.st_ctime_ns,
    )
    assert done.run_id == 2


def test_an_empty_plan_without_evidence_leaves_no_trace_at_all(workshop: Path):
    assert not apply(plan(workshop, {"MAX_CONCURRENT_SESSIONS": 30})).changed
    assert [path.name for path in workshop.parent.iterdir()] == ["workshop.toml"]


def test_the_mode_is_kept_and_the_time_is_new(workshop: Path):
    workshop.chmod(0o640)
    os.utime(workshop, (0, 0))
    apply(plan(workshop, recommendation()))
    found = workshop.stat()
    assert stat.S_IMODE(found.st_mode) == 0o640
    assert found.st_mtime > 0


def test_a_chain_of_links_stays_and_the_real_file_changes(tmp_path: Path, workshop: Path):
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "one").symlink_to("../workshop.toml")
    (tmp_path / "two").symlink_to("links/one")
    done = apply(plan(tmp_path / "two", recommendation()))
    assert (tmp_path / "two").is_symlink()
    assert (tmp_path / "links" / "one").is_symlink()
    assert "= 18" in workshop.read_text()
    assert (tmp_path / ".stresstune" / "journal.db").exists()
    done.undo()
    assert "= 30" in workshop.read_text()


def test_a_hard_link_is_said(workshop: Path):
    os.link(workshop, workshop.with_name("other"))
    done = apply(plan(workshop, recommendation()))
    assert "2 names (hard links)" in done.notes[0]
    assert "= 30" in workshop.with_name("other").read_text()


def test_extended_attributes_are_kept(workshop: Path):
    try:
        os.setxattr(workshop, "user.note", b"mine")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    apply(plan(workshop, recommendation()))
    assert os.getxattr(workshop, "user.note") == b"mine"


def test_a_file_that_changed_since_the_plan_is_refused(workshop: Path):
    made = plan(workshop, recommendation())
    workshop.write_text(workshop.read_text() + "# a person was here\n")
    before = workshop.read_bytes()
    with pytest.raises(StalePlan, match="changed after the plan was made"):
        apply(made)
    assert workshop.read_bytes() == before


def test_an_empty_plan_is_stale_too(workshop: Path):
    made = plan(workshop, {})
    workshop.write_text("a = 1\n")
    with pytest.raises(StalePlan):
        apply(made)


def test_a_plan_that_was_tampered_with_is_refused(workshop: Path):
    text = (
        plan(workshop, recommendation()).to_json().replace('"new_source":"18"', '"new_source":"90"')
    )
    with pytest.raises(StalePlan, match="another file than the one that was planned"):
        apply(Plan.from_json(text))
    assert "= 30" in workshop.read_text()


def test_a_file_that_is_gone_is_refused(workshop: Path):
    made = plan(workshop, recommendation())
    workshop.unlink()
    with pytest.raises(ConfigError, match="does not exist"):
        apply(made)
    assert not workshop.exists()


def test_the_evidence_goes_into_the_journal(workshop: Path):
    done = apply(plan(workshop, recommendation(), evidence=evidence()))
    run = last_run(workshop)
    assert run is not None
    assert run.id == done.run_id
    assert run.evidence == evidence()
    assert history(workshop)[0].tier == "concerning"


def test_undo_brings_the_old_bytes_back(workshop: Path):
    before = workshop.read_bytes()
    assert apply(plan(workshop, recommendation())).undo().changed
    assert workshop.read_bytes() == before


def test_undoing_nothing_says_so(workshop: Path):
    with pytest.raises(NothingToRollBack):
        apply(plan(workshop, {})).undo()


def test_change_plans_and_applies_in_one_turn(workshop: Path):
    done = change(workshop, recommendation(), evidence=evidence())
    assert done.changed
    assert not change(workshop, recommendation(), evidence=evidence()).changed


def test_what_was_edited_by_hand_since_the_job_began_is_not_raised(workshop: Path):
    began = {"max_concurrent_sessions": 30}
    workshop.write_text(workshop.read_text().replace("= 30  ", "= 8  "))
    done = change(workshop, recommendation(), evidence=evidence(), began=began)
    assert "= 8  " in workshop.read_text()
    assert [one.clamp for one in done.kept if one.value == 8] == ["by_hand"]


def test_what_was_found_right_is_remembered_also_where_nothing_was_written(workshop: Path):
    workshop.write_text(workshop.read_text().replace("= 30  ", "= 18  "))
    right = recommendation(slow_mode_default=None, slow_mode_delay_seconds=None)
    assert not apply(plan(workshop, right)).changed
    workshop.write_text(workshop.read_text().replace("= 18  ", "= 10  "))
    assert not plan(workshop, right).changes


def test_twenty_runs_that_measure_nearly_the_same_soon_stop_writing(workshop: Path):
    noise = (0, 3, -2, 4, -4, 1, -3, 2, -1, 4, -4, 3, 0, -4, 4, 2, -2, 1, -1, 4)
    written = [
        change(
            workshop,
            recommendation(
                max_concurrent_sessions=int(21 * (1 + percent / 100)),
                slow_mode_delay_seconds=round(4 * (1 - percent / 100), 1),
            ),
        ).changed
        for percent in noise
    ]
    assert sum(written[5:]) == 0
    assert sum(written) <= 4


def test_the_journal_may_live_elsewhere(workshop: Path, tmp_path: Path):
    elsewhere = tmp_path / "state"
    done = apply(plan(workshop, recommendation(), state_dir=elsewhere))
    assert (elsewhere / "journal.db").exists()
    assert not (tmp_path / ".stresstune").exists()
    assert history(workshop, state_dir=elsewhere)[0].id == done.backup_id
    assert history(workshop) == ()
    done.undo()
    assert "= 30" in workshop.read_text()


def test_the_journal_moves_with_its_folder(workshop: Path, tmp_path: Path):
    (tmp_path / "old").mkdir()
    config = workshop.rename(tmp_path / "old" / "workshop.toml")
    apply(plan(config, recommendation()))
    (tmp_path / "old").rename(tmp_path / "new")
    assert len(history(tmp_path / "new" / "workshop.toml")) == 1


def test_the_journal_is_kept_out_of_the_repository(workshop: Path):
    apply(plan(workshop, recommendation()))
    assert (workshop.parent / ".stresstune" / ".gitignore").read_text().endswith("*\n")


def test_the_journal_can_be_read_by_those_who_can_read_the_config(workshop: Path):
    workshop.chmod(0o600)
    apply(plan(workshop, recommendation()))
    state = workshop.parent / ".stresstune"
    assert stat.S_IMODE((state / "journal.db").stat().st_mode) == 0o600
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_the_journal_is_closed_to_those_who_may_not_read_the_config_any_more(workshop: Path):
    workshop.chmod(0o644)
    apply(plan(workshop, recommendation()))
    journal = workshop.parent / ".stresstune" / "journal.db"
    assert stat.S_IMODE(journal.stat().st_mode) == 0o644
    journal.chmod(0o664)  # an operator lets the group write
    for closed, left in ((0o640, 0o660), (0o600, 0o600), (0o644, 0o600)):
        workshop.chmod(closed)
        change(workshop, recommendation(max_concurrent_sessions=9))
        assert stat.S_IMODE(journal.stat().st_mode) == left


def test_a_journal_of_several_configs_is_read_by_those_who_may_read_them_all(tmp_path: Path):
    for name, mode in (("open.toml", 0o644), ("closed.toml", 0o600)):
        config = tmp_path / name
        config.write_text("a = 1\n")
        config.chmod(mode)
        apply(plan(config, {"a": 2}, state_dir=tmp_path / "state"))
        journal = tmp_path / "state" / "journal.db"
        assert stat.S_IMODE(journal.stat().st_mode) == mode


@pytest.mark.parametrize("part", ["name", "folder"])
def test_names_that_are_no_utf_8_are_taken_as_they_are(workshop: Path, part: str):
    if part == "name":
        config = workshop.rename(os.fsdecode(os.fsencode(workshop.parent) + b"/caf\xe9.toml"))
    else:
        folder = Path(os.fsdecode(os.fsencode(workshop.parent) + b"/caf\xe9"))
        folder.mkdir()
        config = workshop.rename(folder / "workshop.toml")
    before = config.read_bytes()
    change(config, recommendation(), evidence=evidence())
    assert config.read_bytes() != before
    (entry,) = history(config)
    assert entry.state == "done"
    rollback(config)
    assert config.read_bytes() == before


def test_a_name_as_long_as_names_may_be_is_replaced_too(workshop: Path):
    config = workshop.rename(workshop.with_name("x" * 250 + ".toml"))
    assert change(config, recommendation()).way == "replaced"
    assert len(list(config.parent.iterdir())) == 2
