"""What a config may say, and how it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from stresstune.config.load import load_config, parse_config
from stresstune.errors import ConfigError
from stresstune.model.policy import Policy
from stresstune.model.workload import Workload


def test_a_file_without_our_table_has_every_default(tmp_path: Path):
    path = tmp_path / "app.toml"
    path.write_text("title = 'an app'\n")
    config = load_config(path)
    assert config.workload == Workload()
    assert config.policy == Policy()
    assert config.keys.max_concurrent_sessions == "MAX_CONCURRENT_SESSIONS"
    assert config.path == str(path)
    assert config.values == {}


def test_everything_that_is_said_is_read(workshop: Path):
    workshop.write_text("""
[limits]
users = 12
[stresstune.workload]
sessions = 12
think_seconds = 1
[stresstune.keys]
max_concurrent_sessions = "limits.users"
slow_mode_default = ""
slow_mode_delay_seconds = ""
[stresstune.policy]
min = 3
max = { max_concurrent_sessions = 20, slow_mode_delay_seconds = 9 }
pin = ["limits.users"]
[stresstune.budget]
max_requests = 200
[stresstune.api]
model = "gemini-flash"
[stresstune.memory]
limit = "512MiB"
factory = "app.sessions:open"
[stresstune.environment]
max_concurrent_sessions = "APP_USERS"
[stresstune.check]
max_age_days = 7
[stresstune.journal]
keep = 5
""")
    config = load_config(workshop)
    assert config.workload.sessions == 12
    assert config.values == {"max_concurrent_sessions": 12}
    assert config.keys.path_of("max_concurrent_sessions") == ("limits", "users")
    assert config.keys.path_of("slow_mode_default") is None
    assert config.policy.lower.max_concurrent_sessions == 3
    assert config.policy.upper.slow_mode_delay_seconds == 9
    assert config.budget.max_requests == 200
    assert config.api.model == "gemini-flash"
    assert config.memory.limit_bytes == 2**29
    assert config.environment.max_concurrent_sessions == "APP_USERS"
    assert config.check.max_age_days == 7
    assert config.journal.keep == 5


def test_knobs_are_read_as_they_stand(workshop: Path):
    assert load_config(workshop).values == {
        "max_concurrent_sessions": 30,
        "slow_mode_default": False,
        "slow_mode_delay_seconds": 3.0,
    }


@pytest.mark.parametrize(
    ("text", "message", "key"),
    [
        (
            "[stresstune.workload]\nsesions = 3",
            "line 2: stresstune.workload.sesions is not known: did you mean sessions?",
            "stresstune.workload.sesions",
        ),
        (
            "[stresstune.workload]\nsessions = '30'",
            'line 2: stresstune.workload.sessions is "30"; allowed is a whole number from 1 to 10',
            "stresstune.workload.sessions",
        ),
        (
            "\n[stresstune.workload]\nsessions = -1",
            "line 3: stresstune.workload.sessions is -1; allowed is a whole number from 1 to 10",
            "stresstune.workload.sessions",
        ),
        ("stresstune.workload.sessions = true", "sessions is true; allowed is a whole", None),
        ("stresstune.workload.sessions = 30.5", "sessions is 30.5; allowed is a whole", None),
        ("stresstune.workload.think_seconds = nan", "is nan; allowed is a number from 0", None),
        ("stresstune.workload.sessions = {}", "sessions is a table; allowed is a whole", None),
        ("[stresstune.workloat]", "stresstune.workloat is not known: did you mean workload?", None),
        ("[stresstune.zzz]", "stresstune.zzz is not known: allowed are workload, keys, ", None),
        ("stresstune = 1", "line 1: stresstune is 1: it must be a table", "stresstune"),
        ("[stresstune]\nworkload = 3", "stresstune.workload is 3: it must be a table", None),
        ("[stresstune.policy]\nprefer = 'x'", 'is "x"; allowed is "slow_mode" or "fewer_s', None),
        (
            "[stresstune.policy]\nheadroom_ratio = 1",
            "is 1; allowed is a number from 0 to below 1",
            None,
        ),
        (
            "[stresstune.policy]\nmin = 3\nmax = 2",
            "stresstune.policy.min is 3 for max_con",
            None,
        ),
        ("[stresstune.policy]\nmin = {x = 1}", "stresstune.policy.min.x is not known", None),
        (
            "[stresstune.policy]\nmax = 'x'",
            "allowed is a whole number from 1 to 1000000000 or",
            None,
        ),
        ("[stresstune.policy]\npin = ['MAX']", r"pin\[0\] is \"MAX\", which is no knob", None),
        ("[stresstune.policy]\npin = ['a b']", r"pin\[0\] is \"a b\", which is no knob", None),
        ("[stresstune.policy]\npin = 'MAX'", 'is "MAX"; allowed is a list, each a text', None),
        (
            "[stresstune.keys]\nslow_mode_default = 'a b'",
            "slow_mode_default: 'a b' is not a do",
            None,
        ),
        (
            "[stresstune.keys]\nslow_mode_default = 'stresstune.x'",
            "cannot stand under stress",
            None,
        ),
        (
            "[stresstune.keys]\nslow_mode_default = 'MAX_CONCURRENT_SESSIONS'",
            "each knob needs a path of its own: MAX_CONCURRENT_SESSIONS is set twice",
            None,
        ),
        (
            "[stresstune.keys]\nslow_mode_default = 'MAX_CONCURRENT_SESSIONS.slow'",
            "MAX_CONCURRENT_SESSIONS.slow lies within MAX_CONCURRENT_SESSIONS",
            None,
        ),
        ("[stresstune.keys]\nmax_concurrent_sessions = ''", "a text that is not empty", None),
        (
            "[stresstune.keys]\nmax_concurrent_sessions = 'limit.x'\nslow_mode_default = 'limit_x'",
            "slow_mode_default is limit_x, and limit.x is overridden by the variable LIMIT_X too",
            None,
        ),
        (
            "[stresstune.environment]\nslow_mode_delay_seconds = 'MAX_CONCURRENT_SESSIONS'",
            "MAX_CONCURRENT_SESSIONS is overridden by the variable MAX_CONCURRENT_SESSIONS too",
            None,
        ),
        (
            "[stresstune.keys]\nmax_concurrent_sessions = 'path'",
            "is path: the variable PATH that would override it is there already",
            None,
        ),
        (
            "[stresstune.memory]\nlimit = 'big'",
            "stresstune.memory is not possible: 'big' is not",
            None,
        ),
        ("[stresstune.memory]\nfactory = 'app'", "write it as package.module:function", None),
        ("[stresstune.budget]\nmax_tokens = 0", "max_tokens is 0; allowed is a whole number", None),
        ("[stresstune.journal]\nlock_seconds = 0", "a number above 0 and up to 86400", None),
        (
            "MAX_CONCURRENT_SESSIONS = '30'",
            'line 1: MAX_CONCURRENT_SESSIONS is "30"; allowed',
            None,
        ),
        ("MAX_CONCURRENT_SESSIONS = -1", "MAX_CONCURRENT_SESSIONS is -1; allowed is a whole", None),
        ("slow_mode.default = 1", "slow_mode.default is 1; allowed is true or false", None),
        (
            "slow_mode = 1",
            "slow_mode is 1: it must be a table, since slow_mode.default is a k",
            None,
        ),
        (
            "a = []\n[stresstune.keys]\nmax_concurrent_sessions = 'a[0].x'",
            r"a\[0\] does not exist: elements are not added",
            None,
        ),
    ],
)
def test_what_is_not_allowed_is_refused_by_key_value_and_rule(
    text: str, message: str, key: str | None
):
    with pytest.raises(ConfigError, match=r"^app\.toml") as caught:
        parse_config(text.encode(), "app.toml")
    assert message.replace("\\", "") in str(caught.value)
    assert caught.value.path == "app.toml"
    if key is not None:
        assert caught.value.key == key


def test_a_variable_that_was_named_is_taken_whatever_it_is_called():
    text = "[stresstune.keys]\nmax_concurrent_sessions = 'limit.x'\nslow_mode_default = 'limit_x'\n"
    text += "slow_mode_delay_seconds = 'path'\n[stresstune.environment]\n"
    text += "slow_mode_default = 'SLOW'\nslow_mode_delay_seconds = 'PATH'\n"
    assert parse_config(text.encode(), "app.toml").environment.slow_mode_delay_seconds == "PATH"


def test_pins_may_be_logical_names_or_paths():
    text = b"[stresstune.policy]\npin = ['slow_mode_default', '\"slow_mode\".delay_seconds']"
    assert len(parse_config(text, "app.toml").policy.pin) == 2
