import pytest

from stresstune.memory.options import ProbeOptions
from stresstune.memory.probe import probe_memory
from stresstune.memory.sources import Factory, Simulated
from stresstune.memory.what_if import MALLOC_VARIABLE, Variant, measured_advice, variants
from stresstune.model.memory import MemoryCapacity
from stresstune.model.workload import Workload


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
    said = measured_advice(capacity(20, *reckoned), Simulated(), workload, probe)
    assert said[0].startswith(f"{MALLOC_VARIABLE}=131072 in the app's environment: 1.5 times")
    assert said[1].startswith("encoded instead of base64 pictures: 1.1 times")
    assert said[2] == "a machine of 4 GB: …"
    assert seen[0].environment == {MALLOC_VARIABLE: "131072"}
    assert seen[1].workload.image_kind == "encoded"


def test_without_a_number_nothing_can_be_compared():
    assert measured_advice(capacity(None, "a"), Simulated(), Workload(), lambda _: capacity(1)) == (
        "a",
    )


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
