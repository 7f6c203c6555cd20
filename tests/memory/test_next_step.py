"""How many come next where something is known of another process."""

from types import SimpleNamespace

import pytest

from stresstune.memory import pace
from stresstune.memory.next_step import NextStep


@pytest.mark.parametrize(
    ("held", "singly", "wanted", "opened"),
    [
        (10, range(0), 20, 20),  # nothing is known
        (10, range(34, 60), 20, 20),
        (20, range(34, 60), 20, 14),  # up to there, and no farther
        (20, range(34, 60), 0, 1),  # though enough seems to be known
        (34, range(34, 60), 20, 1),
        (59, range(34, 60), 0, 1),
        (60, range(34, 60), 20, 20),
        (60, range(34, 60), 0, 0),
        (100, range(100, 740), 300, 20),  # so many looks would take too long
    ],
)
def test_where_one_was_too_many_each_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, held: int, singly: range, wanted: int, opened: int
):
    ledger = SimpleNamespace(held=held, singly=singly)
    step = NextStep(
        SimpleNamespace(mode="predict", threads=1, crashes=False, source=None), ledger, ()
    )
    monkeypatch.setattr(step, "_situation", lambda *_: SimpleNamespace(fit=None))
    monkeypatch.setattr(pace, "wanted", lambda _: wanted)
    monkeypatch.setattr(pace, "is_close", lambda _: False)
    monkeypatch.setattr(pace, "affordable", lambda count, _: count)
    assert step.choose(10**9, 0)[0] == opened
