from __future__ import annotations

import io
import subprocess
import sys
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path

import pytest
from PIL import Image

from stresstune import errors
from stresstune.api.payload import make_image, multipart, read_prompt

SOURCE = Path(errors.__file__).parents[1]

SOURCE = Path(errors.__file__).parents[1]


@pytest.mark.parametrize("size_bytes", [100, 1_000, 12_345, 100_000, 2_610_000])
def test_a_picture_has_exactly_the_size_that_was_asked_for(size_bytes):
    picture = make_image(size_bytes)
    assert len(picture) == size_bytes
    with Image.open(io.BytesIO(picture)) as opened:
        opened.load()
        assert opened.mode == "RGB"


def test_the_workloads_picture_is_about_a_thousand_pixels_square():
    with Image.open(io.BytesIO(make_image(2_610_000))) as opened:
        assert opened.size[0] == opened.size[1] == pytest.approx(1024, rel=0.02)


def test_a_size_below_the_smallest_picture_gives_the_smallest_picture():
    assert 0 < len(make_image(0)) < 100
    with pytest.raises(ValueError, match="size_bytes is -1"):
        make_image(-1)


def test_pictures_differ_by_their_seed_and_by_nothing_else():
    assert make_image(5_000, seed=1) == make_image(5_000, seed=1)
    assert make_image(5_000, seed=1) != make_image(5_000, seed=2)


def test_pillow_is_not_imported_before_a_picture_is_made():
    code = "import sys, stresstune.api.payload; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=SOURCE, check=False).returncode == 0


def test_a_prompt_file_is_read_without_its_mark_and_its_margins(tmp_path):
    path = tmp_path / "prompt.txt"
    path.write_bytes("\ufeff  Schärfe das Bild.\n".encode())
    assert read_prompt(path) == "Schärfe das Bild."


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b" \n", "is empty"),
        (b"ab\xff", r"no UTF-8 text \(byte 2\)"),
        (b"a" * 4_000_001, "4,000,001 bytes, and at most 4,000,000"),
    ],
)
def test_a_prompt_file_that_cannot_be_sent_is_refused(tmp_path, content, complaint):
    path = tmp_path / "prompt.txt"
    path.write_bytes(content)
    with pytest.raises(errors.UsageError, match=complaint):
        read_prompt(path)


def test_a_missing_prompt_file_is_named(tmp_path):
    with pytest.raises(errors.UsageError, match=r"gone\.txt: No such file"):
        read_prompt(tmp_path / "gone.txt")


def test_a_form_with_files_is_read_back_by_another_parser(tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(make_image(500))
    body, content_type = multipart(
        {"prompt": "sharper ä"},
        {"image": path, "raw": ('a"b.bin', b"\r\n--x", "application/x-raw")},
    )
    message = BytesParser(policy=HTTP).parsebytes(
        f"Content-Type: {content_type}\r\n\r\n".encode() + body
    )
    parts = {
        part.get_param("name", header="content-disposition"): part for part in message.iter_parts()
    }
    assert parts["prompt"].get_payload(decode=True).decode() == "sharper ä"
    assert parts["image"].get_content_type() == "image/png"
    assert parts["image"].get_payload(decode=True) == path.read_bytes()
    assert parts["raw"].get_filename() == "a%22b.bin"
    assert parts["raw"].get_payload(decode=True) == b"\r\n--x"


def test_a_missing_file_to_upload_is_named(tmp_path):
    with pytest.raises(errors.UsageError, match=r"file to upload .*gone: No such file"):
        multipart({}, {"a": tmp_path / "gone"})


def test_a_file_of_unknown_kind_is_bytes(tmp_path):
    path = tmp_path / "thing"
    path.write_bytes(b"x")
    assert b"Content-Type: application/octet-stream" in multipart({}, {"a": str(path)})[0]
