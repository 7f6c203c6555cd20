from __future__ import annotations

import pytest

from stresstune.report.table import sentences, table

ROWS = [["memory", "good", "25 sessions fit in 2.00 GB; " * 10], ["api", "critical", "short"]]


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_table_holds_its_width(width: int) -> None:
    text = table(ROWS, header=["what", "tier", "finding"], width=width)
    assert max(map(len, text.splitlines())) <= width


def test_a_wrapped_cell_goes_on_below_itself() -> None:
    lines = table([["a", "one two three"]], width=10).splitlines()
    assert lines == ["a  one two three"]  # a last column is never narrower than 20
    lines = table([["a", "one two three four five six"]], width=10).splitlines()
    assert lines == ["a  one two three four", "   five six"]


def test_an_empty_cell_keeps_its_row() -> None:
    assert table([["a", ""], ["b", "c"]]) == "a\nb  c"


def test_a_table_of_nothing_is_nothing() -> None:
    assert table([]) == ""


def test_a_table_may_be_indented() -> None:
    assert table([["a", "b"]], indent=2) == "  a  b"


def test_sentences_hang_below_their_bullet() -> None:
    text = sentences(["one two three four five", "six"], width=20)
    assert text.splitlines() == ["- one two three four", "  five", "- six"]


def test_a_number_and_its_unit_stay_together() -> None:
    assert sentences(["20 sessions use 75 % of it"], width=20).splitlines() == [
        "- 20 sessions use",
        "  75 % of it",
    ]
    for text in ("some of them take 12 s", "there is more than 2 GB", "a call takes some 9 ms"):
        assert sentences([text], width=22).splitlines()[-1].split()[0].isdigit()
