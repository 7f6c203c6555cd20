"""What the journal may remember of a config."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresstune.config.hide import hidden_in, hide, put_back
from stresstune.config.text import BOM
from tests.config.documents import documents

KEY = "AIzaSy" + "D4u1w9-not_a_real_key_0123456789"
WHOLE = f"""\
# the key was {KEY}, before that password: opensesame
MAX_CONCURRENT_SESSIONS = 30
max_tokens = 8192
GEMINI_API_KEY = "GEMINI_API_KEY" # a name
pin = [ "{KEY}", # in a list
  "b" ]
redis = 'redis://:hunter2@db:6379/0'
unnamed = "{KEY}"
db = {{ host = "db", password = "hunter2", port = 5432 }}

[stresstune.keys]
max_concurrent_sessions = "MAX_CONCURRENT_SESSIONS"

[credentials]
gemini = "hunter2"
private_key = '''
-----BEGIN RSA PRIVATE KEY-----
hunter2hunter2
-----END RSA PRIVATE KEY-----
'''
passwd = 20071999
passphrase = ""
enabled = true
"""
SECRETS = (KEY, "opensesame", "hunter2", "20071999")


def test_no_secret_is_left_and_nothing_else_is_touched():
    hidden = hide(WHOLE.encode()).decode()
    assert not [secret for secret in SECRETS if secret in hidden]
    values, before = tomllib.loads(hidden), tomllib.loads(WHOLE)
    assert values["redis"] == "redis://[hidden]@db:6379/0"
    assert values["db"] == {"host": "db", "password": "[hidden]", "port": 5432}
    for key in ("MAX_CONCURRENT_SESSIONS", "max_tokens", "GEMINI_API_KEY", "stresstune"):
        assert values[key] == before[key]
    assert values["credentials"]["enabled"] is True
    assert not values["credentials"]["passphrase"]
    key = WHOLE[WHOLE.index("private_key") : WHOLE.index("passwd")]
    lines = set(WHOLE.replace(key, "").splitlines())
    touched = lines - set(hidden.splitlines())
    assert touched == {line for line in lines if any(secret in line for secret in SECRETS)}


@pytest.mark.parametrize("mark", [b"", BOM])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_they_come_back_from_the_file(mark: bytes, ending: str):
    data = mark + WHOLE.replace("\n", ending).encode()
    hidden = hide(data)
    assert put_back(hidden, data) == data
    assert put_back(hidden, data.replace(b"= 30", b"= 18")) == data
    assert put_back(hidden, None) == hidden
    assert put_back(hide(hidden), data) == data
    assert hidden_in(data) == ()


def test_what_is_hidden_is_named():
    assert hidden_in(hide(WHOLE.encode())) == (
        "# the key was [hidden], before that password: [hidden]",
        "pin[0]",
        "redis",
        "unnamed",
        "db.password",
        "credentials.gemini",
        "credentials.private_key",
        "credentials.passwd",
    )


def test_comments_that_say_the_same_are_told_apart():
    data = b"# token: one1\na = 1 # token: two2\n"
    hidden = hide(data)
    assert hidden == b"# token: [hidden]\na = 1 # token: [hidden]\n"
    assert put_back(hidden, data) == data


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(WHOLE.replace("= 30", "= = 30"), id="a value"),
        pytest.param(WHOLE.replace("[stresstune.keys]", "[stresstune.keys"), id="a header"),
        pytest.param(WHOLE + 'token = "hunter2', id="no end of a text"),
        pytest.param(WHOLE + "<<<<<<< ours\nAPI_KEY = 'hunter2'\n=======\n", id="a merge"),
        pytest.param(WHOLE[: WHOLE.index("-----END")], id="torn"),
        pytest.param(WHOLE + "\udcff\udcfe", id="no UTF-8"),
    ],
)
def test_a_file_that_is_no_toml_loses_its_secrets_too_and_gives_them_back(broken: str):
    data = broken.encode(errors="surrogateescape")
    hidden = hide(data)
    assert not [secret for secret in SECRETS if secret.encode() in hidden]
    assert put_back(hidden, data) == data
    back = put_back(hide(WHOLE.encode()), data).decode()
    assert tomllib.loads(back)["unnamed"] == KEY
    assert tomllib.loads(back)["redis"] == "redis://:hunter2@db:6379/0"


def test_a_torn_secret_does_not_make_a_file_invalid():
    hidden = hide(b'token = "hunter2"\n')
    assert put_back(hidden, b'= 3\ntoken = "hunt') == hidden


def test_what_the_environment_holds_as_a_secret_is_one():
    data = b'motto = "xyzzy-plugh-42"\n'
    assert hide(data) == data
    assert hide(data, ("xyzzy-plugh-42",)) == b'motto = "[hidden]"\n'


@given(document=documents(), secret=st.from_regex(r"AIza[A-Za-z0-9_-]{12,20}", fullmatch=True))
def test_any_file_comes_back_as_it_was(document: str, secret: str):
    data = f'{document}\n# was {secret}\n[[credentials]]\nx = "{secret}"\n'.encode()
    hidden = hide(data)
    assert secret.encode() not in hidden
    assert put_back(hidden, data) == data
