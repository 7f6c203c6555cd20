from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresstune.units import format_bytes, format_ratio, format_seconds, parse_bytes


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("2GB", 2 * 10**9),
        ("2 gb", 2 * 10**9),
        ("2G", 2 * 10**9),
        ("2GiB", 2 * 2**30),
        ("512Mi", 512 * 2**20),
        ("512 MiB", 512 * 2**20),
        ("1.5kB", 1500),
        ("0.3GB", 300_000_000),
        ("1_000_000", 10**6),
        (1500, 1500),
        ("7 B", 7),
        ("3T", 3 * 10**12),
        ("1PiB", 2**50),
    ],
)
def test_sizes_are_read_with_the_units_that_people_write(text: str | int, size_bytes: int) -> None:
    assert parse_bytes(text) == size_bytes


@pytest.mark.parametrize(
    "text", ["", "GB", "-2GB", "2 XB", "2GB2", "1e9", "two", "2,5GB", "1..5GB"]
)
def test_what_is_no_size_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="write it like 2GB, 512MiB or 1500000000"):
        parse_bytes(text)


@pytest.mark.parametrize("text", ["0", "0GB", "0.2B", 0])
def test_nothing_is_no_usable_size(text: str | int) -> None:
    with pytest.raises(ValueError, match="must be above 0 bytes"):
        parse_bytes(text)


@given(st.integers(1, 10**15), st.booleans())
def test_a_printed_size_reads_back_within_its_three_digits(size_bytes: int, binary: bool) -> None:
    text = format_bytes(size_bytes, binary=binary)
    assert parse_bytes(text) == pytest.approx(size_bytes, rel=0.006)


@pytest.mark.parametrize(
    ("size_bytes", "binary", "text"),
    [
        (0, False, "0 B"),
        (999, False, "999 B"),
        (1000, False, "1.00 kB"),
        (1000, True, "1000 B"),
        (-78_300_000, False, "-78.3 MB"),
        (5e18, False, "5000000 TB"),
        (999_600_000, False, "1.00 GB"),
        (999_400_000, False, "999 MB"),
        (99_960_000, False, "100 MB"),
        (9_996_000, False, "10.0 MB"),
        (-999_600, False, "-1.00 MB"),
        (2**30 - 1, True, "1.00 GiB"),
        (1023, True, "1023 B"),
        (2**40, True, "1.00 TiB"),
    ],
)
def test_a_size_is_printed_in_its_family_of_units(
    size_bytes: float, binary: bool, text: str
) -> None:
    assert format_bytes(size_bytes, binary=binary) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.0 s"),
        (99.94, "99.9 s"),
        (99.96, "1 min 40 s"),
        (3599.4, "59 min 59 s"),
        (3600, "1 h 00 min"),
        (-5, "-5.0 s"),
        (-125, "-2 min 05 s"),
        (-7300, "-2 h 01 min"),
    ],
)
def test_a_duration_is_printed_as_a_person_would_say_it(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (0, "0 %"),
        (0.004, "0.4 %"),
        (0.0999, "10.0 %"),
        (0.1, "10 %"),
        (1, "100 %"),
        (0.9996, "99.9 %"),
        (0.996, "99.6 %"),
        (0.9949, "99 %"),
        (1 - 1e-12, "99.9 %"),
        (1.004, "100 %"),
    ],
)
def test_a_ratio_is_printed_as_a_percentage(ratio: float, text: str) -> None:
    assert format_ratio(ratio) == text
