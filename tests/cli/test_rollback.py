from __future__ import annotations

import pytest

from stresstune.cli import exits

pytestmark = pytest.mark.usefixtures("config")


def test_a_rollback_gives_the_old_bytes_back(run, config, critical) -> None:
    before = config.read_bytes()
    run("apply", "--from", critical)
    assert config.read_bytes() != before
    said = run("rollback")
    assert said.code == exits.DONE
    assert "MAX_CONCURRENT_SESSIONS: 1 -> 30" in said.out
    assert said.out.endswith(
        "Rolled back workshop.toml; this is change 2 in its journal.\n"
        "Next: restart the app. `stresstune rollback --to 2` brings back what was taken.\n"
    )
    assert config.read_bytes() == before
    run("rollback", "--to", "2")
    assert config.read_bytes() != before


def test_a_rollback_keeps_later_hand_edits(run, config, critical) -> None:
    run("apply", "--from", critical)
    config.write_text(
        config.read_text().replace("MAX_CONCURRENT_SESSIONS = 1", "MAX_CONCURRENT_SESSIONS = 9")
    )
    said = run("rollback")
    assert "Left as it is" in said.out
    assert "MAX_CONCURRENT_SESSIONS = 9\n" in config.read_text()
    assert "default = false" in config.read_text()


def test_nothing_to_take_back_is_no_error_but_a_number_that_is_not_there_is(run) -> None:
    said = run("rollback")
    assert said.code == exits.DONE
    assert "Nothing to take back in workshop.toml" in said.out
    assert "\nNothing was written. Next: `stresstune apply`" in said.out
    assert run("rollback", "--json").document["changed"] is False
    wrong = run("rollback", "--to", "99")
    assert wrong.code == exits.USAGE
    assert "no change 99" in wrong.err


def test_where_every_key_was_edited_nothing_is_rolled_back(run, config, concerning) -> None:
    run("apply", "--from", concerning)
    config.write_text(config.read_text().replace("= 19", "= 9"))
    said = run("rollback", "--to", "1")
    assert "Nothing to roll back in workshop.toml" in said.out


def test_what_was_taken_back_already_is_told_from_what_people_set(run, config, concerning) -> None:
    run("apply", "--from", concerning)
    run("rollback")
    run("rollback", "--to", "2")
    config.write_text(config.read_text().replace("= 19", "= 9"))
    assert "has been taken back already" in run("rollback", "--to", "2").out
    assert "no key has the written value any more" in run("rollback", "--to", "1").out


def test_a_rollback_is_a_document_too(run, concerning) -> None:
    run("apply", "--from", concerning)
    document = run("rollback", "--json").document
    assert (document["changed"], document["backup_id"]) == (True, 2)


def test_what_must_be_written_again_comes_before_the_restart(run, config, concerning) -> None:
    config.write_text('API_KEY = "hunter2hunter2"\n' + config.read_text())
    run("apply", "--from", concerning)
    config.unlink()
    said = run("rollback")
    assert "write again what is [hidden] now (API_KEY)" in " ".join(said.out.split())
    assert "Next: write what is [hidden] in it again, and restart the app." in said.out
    assert run("rollback", "--to", "2", "--json").document["hidden"] == []
