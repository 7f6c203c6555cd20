from __future__ import annotations

import pytest

from stresstune.load.numbers import read_duration_seconds, read_number


@pytest.mark.parametrize(
    ("written", "number"),
    [
        (15, 15.0),
        (1.5, 1.5),
        ("15", 15.0),
        (" 15 ", 15.0),
        ("1.5", None),
        ("²", None),
        ("-1", None),
        (True, None),
        (None, None),
        (float("nan"), None),
        (10**400, None),
        ("9" * 21, None),
    ],
)
def test_numbers_are_read_where_they_are_some(written, number):
    assert read_number(written) == number


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("14s", 14),
        ("45.837906927s", 45.837906927),
        ("992.43ms", 0.99243),
        ("11h47m", 42_420),
        ("1d", 86_400),
        ("250us", 0.00025),
        ("250µs", 0.00025),
        ("5ns", 5e-9),
        (" 3s ", 3),
        (7, 7),
        ("7", 7),
        ({"seconds": "14", "nanos": 500_000_000}, 14.5),
        ({"seconds": "soon"}, None),
        ("", None),
        ("s", None),
        ("14 s", None),
        ("-3s", None),
        (-3, None),
        ("99999999999999999999s", None),
        (True, None),
        (None, None),
        (float("inf"), None),
    ],
)
def test_durations_are_read_in_every_spelling(written, seconds):
    read = read_duration_seconds(written)
    assert read == (seconds if seconds is None else pytest.approx(seconds))
