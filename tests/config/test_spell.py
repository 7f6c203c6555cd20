"""How values are spelled."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresstune.config.spell import spell
from stresstune.config.text import same

SCALARS = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8"))
    | st.dates()
    | st.times().map(lambda time: time.replace(fold=0))
    | st.datetimes().map(lambda time: time.replace(fold=0))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(VALUES)
def test_every_value_means_itself_when_it_is_read_back(value: object):
    source = spell(value)
    assert "\n" not in source
    assert same(tomllib.loads(f"v = {source}")["v"], value)


def test_dates_and_times_have_a_form():
    assert spell(datetime(2026, 11, 23, 9, tzinfo=UTC)) == "2026-11-23T09:00:00Z"
    assert spell(date(2026, 11, 23)) == "2026-11-23"
    assert spell(time(9, 30)) == "09:30:00"


@pytest.mark.parametrize("value", [None, b"bytes", object(), [None], "\ud800", {"\ud800": 1}])
def test_what_toml_does_not_know_is_refused(value: object):
    with pytest.raises(ValueError, match="has no form in TOML"):
        spell(value)


def test_an_integer_beyond_64_bits_is_refused():
    with pytest.raises(ValueError, match="leaves the 64 bits"):
        spell(2**63)
