import re
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from stresstune.errors import UsageError
from stresstune.memory.options import ProbeOptions
from stresstune.memory.probe import probe_memory
from stresstune.memory.sources import App, Factory, Simulated
from stresstune.memory.what_if import (
    MALLOC_VARIABLE,
    Variant,
    measured_advice,
    of_environment,
    variants,
)
from stresstune.model.memory import MemoryCapacity
from stresstune.model.workload import Workload

FACTORIES = Path(__file__).parent / "factories"


def capacity(fits: int | None, *advice: str) -> MemoryCapacity:
    return MemoryCapacity(
        mode="predict",
        source="simulated",
        held_sessions=4,
        sessions_that_fit=fits,
        safe_sessions=fits,
        bytes_per_session=None,
        baseline_bytes=0,
        limit_bytes=1,
        limit_source="--limit",
        headroom_ratio=0.2,
        stopped_by="target",
        advice=advice,
    )


def test_what_is_worth_trying_depends_on_the_sessions():
    def names(source: object, workload: Workload) -> list[str]:
        return [variant.what.split()[0] for variant in variants(source, workload)]

    malloc = f"{MALLOC_VARIABLE}=131072"
    assert names(Simulated(), Workload()) == [malloc]
    assert names(Simulated(), Workload(image_kind="base64")) == [malloc, "encoded"]
    assert names(Factory("m:f", concurrency=4), Workload()) == [malloc, "one"]


def test_what_was_measured_replaces_what_was_reckoned():
    seen: list[Variant] = []

    def probe(variant: Variant) -> MemoryCapacity:
        seen.append(variant)
        return capacity(30 if variant.environment else 22)

    reckoned = ("encoded instead of base64 pictures: 1.3 times …", "a machine of 4 GB: …")
    workload = Workload(image_kind="base64")
    said = measured_advice(capacity(20, *reckoned), variants(Simulated(), workload), probe)
    assert said[0].startswith(f"{MALLOC_VARIABLE}=131072 in the app's environment: 1.5 times")
    assert said[1].startswith("encoded instead of base64 pictures: 1.1 times")
    assert said[2] == "a machine of 4 GB: …"
    assert seen[0].environment == {MALLOC_VARIABLE: "131072"}
    assert seen[1].workload.image_kind == "encoded"


def test_without_a_number_nothing_can_be_compared():
    tried = variants(Simulated(), Workload())
    assert measured_advice(capacity(None, "a"), tried, lambda _: capacity(1)) == ("a",)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (capacity(90), "4.5 times as many sessions, 90 instead of 20 (measured)"),
        (
            replace(capacity(1000), at_least=True),
            "at least 50 times as many sessions, 1000 instead of 20 (measured)",
        ),
        (capacity(21), "about as many sessions, 21 instead of 20 (measured)"),
        (capacity(10), "fewer sessions, 10 instead of 20 (measured)"),
        (
            replace(capacity(None), error="no redis://:secret@host", stopped_by="error"),
            "it could not be measured, no [hidden]",
        ),
    ],
)
def test_who_asked_for_one_is_told_of_it_in_any_case(found: MemoryCapacity, said: str):
    asked = of_environment(Factory("m:f"), Workload(), {"REDIS_URL": "redis://:secret@host"})
    (line,) = measured_advice(capacity(20), [asked], lambda _: found)
    assert line == f"REDIS_URL in the app's environment: {said}"


def test_variables_for_simulated_sessions_and_such_as_are_none_are_refused():
    with pytest.raises(UsageError, match="read no REDIS_URL: measure your own app"):
        probe_memory(options=ProbeOptions(what_if_environment={"REDIS_URL": "redis://"}))
    with pytest.raises(ValueError, match="'a=b', which names no variable"):
        ProbeOptions(what_if_environment={"a=b": "c"})


@pytest.mark.usefixtures("factories")
def test_an_external_store_is_measured_with_the_app(tmp_path: Path):
    source = App(
        command=[sys.executable, str(FACTORIES / "small_app.py"), "{port}"],
        open_session="small_app:open_session",
    )
    folder = {"SESSIONS_FOLDER": str(tmp_path)}
    options = ProbeOptions(what_if_environment=folder, max_seconds=4)
    seen = probe_memory(source=source, limit_bytes=250_000_000, options=options)
    assert seen.sessions_that_fit == pytest.approx(23, abs=2)
    told = r"SESSIONS_FOLDER in the app's environment: .* times as many sessions, .*\(measured\)"
    assert re.fullmatch(told, seen.advice[0])
    assert str(tmp_path) not in " ".join(seen.advice)


def test_advice_is_measured_with_real_sessions():
    workload = Workload(images_per_session=4, image_bytes=1_000_000, image_kind="decoded")
    options = ProbeOptions(what_if=True)
    said: list[str] = []
    seen = probe_memory(
        workload,
        limit_bytes=1_000_000_000,
        options=options,
        on_progress=lambda progress: said.append(progress.message),
    )
    assert said[-1] == "measuring what if: encoded instead of decoded pictures"
    assert "encoded instead of decoded pictures: 1.6 times" in seen.advice[0]
    assert seen.advice[0].endswith("(measured)")


@pytest.mark.usefixtures("factories")
def test_fewer_threads_are_measured():
    source = Factory("session_kinds:short_peak", concurrency=4)
    seen = probe_memory(source=source, limit_bytes=300_000_000, options=ProbeOptions(what_if=True))
    assert any("one session made at a time instead of 4" in line for line in seen.advice)
