from pathlib import Path

import pytest

from stresstune.memory.readings.kernel_files import (
    UnreadableError,
    kilobytes,
    read_file,
    read_number,
)


def test_a_file_is_read_whole_however_long(tmp_path: Path):
    (tmp_path / "long").write_bytes(b"12345678" * 50_000)
    assert read_file(str(tmp_path / "long")) == b"12345678" * 50_000


def test_what_is_not_there_is_an_error_or_an_empty_table(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        read_file(str(tmp_path / "none"))
    assert kilobytes(str(tmp_path / "none")) == {}


def test_sizes_are_read_in_bytes_and_lines_without_a_number_left_out(tmp_path: Path):
    (tmp_path / "status").write_text(
        "Name:\tx: y\nVmRSS:\t  12 kB\nThreads:\t3\nEmpty:\nno colon\n"
    )
    assert kilobytes(str(tmp_path / "status")) == {"VmRSS": 12 * 1024, "Threads": 3 * 1024}


def test_a_number_may_be_absent_unlimited_or_unreadable(tmp_path: Path):
    path = tmp_path / "limit"
    assert read_number(path) is None
    path.write_text("max\n")
    assert read_number(path) is None
    path.write_text("9223372036854771712\n")
    assert read_number(path) is None
    path.write_text("42\n")
    assert read_number(path) == 42
    path.write_text("-1\n")
    with pytest.raises(UnreadableError, match="'-1'"):
        read_number(path)
    with pytest.raises(UnreadableError, match="cannot be read"):
        read_number(tmp_path)
