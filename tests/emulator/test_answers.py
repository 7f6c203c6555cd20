from __future__ import annotations

import base64
import io
import json

import pytest
from PIL import Image

from stresstune.emulator import answers
from stresstune.emulator.question import Question

ASKED = Question(text_tokens=7, image_tokens=258)


def test_an_answer_has_a_candidate_and_counts_its_tokens():
    body = json.loads(answers.content_body("gemini-x", ASKED, image_bytes=1))
    (candidate,) = body["candidates"]
    assert candidate["finishReason"] == "STOP"
    assert candidate["content"]["parts"][0]["text"]
    usage = body["usageMetadata"]
    assert usage["promptTokenCount"] == 265
    assert usage["totalTokenCount"] == 265 + usage["candidatesTokenCount"]
    assert usage["promptTokensDetails"] == [
        {"modality": "TEXT", "tokenCount": 7},
        {"modality": "IMAGE", "tokenCount": 258},
    ]
    assert body["modelVersion"] == "gemini-x"


def test_an_answer_is_no_longer_than_was_asked_for():
    body = json.loads(
        answers.content_body("m", Question(text_tokens=1, max_output_tokens=3), image_bytes=1)
    )
    assert body["usageMetadata"]["candidatesTokenCount"] == 3
    assert len(body["candidates"][0]["content"]["parts"][0]["text"].split()) == 3


@pytest.mark.parametrize("limit", [None, 1, 5])
def test_the_parts_of_a_stream_make_the_whole_answer(limit):
    asked = Question(text_tokens=1, max_output_tokens=limit)
    parts = [json.loads(part) for part in answers.stream_bodies("m", asked, image_bytes=1)]
    text = "".join(part["candidates"][0]["content"]["parts"][0]["text"] for part in parts)
    whole = json.loads(answers.content_body("m", asked, image_bytes=1))
    assert text == whole["candidates"][0]["content"]["parts"][0]["text"]
    assert parts[-1]["usageMetadata"] == whole["usageMetadata"]
    reasons = [part["candidates"][0].get("finishReason") for part in parts]
    assert reasons == [None] * (len(parts) - 1) + ["STOP"]


def test_a_picture_is_a_real_png_of_about_the_size_that_was_asked_for():
    asked = Question(text_tokens=1, answer="image")
    body = json.loads(answers.content_body("m", asked, image_bytes=100_000))
    _, part = body["candidates"][0]["content"]["parts"]
    data = base64.b64decode(part["inlineData"]["data"])
    assert 90_000 < len(data) < 110_000
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert image.format == "PNG"
    assert part["inlineData"]["mimeType"] == "image/png"


def test_a_streamed_picture_comes_in_one_part():
    asked = Question(text_tokens=1, answer="image")
    assert len(answers.stream_bodies("m", asked, image_bytes=100)) == 1


def test_a_blocked_answer_has_no_candidate_but_counts_its_tokens():
    body = json.loads(answers.blocked_body("m", ASKED))
    assert "candidates" not in body
    assert body["promptFeedback"]["blockReason"]
    assert body["usageMetadata"]["promptTokenCount"] == 265


def test_models_are_listed_with_what_they_can():
    (model,) = json.loads(answers.models_body(["gemini-2.5-flash"]))["models"]
    assert model == json.loads(answers.model_body("gemini-2.5-flash"))
    assert model["name"] == "models/gemini-2.5-flash"
    assert model["displayName"] == "Gemini 2.5 Flash"
    assert "generateContent" in model["supportedGenerationMethods"]
