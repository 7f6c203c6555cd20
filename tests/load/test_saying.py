from __future__ import annotations

import anyio
import pytest

from stresstune.load.saying import Saying
from stresstune.model.load import Attempt, Outcome
from stresstune.model.workload import Progress

pytestmark = pytest.mark.anyio


def attempt(outcome: Outcome) -> Attempt:
    return Attempt(intended_seconds=0, started_seconds=0, finished_seconds=1, outcome=outcome)


async def test_every_second_it_says_what_is_asked_and_what_is_known() -> None:
    told: list[Progress] = []
    attempts = [attempt("ok"), attempt("ok"), attempt("rejected")]
    saying = Saying(told.append, attempts, 30)
    async with saying.going_on():
        saying.ask("10 calls at once")
        await anyio.sleep(2.5)
    assert [one.message for one in told] == [
        "10 calls at once",
        *["10 calls at once: 2 answered, 1 refused (429)"] * 2,
    ]
    assert {(one.stage, one.done, one.total) for one in told} == {("api", 3.0, 30.0)}


async def test_before_the_first_answer_there_is_nothing_to_add() -> None:
    told: list[Progress] = []
    saying = Saying(told.append, [], None)
    async with saying.going_on():
        saying.ask("10 calls at once")
        await anyio.sleep(5)
    assert len(told) == 1


async def test_where_nobody_listens_nothing_is_started() -> None:
    saying = Saying(None, [attempt("ok")], None)
    async with saying.going_on():
        saying.ask("anything")
        await anyio.sleep(5)
