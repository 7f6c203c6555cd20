"""Annotations in words."""

from __future__ import annotations

from typing import Annotated

import msgspec
import pytest

from stresstune.config.words import allowed, did_you_mean
from stresstune.model.policy import Bounds
from stresstune.model.record import PositiveCount, Ratio


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (int, "a whole number"),
        (bool, "true or false"),
        (Ratio, "a number from 0 to 1"),
        (Annotated[float, msgspec.Meta(gt=0.5)], "a number above 0.5"),
        (Annotated[float, msgspec.Meta(gt=0, lt=1)], "a number above 0 and below 1"),
        (PositiveCount | None, "a whole number from 1 to 1000000000"),
        (tuple[str, ...], "a list, each a text"),
        (Bounds, "a table with max_concurrent_sessions or slow_mode_delay_seconds"),
        (bytes, "<class 'bytes'>"),
    ],
)
def test_an_annotation_is_said_in_words(annotation: object, words: str):
    assert allowed(annotation) == words


def test_a_near_name_is_suggested_and_otherwise_all_are_listed():
    assert did_you_mean("sesions", ["sessions", "images"]) == "did you mean sessions?"
    assert did_you_mean("x", ["sessions", "images"]) == "allowed are sessions, images"
