from __future__ import annotations

import base64
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from stresstune.emulator.pictures import tokens_of
from stresstune.model.pictures import TOKENS_PER_TILE, picture_tokens


def encoded(size: tuple[int, int], form: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, form, **options)
    return file.getvalue()


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF"])
@pytest.mark.parametrize(
    ("size", "tiles"), [((384, 100), 1), ((768, 768), 1), ((1024, 1024), 4), ((3000, 700), 4)]
)
def test_a_picture_costs_its_tiles(size, tiles, form, encode):
    data = encode(encoded(size, form)).decode()
    assert tokens_of(data) == tiles * TOKENS_PER_TILE


def test_the_size_of_a_jpeg_stands_behind_its_metadata():
    exif = Image.Exif()
    exif[0x010E] = "a garden " * 1_000
    data = base64.b64encode(encoded((1024, 800), "JPEG", exif=exif)).decode()
    assert tokens_of(data) == picture_tokens(1024, 800) == 4 * TOKENS_PER_TILE


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda b: base64.b64encode(b).decode()))
def test_what_is_no_picture_costs_one_tile_at_least(data):
    assert tokens_of(data) >= TOKENS_PER_TILE


@given(st.binary(max_size=40))
def test_a_broken_head_is_no_error(rest):
    for start in (b"\x89PNG", b"GIF8", b"\xff\xd8\xff"):
        assert tokens_of(base64.b64encode(start + rest).decode()) >= TOKENS_PER_TILE
