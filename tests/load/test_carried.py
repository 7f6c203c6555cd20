from __future__ import annotations

from types import SimpleNamespace

import pytest

from stresstune.load.carried import attribute, body_of, chain_of, first_of, status_word, text_of


class Odd(Exception):
    def __init__(self, text: str = "", **carried: object) -> None:
        super().__init__(text)
        self.__dict__.update(carried)


def test_the_chain_goes_from_the_error_to_its_causes_and_opens_groups_of_one():
    first, second = ValueError("first"), TypeError("second")
    first.__cause__ = ExceptionGroup("g", [second])
    assert list(chain_of(first)) == [first, second]


@pytest.mark.parametrize(
    ("carried", "body"),
    [
        ({"details": {"a": 1}, "body": {"b": 1}}, {"a": 1}),
        ({"details": {}, "body": {"b": 1}}, {"b": 1}),
        ({"response": SimpleNamespace(text="said")}, "said"),
        ({"details": print, "response": SimpleNamespace(text=print)}, None),
    ],
)
def test_the_first_body_that_holds_something_counts(carried, body):
    assert body_of(Odd(**carried)) == body


def test_the_message_comes_before_the_text():
    assert text_of(Odd("text", message="message")) == "message"
    assert text_of(Odd("text", message=None)) == "text"


def test_a_word_is_one_that_no_server_makes_up():
    assert status_word(Odd(status="UNAVAILABLE"), None, 503) == "UNAVAILABLE"
    assert status_word(Odd(status="my key is AIza"), {"error": {"status": "X" * 41}}, 503) == (
        "Service Unavailable"
    )
    assert status_word(Odd(), None, 599) == "Odd"


def test_keys_and_attributes_are_read_alike():
    assert first_of({"b": 2}, "a", "b") == first_of(SimpleNamespace(b=2), "a", "b") == 2
    assert first_of(None, "a") is None
    assert attribute(None, "a") is None
