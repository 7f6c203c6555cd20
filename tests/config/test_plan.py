"""From a recommendation to the exact edit."""

from __future__ import annotations

from pathlib import Path

import pytest

from stresstune.config.apply import apply
from stresstune.config.plan import diff, is_equal, plan
from stresstune.config.text import digest_of
from stresstune.errors import ConfigError
from stresstune.model.change import Plan
from tests.config.builders import api, evidence, recommendation


def keys_of(made: Plan) -> dict[str, object]:
    return {change.key: change.new for change in made.changes}


def test_a_recommendation_becomes_changes_with_reasons(workshop: Path):
    before = workshop.read_bytes()
    made = plan(workshop, recommendation())
    assert keys_of(made) == {
        "MAX_CONCURRENT_SESSIONS": 18,
        "slow_mode.default": True,
        "slow_mode.delay_seconds": 4.5,
    }
    assert made.changes[0].old == 30
    assert made.changes[0].because == "24 sessions fit, less 20 % headroom"
    assert made.digest == digest_of(before)
    assert workshop.read_bytes() == before
    assert not (workshop.parent / ".stresstune").exists()


def test_the_diff_shows_the_lines_that_change(workshop: Path):
    lines = plan(workshop, recommendation(slow_mode_default=None)).diff.splitlines()
    assert "-MAX_CONCURRENT_SESSIONS = 30   # users at the same time" in lines
    assert "+MAX_CONCURRENT_SESSIONS = 18   # users at the same time" in lines
    assert lines[0] == f"--- {workshop}"
    assert sum(line.startswith(("+", "-")) for line in lines) == 6


def test_an_empty_file_loses_no_line_in_the_diff(workshop: Path):
    workshop.write_bytes(b"")
    wanted = recommendation(slow_mode_default=None, slow_mode_delay_seconds=None)
    lines = plan(workshop, wanted).diff.splitlines()
    assert lines[2:] == ["@@ -0,0 +1 @@", "+MAX_CONCURRENT_SESSIONS = 18"]


def test_none_leaves_a_knob_alone(workshop: Path):
    wanted = recommendation(slow_mode_default=None, slow_mode_delay_seconds=None)
    assert keys_of(plan(workshop, wanted)) == {"MAX_CONCURRENT_SESSIONS": 18}


def test_no_more_sessions_are_let_in_than_are_wanted(workshop: Path):
    workshop.write_text(workshop.read_text().replace("= 30 ", "= 5 ", 1))
    wanted = recommendation(max_concurrent_sessions=50, max_sessions_wanted=None)
    made = plan(workshop, wanted)
    assert keys_of(made)["MAX_CONCURRENT_SESSIONS"] == 30
    assert made.kept[0].clamp == "workload"


def test_nothing_to_change_gives_an_empty_plan(workshop: Path):
    wanted = recommendation(
        max_concurrent_sessions=30, slow_mode_default=False, slow_mode_delay_seconds=3.0
    )
    made = plan(workshop, wanted)
    assert made.changes == ()
    assert made.diff == ""
    assert made.digest == made.result_digest


def test_knobs_go_where_the_keys_say(tmp_path: Path):
    path = tmp_path / "app.toml"
    path.write_text(
        "[[app]]\nusers = 30\n[stresstune.keys]\nmax_concurrent_sessions = 'app[0].users'\n"
    )
    assert keys_of(plan(path, recommendation()))["app[0].users"] == 18


def test_a_pin_is_kept_and_warned_of(workshop: Path):
    with workshop.open("a") as file:
        file.write("[stresstune.policy]\npin = ['slow_mode.default']\n")
    made = plan(workshop, recommendation())
    assert "slow_mode.default" not in keys_of(made)
    assert [one.clamp for one in made.kept] == ["pin"]
    assert "the other values were reckoned with it" in made.notes[0]


def test_a_pin_may_be_quoted(workshop: Path):
    with workshop.open("a") as file:
        file.write("[stresstune.policy]\npin = ['\"slow_mode\".default']\n")
    assert plan(workshop, recommendation()).kept[0].clamp == "pin"


def test_pins_of_the_recommendation_count_too(workshop: Path):
    made = plan(workshop, recommendation(pins=("max_concurrent_sessions",)))
    assert "MAX_CONCURRENT_SESSIONS" not in keys_of(made)


def test_a_knob_that_the_app_does_not_have_is_named(workshop: Path):
    with workshop.open("a") as file:
        file.write("[stresstune.keys]\nslow_mode_default = ''\n")
    made = plan(workshop, recommendation())
    assert made.kept[0].clamp == "no_key"
    assert "this app has no such knob" in made.notes[0]


def test_values_that_the_caller_chose_count_as_set_by_hand(workshop: Path):
    apply(plan(workshop, recommendation()))
    apply(plan(workshop, {"MAX_CONCURRENT_SESSIONS": 5}))
    assert plan(workshop, recommendation()).kept[0].clamp == "by_hand"


def test_the_reason_names_the_clamp_that_was_active(workshop: Path):
    apply(plan(workshop, recommendation()))
    workshop.write_text(workshop.read_text().replace("= 18", "= 12"))
    made = plan(workshop, recommendation(max_concurrent_sessions=20))
    assert "MAX_CONCURRENT_SESSIONS" not in keys_of(made)
    assert made.kept[0].clamp == "by_hand"


def test_slow_mode_stays_on_while_the_measured_margin_is_thin(workshop: Path):
    workshop.write_text(workshop.read_text().replace("default = false", "default = true"))
    wanted = recommendation(max_concurrent_sessions=30, slow_mode_default=False)
    thin = evidence(recommendation=wanted, api_sessions=31)
    assert plan(workshop, wanted, evidence=thin).kept[0].clamp == "margin"
    enough = evidence(recommendation=wanted, api_sessions=31, api=api(outcome="enough"))
    assert keys_of(plan(workshop, wanted, evidence=enough))["slow_mode.default"] is False


def test_any_toml_file_and_any_path_can_be_planned(tmp_path: Path):
    path = tmp_path / "any.toml"
    path.write_text("a.b = [1, 2]\n[stresstune]\nnonsense = 1\n")
    made = plan(path, {"a.b[1]": 5, "c.d": "x", "a.b[0]": 1})
    assert keys_of(made) == {"a.b[1]": 5, "c.d": "x"}


@pytest.mark.parametrize("source", ["30", "0x1E", "3_0", "0b11110", "30.0", "3e1"])
def test_an_equal_value_is_not_spelled_anew(tmp_path: Path, source: str):
    path = tmp_path / "any.toml"
    path.write_text(f"a = {source}\n")
    assert plan(path, {"a": 30}).changes == ()


def test_an_integer_in_the_file_stays_one_where_the_value_allows_it(workshop: Path):
    workshop.write_text(workshop.read_text().replace("3.0", "3"))
    made = plan(workshop, recommendation(slow_mode_delay_seconds=5.0))
    assert made.changes[2].new_source == "5"
    made = plan(workshop, recommendation(slow_mode_delay_seconds=5.5))
    assert made.changes[2].new_source == "5.5"


def test_a_plan_travels_as_json(workshop: Path):
    made = plan(workshop, recommendation(), evidence=evidence())
    assert Plan.from_json(made.to_json()) == made


def test_values_that_json_does_not_know_travel_by_their_source(tmp_path: Path):
    path = tmp_path / "any.toml"
    path.write_text("d = 2026-11-23\nf = nan\n")
    made = Plan.from_json(plan(path, {"d": "later", "f": float("inf")}).to_json())
    apply(made)
    assert path.read_text() == 'd = "later"\nf = inf\n'


def test_a_byte_order_mark_is_mentioned(workshop: Path):
    workshop.write_bytes(b"\xef\xbb\xbf" + workshop.read_bytes())
    assert "byte order mark" in plan(workshop, recommendation()).notes[0]


def test_what_is_no_path_or_no_value_is_refused(workshop: Path):
    with pytest.raises(ValueError, match="not a dotted path"):
        plan(workshop, {"a b": 1})
    with pytest.raises(ValueError, match="has no form in TOML"):
        plan(workshop, {"a": None})
    for key in ("MAX_CONCURRENT_SESSIONS", "slow_mode.delay_seconds", "new"):
        with pytest.raises(ValueError, match="leaves the 64 bits"):
            plan(workshop, {key: 10**400})


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        ("a", "a.b", "a.b lies within a: only one of them can be set"),
        ("list[0].x", "list", r"list\[0\].x lies within list"),
        ("new.deep.er", "new", "new.deep.er lies within new"),
        ("a.b", "'a'.b", "a.b is set twice"),
    ],
)
def test_values_that_would_overwrite_each_other_are_refused(
    tmp_path: Path, one: str, other: str, message: str
):
    path = tmp_path / "app.toml"
    path.write_text("a = { b = 1 }\nlist = [{ x = 1 }]\n")
    with pytest.raises(ValueError, match=message):
        plan(path, {one: 2, other: 3})


def test_a_recommendation_that_pins_what_is_no_knob_is_refused(workshop: Path):
    with pytest.raises(ValueError, match='"nonsense" is pinned, which is no knob of '):
        plan(workshop, recommendation(pins=("slow_mode_default", "nonsense")))


def test_an_unreadable_config_is_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match="does not exist"):
        plan(tmp_path / "none.toml", recommendation())


def test_equality_is_by_value_but_not_across_kinds():
    assert is_equal(3, 3.0)
    assert not is_equal(True, 1)
    assert not is_equal(1, True)
    assert not is_equal("1", 1)


def test_the_diff_shows_no_secret_that_stands_beside_a_change():
    lines = b'password = "hunter2"\nredis = "redis://:hunter2@db"\n# key: hunter2\n'
    assert "hunter2" not in diff(lines + b"a = 1\n", lines + b"a = 2\n", "f")


def test_the_diff_does_not_show_line_endings():
    assert diff(b"a = 1\r\n", b"a = 2\r\n", "f").splitlines()[-1] == "+a = 2"


@pytest.mark.parametrize(
    ("source", "value", "changes"),
    [
        ("[1]", [True], 1),
        ("[1]", [1], 0),
        ("+nan", float("nan"), 0),
        ("-0.0", 0, 0),
        ("[nan]", [1], 1),
    ],
)
def test_an_equal_value_is_told_from_one_that_only_looks_like_it(
    workshop: Path, source: str, value: object, changes: int
):
    workshop.write_text(f"a = {source}\n")
    assert len(plan(workshop, {"a": value}).changes) == changes


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("MAX_CONCURRENT_SESSIONS", "x", "allowed is a whole number"),
        ("MAX_CONCURRENT_SESSIONS", -5, "allowed is a whole number"),
        ("slow_mode.default", 3, "allowed is true or false"),
        ("stresstune.workload.sessions", 0, "allowed is a whole number"),
    ],
)
def test_a_value_that_the_app_could_not_read_is_refused(
    workshop: Path, key: str, value: object, words: str
):
    with pytest.raises(ValueError, match=words):
        plan(workshop, {key: value})


def test_a_config_that_is_wrong_already_can_be_mended(workshop: Path):
    workshop.write_text('MAX_CONCURRENT_SESSIONS = "many"\n')
    assert plan(workshop, {"MAX_CONCURRENT_SESSIONS": 3}).changes[0].new == 3
