from __future__ import annotations

import io
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

pytest.importorskip("vl_convert", reason="pip install '.[report]'")

from stresstune.report.compose import compose
from stresstune.report.poster import render_png, render_poster
from tests.report import dossiers


@pytest.mark.parametrize("kind", ["quota", "nothing-known", "hostile"])
def test_a_poster_is_well_formed_whatever_the_texts(kind) -> None:
    tree = ET.fromstring(render_poster(compose(dossiers.ALL[kind]())))
    names = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert not names & {"script", "image", "img", "a", "foreignObject"}


def test_a_picture_is_drawn_whatever_character_a_text_holds(monkeypatch) -> None:
    monkeypatch.setattr(dossiers, "HOSTILE", "\x1b[31m\x00\x08\ufffe red")
    hostile = dossiers.of_hostile_strings()
    sheet = compose(hostile)
    drawn = (sheet.title, sheet.headline, sheet.subtitle, sheet.footer, *sheet.warnings)
    assert any("\x1b" in text for text in (*drawn, *(tile.note for tile in sheet.tiles)))
    ET.fromstring(render_poster(sheet))
    assert render_png(hostile).startswith(b"\x89PNG")


def test_a_poster_says_the_answer() -> None:
    drawn = render_poster(compose(dossiers.of_memory()))
    words = "".join(ET.fromstring(drawn).itertext())
    assert "Memory holds 25 of the 30 people" in words
    assert "20 people at a time" in words


def test_a_picture_is_wide_enough_to_be_read() -> None:
    with Image.open(io.BytesIO(render_png(dossiers.of_memory()))) as picture:
        assert picture.width == 2400
        assert picture.getpixel((0, 0))[:3] == (0xF5, 0xF6, 0xF8)
