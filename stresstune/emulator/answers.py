"""The bodies of answers: content, pieces of a stream, tokens, models. Pure."""

from __future__ import annotations

import base64
import random
import struct
import zlib
from functools import lru_cache
from typing import Any

import msgspec

from stresstune.emulator.question import Question

_SENTENCES = (
    "Every picture of the room was looked at, and the light falls from the left. "
    "The colours are warm, the lines are clear, and nothing stands in the way."
)
_IMAGE_TOKENS = 1_290
"""Output tokens of a generated picture, by Google's price list for gemini-2.5-flash-image."""


def content_body(model: str, question: Question, *, image_bytes: int) -> bytes:
    """Return the body of a whole answer.

    Args:
        model: As the caller named it.
        question: What was asked.
        image_bytes: Size of the picture, where one was asked for.
    """
    if question.answer == "image":
        parts = [{"text": "Here it is."}, _picture_part(image_bytes)]
        return _body(model, question, parts, _IMAGE_TOKENS)
    words = _words(question)
    return _body(model, question, [{"text": " ".join(words)}], len(words))


def stream_bodies(
    model: str, question: Question, *, image_bytes: int, pieces: int = 4
) -> list[bytes]:
    """Return the bodies of a streamed answer, in order; only the last says why it ended."""
    if question.answer == "image":
        return [content_body(model, question, image_bytes=image_bytes)]
    words = _words(question)
    size = max(1, -(-len(words) // pieces))
    cuts = range(0, len(words), size)
    return [
        _body(
            model,
            question,
            [{"text": ("" if cut == 0 else " ") + " ".join(words[cut : cut + size])}],
            min(len(words), cut + size),
            last=cut + size >= len(words),
        )
        for cut in cuts
    ]


def blocked_body(model: str, question: Question) -> bytes:
    """Return a 200 without a candidate: blocked by safety."""
    return msgspec.json.encode(
        {
            "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
            "usageMetadata": _usage(question, 0),
            "modelVersion": model,
        }
    )


def tokens_body(question: Question) -> bytes:
    """Return the body of countTokens."""
    return msgspec.json.encode(
        {"totalTokens": question.tokens, "promptTokensDetails": _token_details(question)}
    )


def model_body(model: str) -> bytes:
    """Return what is to be known about one model."""
    return msgspec.json.encode(_model(model))


def models_body(models: list[str]) -> bytes:
    """Return the list of models, all on one page."""
    return msgspec.json.encode({"models": [_model(model) for model in models]})


@lru_cache(maxsize=4)
def picture(size_bytes: int) -> bytes:
    """Return a PNG of noise of about that size (and at least some 100 bytes).

    >>> 990_000 < len(picture(1_000_000)) < 1_010_000
    True
    """
    side = max(1, round((size_bytes / 3) ** 0.5))
    noise = random.Random(size_bytes)
    rows = b"".join(b"\0" + noise.randbytes(3 * side) for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(kind, data) for kind, data in chunks)


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@lru_cache(maxsize=4)
def _picture_part(size_bytes: int) -> msgspec.Raw:
    data = base64.b64encode(picture(size_bytes)).decode()
    return msgspec.Raw(msgspec.json.encode({"inlineData": {"mimeType": "image/png", "data": data}}))


def _words(question: Question) -> list[str]:
    return _SENTENCES.split()[: question.max_output_tokens]


def _body(
    model: str, question: Question, parts: list[Any], output_tokens: int, *, last: bool = True
) -> bytes:
    candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}, "index": 0}
    if last:
        candidate["finishReason"] = "STOP"
    return msgspec.json.encode(
        {
            "candidates": [candidate],
            "usageMetadata": _usage(question, output_tokens),
            "modelVersion": model,
            "responseId": "c3RyZXNzdHVuZQ",
        }
    )


def _usage(question: Question, output_tokens: int) -> dict[str, Any]:
    return {
        "promptTokenCount": question.tokens,
        "candidatesTokenCount": output_tokens,
        "totalTokenCount": question.tokens + output_tokens,
        "promptTokensDetails": _token_details(question),
    }


def _token_details(question: Question) -> list[dict[str, Any]]:
    counts = (("TEXT", question.text_tokens), ("IMAGE", question.image_tokens))
    return [{"modality": name, "tokenCount": count} for name, count in counts if count]


def _model(model: str) -> dict[str, Any]:
    return {
        "name": f"models/{model}",
        "version": "001",
        "displayName": model.replace("-", " ").title(),
        "description": "An emulated model: it answers at once, and always the same.",
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
    }
