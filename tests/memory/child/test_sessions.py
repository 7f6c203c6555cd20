import zlib

import pytest
from PIL import Image

from stresstune.memory.child import sessions
from stresstune.memory.child.sessions import Noise, simulated


@pytest.mark.parametrize("size_bytes", [0, 1, 7, 4096, 5001, 200_003, 5_000_001])
def test_noise_has_the_size_that_was_asked_for(size_bytes: int):
    assert len(Noise().take(size_bytes)) == size_bytes


def test_no_page_of_noise_can_be_compressed():
    made = bytes(Noise().take(3_000_000))
    pages = [made[at : at + 4096] for at in range(0, len(made), 4096)]
    assert all(len(zlib.compress(page)) >= len(page) for page in pages)


def test_no_page_of_noise_equals_another():
    noise = Noise()
    pages = [
        bytes(picture[at : at + 4096])
        for picture in (noise.take(2_610_000) for _ in range(20))
        for at in range(0, 2_600_000, 4096)
    ]
    assert len(set(pages)) == len(pages)


def test_memory_that_cannot_be_populated_at_once_is_touched_by_writing(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(sessions, "_MADV_POPULATE_WRITE", 9999)
    assert len(Noise().take(300_000)) == 300_000


def test_without_private_mappings_it_is_a_plain_allocation(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(sessions.mmap, "MAP_PRIVATE")
    assert isinstance(Noise().take(300_000), bytearray)


def test_an_encoded_session_holds_its_pictures_as_they_came():
    opened = simulated("encoded", 3, 10_000)()
    assert [len(picture) for picture in opened.kept] == [10_000] * 3
    assert opened.data_bytes == 30_000


def test_a_decoded_session_holds_pillows_pictures_at_four_bytes_a_pixel():
    opened = simulated("decoded", 2, 254_000)()
    assert all(isinstance(picture, Image.Image) for picture in opened.kept)
    width, height = opened.kept[0].size
    assert width * height == pytest.approx(100_000, rel=0.01)
    assert opened.data_bytes == 2 * width * height * 4


def test_a_base64_session_holds_text():
    opened = simulated("base64", 2, 3_000)()
    assert [len(text) for text in opened.kept] == [4_000] * 2
    assert isinstance(opened.kept[0], str)
    assert opened.data_bytes == 8_000


def test_an_unknown_kind_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match="use one of encoded, decoded, base64"):
        simulated("imagined", 1, 1)
