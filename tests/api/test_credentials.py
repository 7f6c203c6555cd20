from __future__ import annotations

import pytest

from stresstune.api.credentials import NO_KEY, find_api_key, name_key
from stresstune.errors import CredentialsMissing


@pytest.mark.parametrize(
    ("api_key", "environ", "found"),
    [
        ("given", {"GOOGLE_API_KEY": "google", "GEMINI_API_KEY": "gemini"}, "given"),
        (None, {"GOOGLE_API_KEY": "google", "GEMINI_API_KEY": "gemini"}, "google"),
        (None, {"GOOGLE_API_KEY": "", "GEMINI_API_KEY": "gemini\n"}, "gemini"),
        ("", {"GOOGLE_API_KEY": "  ", "GEMINI_API_KEY": "gemini"}, "gemini"),
    ],
)
def test_the_key_is_taken_from_the_argument_and_then_as_the_sdk_takes_it(api_key, environ, found):
    assert find_api_key(api_key, environ=environ) == found


def test_no_key_names_the_three_ways_on():
    with pytest.raises(CredentialsMissing) as caught:
        find_api_key(environ={})
    assert all(
        way in str(caught.value) for way in ("GEMINI_API_KEY", "--simulate", "--only memory")
    )


def test_an_address_of_ones_own_needs_no_key_but_gets_the_one_there_is():
    assert find_api_key(base_url="http://127.0.0.1:1", environ={}) == NO_KEY
    assert find_api_key(base_url="http://127.0.0.1:1", environ={"GEMINI_API_KEY": "a"}) == "a"


def test_a_key_is_named_by_its_variable_and_never_said():
    environ = {"GOOGLE_API_KEY": "google", "GEMINI_API_KEY": " gemini "}
    assert name_key("google", environ=environ) == "GOOGLE_API_KEY"
    assert name_key("gemini", environ=environ) == "GEMINI_API_KEY"
    assert name_key("given", environ=environ) == "the key that was given"
