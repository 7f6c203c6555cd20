"""A fleet in this process: what its workers answer is said by the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import pytest

from stresstune.errors import MeasurementError
from stresstune.fleet import engine as engines
from stresstune.fleet.hosts import Greeting, HostLost
from stresstune.model.memory import MemoryCapacity
from stresstune.workflow.fleet import on_host
from stresstune.workflow.here import installed_version
from tests.policy.evidence import memory_that_fits

Answer = object | Exception


def greeting(name: str) -> Greeting:
    return Greeting(memory_id=name, name=name, version=installed_version(), pid=1)


def fitting(sessions: int = 20) -> MemoryCapacity:
    return memory_that_fits(sessions)


@dataclass
class FakeEngine:
    """Workers whose address is ``tcp://NAME``, and a scheduler that goes away when it is told to.

    Attributes:
        answers: By worker and name of the function of `on_host`: what is returned, or raised.
        lost_at: At the call of this function the scheduler goes away.
        successor: The workers that know its successor; None if there is none.
        turns: Who has the turn, by how often it was asked for; "" is nobody.
        really: Functions of `on_host` that run in this process.
    """

    answers: dict[str, dict[str, Answer]]
    lost_at: Callable[..., object] | None = None
    successor: dict[str, dict[str, Answer]] | None = None
    turns: list[str] = field(default_factory=list)
    really: tuple[Callable[..., Any], ...] = ()
    address: str = "tcp://fake"
    version: str = ""
    messages: int = 0
    is_lost: bool = False
    called: list[tuple[str, str]] = field(default_factory=list)

    async def workers(self, at_least: int = 0, wait_seconds: float = 0.0) -> tuple[str, ...]:
        if self.is_lost:
            raise MeasurementError("the scheduler went away")
        return tuple(f"tcp://{name}" for name in self.answers)

    async def call(
        self, address: str, function: Callable[..., Any], *arguments: object, timeout_seconds: float
    ) -> object:
        name = address.removeprefix("tcp://")
        self.called.append((name, function.__name__))
        if function is self.lost_at:
            self.is_lost = True
        if self.is_lost:
            raise HostLost(engines.SCHEDULER_LOST)
        if function in self.really:
            return await function(*arguments)
        answer = {
            on_host.look.__name__: greeting(name.partition("-")[0]),
            on_host.measure_memory.__name__: fitting(),
            **self.answers[name],
        }.get(function.__name__)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def reopen(self, wait_seconds: float) -> bool:
        if self.successor is None:
            await anyio.sleep(wait_seconds)
            return False
        self.answers, self.is_lost, self.lost_at = self.successor, False, None
        return True

    async def try_lock(self, owner: str) -> str:
        return self.turns.pop(0) if self.turns else ""

    async def unlock(self) -> None: ...


def connected_to(monkeypatch: pytest.MonkeyPatch, engine: FakeEngine) -> FakeEngine:
    """Let every connection be one to this fleet."""

    @asynccontextmanager
    async def connect(client: object) -> AsyncIterator[FakeEngine]:
        yield engine

    monkeypatch.setattr(engines, "connect", connect)
    return engine
