"""Each host's own ceiling, before a real API is called from it."""

from __future__ import annotations

import math

import anyio
import pytest

from stresstune.config.schema import ApiOptions, Config
from stresstune.fleet.hosts import Host, HostLost
from stresstune.workflow import selftest
from stresstune.workflow.fleet import on_host
from stresstune.workflow.fleet.ceilings import Ceilings, ceilings_of
from stresstune.workflow.fleet.order import CallsOrder
from stresstune.workflow.options import TuneOptions
from stresstune.workflow.selftest import Ceiling
from tests.workflow.fleet.fake_engine import FakeEngine

ORDER = CallsOrder(
    options=TuneOptions(url="http://127.0.0.1:1/edit"),
    config=Config(path="workshop.toml", api=ApiOptions(prompt="Hello")),
    needed_per_second=26.0,
)


def asked(answers: dict[str, object], order: CallsOrder = ORDER) -> Ceilings:
    engine = FakeEngine({name: {"self_test": answer} for name, answer in answers.items()})
    hosts = [Host(id=name, name=name, workers=(f"tcp://{name}",), greetings=()) for name in answers]
    return anyio.run(ceilings_of, engine, hosts, order)


def ceiling(per_second: float) -> Ceiling:
    return Ceiling(per_second=per_second, needed_per_second=26.0)


def test_the_slowest_host_says_how_fast_all_of_them_may_call() -> None:
    found = asked({"a": ceiling(600), "b": ceiling(20)})
    assert found.most_per_second == 20.0  # half of what two such hosts make
    assert "by host: a 600, b 20; this run needs up to 26 from all of them" in found.words
    assert "beyond 20 a second it may measure them instead of the API" in found.words
    assert found.of(["a"]).most_per_second == 300.0
    assert "beyond" not in found.of(["a"]).words


def test_a_host_that_could_not_be_tested_is_named_and_slows_nobody_down() -> None:
    found = asked({"a": HostLost("it hangs"), "b": Ceiling(needed_per_second=26, error="no port")})
    assert found.most_per_second == math.inf
    assert found.words == "self-test: it could not be made on a (it hangs), b (no port)"


def test_where_it_is_not_wanted_nobody_is_asked() -> None:
    found = asked({"a": ceiling(600)}, CallsOrder(target=dict))
    assert found.hosts == {}
    assert (found.most_per_second, found.words) == (math.inf, "")


@pytest.mark.anyio
async def test_a_host_makes_the_same_kind_of_call_for_a_moment(monkeypatch) -> None:
    monkeypatch.setattr(selftest, "SECONDS", 0.2)
    found = await on_host.self_test(ORDER)
    assert found.error == ""
    assert found.per_second > 20
