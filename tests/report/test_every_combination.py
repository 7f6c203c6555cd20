"""Whatever was found, there is a report of it."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from stresstune.model.api import Limit, LimitKind
from stresstune.model.load import GeneratorHealth, Latency
from stresstune.model.workload import Workload
from stresstune.policy import judge, recommend
from stresstune.report.charts.spec import spec_of
from stresstune.report.compose import charts_of, compose
from stresstune.report.markdown import render_markdown
from tests.report import dossiers

pytestmark = pytest.mark.no_cover


def limit(kind: LimitKind, value: float, **changes) -> Limit:
    one = Limit(kind=kind, value=value, low=value, high=value, provenance="measured")
    return replace(one, **changes)


MEMORIES = {
    "not asked": None,
    "short": dossiers.memory(),
    "roomy": dossiers.memory(64_000_000_000),
    "tiny": dossiers.memory(60_000_000),
    "unknown": dossiers.memory(None),
    "none held": dossiers.memory(
        bytes_per_session=None, samples=(), held_sessions=0, sessions_that_fit=None,
        safe_sessions=None, stopped_by="error", error="ImportError: no such module",
    ),
    "one sample": dossiers.memory(samples=dossiers.memory().samples[:1]),
    "crashed": dossiers.memory(stopped_by="killed", sizes_vary=True, transient_bytes=10**8),
}  # fmt: skip
APIS = {
    "not asked": None,
    "enough": dossiers.enough(),
    "rate": dossiers.api(dossiers.RPM_150),
    "bucket": dossiers.api(limit("requests_per_minute", 60, burst=10, counts_rejected=True)),
    "tokens": dossiers.api(
        limit("tokens_per_minute", 9e5, provenance="stated"), input_tokens_per_request=1000
    ),
    "day": dossiers.api(limit("requests_per_day", 20, window_seconds=86_400)),
    "none": dossiers.api(limit("requests_per_minute", 0), attempts=dossiers.calls(0, refused=1)),
    "cap": dossiers.api(limit("concurrency", 4)),
    "queue": dossiers.api(limit("throughput", 2.5, high=None, provenance="lower_bound")),
    "overload": dossiers.api(limit("overload", 0.3)),
    "two": dossiers.api(dossiers.RPM_150, limit("concurrency", 4)),
    "invalid": dossiers.api(outcome="invalid", health=GeneratorHealth(ok=False, reason="late")),
    "nothing answered": dossiers.api(
        outcome="inconclusive", latency=Latency(), attempts=dossiers.calls(0, refused=3)
    ),
    "burst": dossiers.burst(12),
}


@pytest.mark.parametrize("api", sorted(APIS))
@pytest.mark.parametrize("memory", sorted(MEMORIES))
def test_there_is_a_report_of_it(memory, api) -> None:
    report_of(MEMORIES[memory], APIS[api], Workload(), slow_mode=True)


@pytest.mark.parametrize("api", sorted(APIS))
def test_there_is_one_for_a_single_person_without_slow_mode(api) -> None:
    report_of(dossiers.memory(), APIS[api], Workload(sessions=1, think_seconds=0), slow_mode=False)


def report_of(memory, api, workload: Workload, *, slow_mode: bool) -> None:
    wanted = recommend(judge(memory, api, workload), slow_mode=slow_mode)
    evidence = dossiers.evidence_of(memory, api, workload=workload, recommendation=wanted)
    dossier = dossiers.dossier_of(evidence, earlier=replace(dossiers.of_quota().run, id=1))
    sheet = compose(dossier)
    assert sheet.headline.endswith(".")
    assert len(sheet.tiles) == 3
    for chart in charts_of(sheet):
        json.dumps(spec_of(chart, 400, 300), allow_nan=False)
        assert chart.x.max > chart.x.min
        assert chart.y.max > chart.y.min
    text = render_markdown(dossier)
    assert " None" not in text
    assert "nan" not in text.split()
