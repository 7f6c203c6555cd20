from __future__ import annotations

import functools
import subprocess
import sys
from pathlib import Path
from typing import Self

import anyio
import pytest

from stresstune import errors
from stresstune.api.target import check_target, describe, open_target, require_asyncio

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return request.param


async def call() -> str:
    return "answer"


class Opened:
    """A target that must be opened."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.name = "opened at http://me:secret@host/?key=AIzaSyD-1234567890"

    async def __aenter__(self) -> Self:
        self.log.append("open")
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.log.append("close")

    async def __call__(self) -> str:
        return "answer"

    async def check(self) -> int:
        return 12


async def test_a_plain_function_is_handed_back_as_it_is():
    async with open_target(call) as target:
        assert target is call
        assert await target() == "answer"
    assert await check_target(call) is None


async def test_a_target_that_can_be_opened_is_opened_and_closed():
    target = Opened()
    async with open_target(target) as opened:
        assert opened is target
        assert await check_target(opened) == 12
        assert target.log == ["open"]
    assert target.log == ["open", "close"]


async def test_a_target_is_closed_when_the_run_fails():
    target = Opened()
    with pytest.raises(ZeroDivisionError):
        async with open_target(target):
            raise ZeroDivisionError
    assert target.log == ["open", "close"]


async def test_a_target_whose_entry_returns_nothing_is_called_itself():
    class Quiet(Opened):
        async def __aenter__(self) -> None:
            self.log.append("open")

    target = Quiet()
    async with open_target(target) as opened:
        assert opened is target


@pytest.mark.parametrize(
    ("target", "what"), [(Opened, "Opened"), (None, "a NoneType"), ("call", "a str")]
)
async def test_what_cannot_be_called_is_refused(target, what):
    with pytest.raises(TypeError, match=f"without arguments, and this is {what}"):
        async with open_target(target):
            pass


async def test_names_carry_no_secret():
    assert describe(Opened()) == "opened at http://[hidden]@host/?key=[hidden]"
    assert describe(call).endswith(".call")
    assert describe(functools.partial(call)) == describe(call)

    class Nameless:
        async def __call__(self) -> None: ...

    assert describe(Nameless()).endswith("Nameless")

    Nameless.__module__ = "__main__"
    assert describe(Nameless()).startswith("test_names_carry_no_secret")


def test_what_every_probe_needs_is_light_to_import():
    names = ("api.credentials", "load.outcome", "api.payload", "load.quota", "api.target", "redact")
    imports = ", ".join(f"stresstune.{name}" for name in names)
    heavy = "{'aiohttp', 'google', 'PIL', 'pydantic', 'anyio', 'rich'}"
    code = f"import sys, {imports}; sys.exit(', '.join({heavy} & set(sys.modules)) or 0)"
    root = Path(errors.__file__).parents[1]
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_asyncio_is_asked_for_in_so_many_words():
    async def ask() -> None:
        require_asyncio("Gemini")

    anyio.run(ask, backend="asyncio")
    with pytest.raises(
        RuntimeError, match="Gemini speaks HTTP through aiohttp, which needs asyncio"
    ):
        anyio.run(ask, backend="trio")
    with pytest.raises(RuntimeError, match="no asyncio loop runs"):
        require_asyncio("Gemini")
