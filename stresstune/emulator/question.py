"""What a caller sent: the parts of a request's body that the emulator looks at. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

from stresstune.emulator.pictures import tokens_of

_CHARACTERS_PER_TOKEN = 4
"""About so many, by Google's documentation on tokens (2025)."""


class InvalidQuestion(Exception):
    """The body is no request; the text says why, in the API's words."""


class _Blob(msgspec.Struct, frozen=True):
    data: str = ""


class _Part(msgspec.Struct, frozen=True):
    text: str | None = None
    camel: _Blob | None = msgspec.field(default=None, name="inlineData")
    snake: _Blob | None = msgspec.field(default=None, name="inline_data")

    @property
    def image_tokens(self) -> int:
        blob = self.camel or self.snake
        return tokens_of(blob.data) if blob else 0


class _Content(msgspec.Struct, frozen=True):
    parts: list[_Part] = []
    role: str | None = None


class _GenerationConfig(msgspec.Struct, frozen=True, rename="camel"):
    response_modalities: list[str] | None = None
    max_output_tokens: int | None = None


class _Body(msgspec.Struct, frozen=True, rename="camel"):
    contents: list[_Content] = []
    system_instruction: _Content | None = None
    generation_config: _GenerationConfig | None = None
    generate_content_request: _Body | None = None


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked.

    Attributes:
        text_tokens: Input tokens of the text, instructions included.
        image_tokens: Input tokens of the pictures.
        answer: What the caller wants back.
        names_modalities: Whether the caller named what it wants (``responseModalities``).
        max_output_tokens: The longest answer that it wants, or None.
    """

    text_tokens: int
    image_tokens: int = 0
    answer: Literal["text", "image"] = "text"
    names_modalities: bool = False
    max_output_tokens: int | None = None

    @property
    def images(self) -> int:
        """How many pictures are asked for."""
        return 1 if self.answer == "image" else 0

    @property
    def tokens(self) -> int:
        """All input tokens."""
        return self.text_tokens + self.image_tokens


_decoder = msgspec.json.Decoder(_Body)


def read_question(body: bytes, *, model: str = "") -> Question:
    r"""Read the body of generateContent, streamGenerateContent or countTokens.

    Args:
        body: JSON.
        model: Who is asked; a model with ``image`` in its name draws unless told otherwise.

    Raises:
        InvalidQuestion: It is not JSON, or not a request.

    >>> read_question(b'{"contents": [{"parts": [{"text": "Draw a cat."}]}]}').tokens
    3
    """
    try:
        request = _decoder.decode(body)
    except msgspec.DecodeError as error:
        raise InvalidQuestion(f"Invalid JSON payload received. {error}") from None
    request = request.generate_content_request or request
    if not request.contents:
        raise InvalidQuestion("* GenerateContentRequest.contents: contents is not specified\n")
    return _question(request, draws="image" in model)


def _question(request: _Body, *, draws: bool) -> Question:
    contents = [*request.contents, *filter(None, [request.system_instruction])]
    parts = [part for content in contents for part in content.parts]
    text = sum(len(part.text or "") for part in parts)
    config = request.generation_config or _GenerationConfig()
    modalities = config.response_modalities
    wants_image = draws if modalities is None else "IMAGE" in modalities
    return Question(
        text_tokens=-(-text // _CHARACTERS_PER_TOKEN),
        image_tokens=sum(part.image_tokens for part in parts),
        answer="image" if wants_image else "text",
        names_modalities=modalities is not None,
        max_output_tokens=config.max_output_tokens,
    )
