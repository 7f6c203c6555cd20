from __future__ import annotations

import pytest

from stresstune.redact import redact

KEY = "AIzaSyD-fake_key-1234567890"


@pytest.mark.parametrize(
    "text",
    [
        f"api_key:{KEY}",
        f"https://host/v1?key={KEY}&alt=sse",
        f"{{'x-goog-api-key': '{KEY}'}}",
        f"Permission denied: Consumer 'api_key:{KEY}' has been suspended.",
        f"prefix{'-'}{KEY}.",
    ],
)
def test_a_google_key_is_hidden_wherever_it_stands(text):
    assert "fake" not in redact(text)
    assert "[hidden]" in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abc.def-secret",
        "authorization: basic c2VjcmV0OnNlY3JldA==",
        "http://me:secret@host:8080/path",
        "?access_token=secret",
        '{"password": "secret"}',
        "AQ.Ab8RN6secret",
        "sk-proj-secret1234",
    ],
)
def test_other_secrets_are_hidden_too(text):
    hidden = redact(text)
    assert "secret" not in hidden.replace("password", "")
    assert "c2Vj" not in hidden


def test_a_secret_that_is_known_is_hidden_whatever_it_looks_like():
    assert redact("it said hunter2 twice: hunter2", "hunter2", None, "") == (
        "it said [hidden] twice: [hidden]"
    )


def test_plain_words_stay_as_they_are():
    text = "503 UNAVAILABLE: the model gemini-2.5-flash at http://127.0.0.1:8080/v1 is overloaded"
    assert redact(text) == text
    assert redact(redact(f"key={KEY}")) == "key=[hidden]"
