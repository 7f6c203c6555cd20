"""What the app reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stresstune.config.load import load_config
from stresstune.config.settings import Settings, emit, load_settings, notes_on_environment
from stresstune.errors import ConfigError


def test_the_file_is_read(workshop: Path):
    settings = load_settings(workshop, environ={})
    assert settings.max_concurrent_sessions == 30
    assert settings.slow_mode_default is False
    assert settings.slow_mode_delay_seconds == 3.0
    assert settings.overrides == {}


def test_the_environment_outranks_the_file_and_is_named(workshop: Path):
    environ = {
        "MAX_CONCURRENT_SESSIONS": " 12 ",
        "SLOW_MODE_DEFAULT": "Yes",
        "SLOW_MODE_DELAY_SECONDS": "5",
        "OTHER": "1",
    }
    settings = load_settings(workshop, environ=environ)
    assert settings.max_concurrent_sessions == 12
    assert settings.slow_mode_default is True
    assert settings.slow_mode_delay_seconds == 5.0
    assert list(settings.overrides) == [
        "MAX_CONCURRENT_SESSIONS",
        "SLOW_MODE_DEFAULT",
        "SLOW_MODE_DELAY_SECONDS",
    ]


def test_an_empty_variable_counts_as_unset(workshop: Path):
    assert load_settings(workshop, environ={"MAX_CONCURRENT_SESSIONS": ""}).overrides == {}


def test_this_process_has_an_environment(workshop: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MAX_CONCURRENT_SESSIONS", "7")
    assert load_settings(workshop).max_concurrent_sessions == 7


def test_a_variable_may_have_a_name_of_its_own(workshop: Path):
    with workshop.open("a") as file:
        file.write("[stresstune.environment]\nmax_concurrent_sessions = 'APP_USERS'\n")
    settings = load_settings(workshop, environ={"APP_USERS": "9", "MAX_CONCURRENT_SESSIONS": "1"})
    assert settings.overrides == {"APP_USERS": 9}


def test_a_knob_that_is_nowhere_set_has_the_value_of_the_workload(tmp_path: Path):
    path = tmp_path / "app.toml"
    path.write_text("[stresstune.workload]\nsessions = 12\nslow_mode_delay_seconds = 4\n")
    settings = load_settings(path, environ={})
    assert settings.max_concurrent_sessions == 12
    assert settings.slow_mode_default is False
    assert settings.slow_mode_delay_seconds == 4.0


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("MAX_CONCURRENT_SESSIONS", "many", "a whole number from 0"),
        ("MAX_CONCURRENT_SESSIONS", "-1", "a whole number from 0"),
        ("SLOW_MODE_DEFAULT", "maybe", "true or false"),
        ("SLOW_MODE_DELAY_SECONDS", "nan", "a number from 0"),
    ],
)
def test_a_variable_that_is_not_allowed_is_refused_by_name(
    workshop: Path, name: str, value: str, allowed: str
):
    with pytest.raises(ConfigError, match=f'{name} is "{value}"; allowed is {allowed}') as caught:
        load_settings(workshop, environ={name: value})
    assert caught.value.key == name


def test_off_is_said_in_four_ways(workshop: Path):
    for text in ("0", "false", "NO", "off"):
        assert (
            load_settings(workshop, environ={"SLOW_MODE_DEFAULT": text}).slow_mode_default is False
        )


def test_an_app_may_fall_back_to_safe_values(workshop: Path):
    environ = {"MAX_CONCURRENT_SESSIONS": "many"}
    settings = load_settings(workshop, on_error="safe", environ=environ)
    assert settings.max_concurrent_sessions == 15
    assert settings.slow_mode_default is True
    assert "many" in settings.problems[0]


def test_safe_is_never_more_than_the_file_says(workshop: Path):
    workshop.write_text(workshop.read_text().replace("= 30 ", "= 5 ", 1))
    settings = load_settings(workshop, on_error="safe", environ={"SLOW_MODE_DEFAULT": "x"})
    assert settings.max_concurrent_sessions == 5


CAREFUL = """\
MAX_CONCURRENT_SESSIONS = 5
[slow_mode]
default = true
delay_seconds = 12.0
"""


def safe(path: Path, text: str, **environ: str) -> Settings:
    path.write_text(text)
    settings = load_settings(path, on_error="safe", environ=environ)
    assert settings.problems
    assert settings.slow_mode_default is True
    return settings


@pytest.mark.parametrize(
    "fault",
    [
        {"SLOW_MODE_DEFAULT": "maybe"},
        {"MAX_CONCURRENT_SESSIONS": "many"},
        {"SLOW_MODE_DELAY_SECONDS": "-1"},
    ],
)
def test_a_bad_variable_leaves_the_rest_of_the_file_as_careful_as_it_is(
    workshop: Path, fault: dict[str, str]
):
    settings = safe(workshop, CAREFUL, **fault)
    assert settings.max_concurrent_sessions == 5
    assert settings.slow_mode_delay_seconds == 12.0


@pytest.mark.parametrize(
    "fault",
    [
        "[stresstune]\nworkloda = 1\n",
        "[stresstune.workload]\nsesions = 12\n",
        "[stresstune.policy]\nmin = -3\n",
        "[stresstune.check]\nmax_age_days = 'a'\n[stresstune.keys]\nmax = 1\n",
        "stresstune = 3\n",
    ],
)
def test_a_fault_under_stresstune_leaves_the_app_s_own_keys_as_they_are(workshop: Path, fault: str):
    text = fault + CAREFUL if "=" in fault.splitlines()[0] else CAREFUL + fault
    settings = safe(workshop, text)
    assert settings.max_concurrent_sessions == 5
    assert settings.slow_mode_delay_seconds == 12.0


def test_what_an_operator_set_is_kept_where_it_is_the_more_careful(workshop: Path):
    given = {"MAX_CONCURRENT_SESSIONS": "2", "SLOW_MODE_DELAY_SECONDS": "20"}
    settings = safe(workshop, CAREFUL, SLOW_MODE_DEFAULT="maybe", **given)
    assert settings.max_concurrent_sessions == 2
    assert settings.slow_mode_delay_seconds == 20.0
    assert settings.overrides == {"MAX_CONCURRENT_SESSIONS": 2, "SLOW_MODE_DELAY_SECONDS": 20.0}
    bold = {"MAX_CONCURRENT_SESSIONS": "99", "SLOW_MODE_DELAY_SECONDS": "0"}
    settings = safe(workshop, CAREFUL, SLOW_MODE_DEFAULT="maybe", **bold)
    assert settings.max_concurrent_sessions == 5
    assert settings.slow_mode_delay_seconds == 12.0
    assert safe(workshop, "a = = 1", MAX_CONCURRENT_SESSIONS="2").max_concurrent_sessions == 2


def test_a_bad_knob_in_the_file_leaves_the_others_and_every_fault_is_listed(workshop: Path):
    text = CAREFUL.replace("= 5", "= 'five'") + "[stresstune.workload]\nsessions = 8\ntypo = 1\n"
    settings = safe(workshop, text, SLOW_MODE_DEFAULT="maybe")
    assert settings.max_concurrent_sessions == 4
    assert settings.slow_mode_delay_seconds == 12.0
    assert "typo" in settings.problems[0]
    assert "five" in settings.problems[1]
    assert "maybe" in settings.problems[2]


def test_keys_of_one_s_own_are_found_beside_a_fault(workshop: Path):
    text = "limit = 3\nwait = 9\n[stresstune]\ntypo = 1\n[stresstune.keys]\n"
    names = 'max_concurrent_sessions = "limit"\nslow_mode_delay_seconds = "wait"\n'
    settings = safe(workshop, text + names, WAIT="11")
    assert (settings.max_concurrent_sessions, settings.slow_mode_delay_seconds) == (3, 11.0)


def test_safe_values_need_no_file_at_all(tmp_path: Path):
    settings = load_settings(tmp_path / "none.toml", on_error="safe", environ={})
    assert (settings.max_concurrent_sessions, settings.slow_mode_default) == (15, True)


def test_any_other_choice_is_an_error_of_the_caller(workshop: Path):
    with pytest.raises(ValueError, match='must be "raise" or "safe"'):
        load_settings(workshop, on_error="ignore")  # type: ignore[arg-type]


def test_what_is_emitted_is_what_is_read(workshop: Path):
    config = load_config(workshop)
    values = {**config.values, "max_concurrent_sessions": 18, "slow_mode_delay_seconds": 4.5}
    environ = dict(line.split("=") for line in emit(config, values, "env").splitlines())
    settings = load_settings(workshop, environ=environ)
    assert settings.max_concurrent_sessions == 18
    assert settings.slow_mode_delay_seconds == 4.5
    assert json.loads(emit(config, values, "json")) == {
        "max_concurrent_sessions": 18,
        "slow_mode_default": False,
        "slow_mode_delay_seconds": 4.5,
    }


def test_variables_that_shadow_the_file_are_named_and_empty_ones_are_not(workshop: Path):
    config = load_config(workshop)
    environ = {"MAX_CONCURRENT_SESSIONS": " 5 ", "SLOW_MODE_DEFAULT": " "}
    (note,) = notes_on_environment(config, environ)
    assert "MAX_CONCURRENT_SESSIONS (5) shadows MAX_CONCURRENT_SESSIONS" in note
    (note,) = notes_on_environment(config, {"SLOW_MODE_DEFAULT": 1000 * "/usr/bin:"})
    assert len(note) < 250


@pytest.mark.parametrize("name", ["1ST", "A B", "A;rm -rf /", "A=B", "\u00c4"])
def test_a_variable_that_no_shell_takes_is_refused(workshop: Path, name: str):
    text = f'[stresstune.environment]\nslow_mode_default = "{name}"\n'
    workshop.write_text(workshop.read_text() + text)
    with pytest.raises(ConfigError, match="no name of an environment variable"):
        load_config(workshop)


def test_two_knobs_cannot_have_one_variable(workshop: Path):
    text = '[stresstune.environment]\nslow_mode_default = "A"\nslow_mode_delay_seconds = "A"\n'
    workshop.write_text(workshop.read_text() + text)
    with pytest.raises(ConfigError, match="two knobs have the same variable"):
        load_config(workshop)


def test_every_knob_that_is_wrong_is_listed_and_none_of_them_twice(tmp_path: Path):
    path = tmp_path / "workshop.toml"
    path.write_text(
        'MAX_CONCURRENT_SESSIONS = "many"\n[slow_mode]\ndefault = "yes"\ndelay_seconds = nan\n'
    )
    problems = load_settings(path, on_error="safe", environ={}).problems
    assert [problem.partition(" is ")[0].partition(", ")[2] for problem in problems] == [
        "line 1: MAX_CONCURRENT_SESSIONS",
        "line 3: slow_mode.default",
        "line 4: slow_mode.delay_seconds",
    ]
