"""The agent on a host, with its real thread; calls take no longer than they must."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import anyio
import pytest

from stresstune.fleet.agent import TOO_LATE, Agent, Made, Order
from tests.fleet.reading import OutcomeReader


async def answer() -> object:
    await anyio.sleep(0.02)
    return "a picture"


async def refuse() -> object:
    raise ConnectionError("nobody")


async def hang() -> object:
    await anyio.sleep(600)


def agent(call=answer, **changes: float) -> Agent:
    @asynccontextmanager
    async def opening() -> AsyncIterator:
        yield call

    return Agent(opening=opening, reader=OutcomeReader(), **changes)


def made_by(asked: Agent, count: int, orders: Sequence[Order] = ()) -> list[Made]:
    made = list(asked.exchange(orders, 0.0).made)
    for _ in range(100):
        if len(made) >= count:
            break
        made += asked.exchange([], 1.0).made
    return made


def test_calls_are_made_at_their_moment_and_told_once() -> None:
    asked = agent()
    assert asked.open(10.0).error == ""
    soon = time.monotonic() + 0.1
    made = made_by(asked, 2, [Order(number=n, at_seconds=soon) for n in (1, 2)])
    assert sorted(one.number for one in made) == [1, 2]
    for one in made:
        assert one.attempt.outcome == "ok"
        assert one.attempt.started_seconds >= soon
        assert one.attempt.service_seconds >= 0.02
    assert asked.exchange([], 0.0).made == ()
    asked.close()
    assert asked.has_ended


def test_a_call_that_comes_too_late_is_not_made() -> None:
    asked = agent()
    asked.open(10.0)
    (made,) = made_by(asked, 1, [Order(number=1, at_seconds=time.monotonic() - 5.0)])
    assert (made.attempt.outcome, made.attempt.error) == ("dropped", TOO_LATE)
    asked.close()


def test_what_a_target_raises_is_told_as_it_is_on_one_machine() -> None:
    asked = agent(refuse)
    asked.open(10.0)
    (made,) = made_by(asked, 1, [Order(number=1, at_seconds=time.monotonic())])
    assert made.attempt.outcome == "unreachable"
    asked.close()


def test_a_target_that_cannot_be_opened_says_why() -> None:
    @asynccontextmanager
    async def opening() -> AsyncIterator:
        raise RuntimeError("no key")
        yield

    asked = Agent(opening=opening, reader=OutcomeReader())
    assert "RuntimeError: no key" in asked.open(10.0).error
    assert asked.has_ended or asked.close().error


def test_a_call_under_way_is_cut_off_at_the_end() -> None:
    asked = agent(hang)
    asked.open(10.0)
    asked.exchange([Order(number=1, at_seconds=time.monotonic())], 0.0)
    time.sleep(0.1)
    asked.close()
    assert asked.has_ended


def test_an_agent_that_hears_nothing_any_more_ends_by_itself() -> None:
    asked = agent(lease_seconds=0.2)
    asked.open(10.0)
    asked.exchange([], 0.0)
    for _ in range(200):
        if asked.has_ended:
            break
        time.sleep(0.05)
    assert asked.has_ended
    assert not [one for one in threading.enumerate() if one.name == "stresstune-agent"]


def test_one_that_was_slow_to_open_or_waits_for_others_is_not_taken_for_forgotten() -> None:
    @asynccontextmanager
    async def opening() -> AsyncIterator:
        await anyio.sleep(0.6)
        yield answer

    asked = Agent(
        opening=opening, reader=OutcomeReader(), lease_seconds=0.2, first_lease_seconds=0.5
    )
    assert asked.open(10.0).error == ""
    (made,) = made_by(asked, 1, [Order(number=1, at_seconds=time.monotonic())])
    assert made.attempt.outcome == "ok"
    asked.close()
    waiting = agent(lease_seconds=0.05)
    waiting.open(10.0)
    time.sleep(1.2)  # its loop comes round twice a second
    assert not waiting.has_ended
    waiting.close()


def test_a_stall_counts_where_a_call_was_under_way_and_only_there() -> None:
    def stall(asked: Agent) -> None:
        loop = asked._loop
        assert loop is not None
        loop.call_soon_threadsafe(time.sleep, 0.4)
        time.sleep(0.5)

    idle, busy = agent(), agent(hang)
    for asked in (idle, busy):
        asked.open(10.0)
        asked.exchange([Order(number=1, at_seconds=time.monotonic())] * (asked is busy), 0.0)
        time.sleep(0.2)  # so that the watch has come round
        stall(asked)
    # both are on one machine: what stops one of them for other reasons stops the other one too
    assert busy.close().stall_seconds >= 0.3
    assert idle.close().stall_seconds == 0.0


@pytest.mark.anyio
async def test_closing_one_that_was_never_opened_is_no_error() -> None:
    assert agent().close().made == ()
