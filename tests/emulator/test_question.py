from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresstune.emulator.question import InvalidQuestion, read_question

TEXT = {"contents": [{"parts": [{"text": "x" * 400}]}]}


def read(body, **more):
    return read_question(json.dumps(body).encode(), **more)


def test_four_characters_are_a_token():
    assert read(TEXT).tokens == 100


def test_the_system_instruction_counts_too():
    assert read({**TEXT, "systemInstruction": {"parts": [{"text": "y" * 40}]}}).tokens == 110


@pytest.mark.parametrize("name", ["inlineData", "inline_data"])
def test_a_picture_is_258_tokens_in_either_spelling(name):
    part = {name: {"mimeType": "image/png", "data": "AAAA"}}
    question = read({"contents": [{"parts": [{"text": "abcd"}, part]}]})
    assert (question.text_tokens, question.image_tokens, question.tokens) == (1, 258, 259)


def test_a_picture_is_drawn_for_who_asks_for_one():
    wanted = {**TEXT, "generationConfig": {"responseModalities": ["TEXT", "IMAGE"]}}
    assert (read(wanted).answer, read(wanted).images) == ("image", 1)
    assert read(wanted).names_modalities
    assert (read(TEXT).answer, read(TEXT).images) == ("text", 0)
    assert not read(TEXT).names_modalities


def test_a_model_that_draws_does_so_unless_told_otherwise():
    assert read(TEXT, model="gemini-2.5-flash-image").answer == "image"
    plain = {**TEXT, "generationConfig": {"responseModalities": ["TEXT"]}}
    assert read(plain, model="gemini-2.5-flash-image").answer == "text"


def test_count_tokens_may_wrap_the_whole_request():
    assert read({"generateContentRequest": TEXT}).tokens == 100


def test_fields_that_are_not_known_are_left_alone():
    assert read({**TEXT, "safetySettings": [{"category": "X"}], "tools": []}).tokens == 100


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"contents": 5}', b"\xff"])
def test_what_is_no_request_is_said_in_the_words_of_the_api(body):
    with pytest.raises(InvalidQuestion, match="Invalid JSON payload received"):
        read_question(body)


@pytest.mark.parametrize("body", [b"{}", b'{"contents": []}'])
def test_a_request_without_contents_is_no_request(body):
    with pytest.raises(InvalidQuestion, match="contents is not specified"):
        read_question(body)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_question_or_an_invalid_one(body):
    with suppress(InvalidQuestion):
        assert read_question(body).tokens >= 0
