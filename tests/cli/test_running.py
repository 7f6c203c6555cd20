from __future__ import annotations

import pytest

from stresstune.cli import exits
from stresstune.errors import Interrupted
from stresstune.model.api import Limit
from stresstune.workflow import measure
from tests.policy.evidence import api_of, classic, memory_that_fits

pytestmark = pytest.mark.usefixtures("config")

LIMIT = Limit(kind="requests_per_minute", value=60, low=60, high=60, provenance="stated")


def interrupt_with(partial: object):
    def probe(*_: object) -> None:
        raise Interrupted(partial)

    return probe


def test_an_interrupted_run_prints_both_subjects(run, config, monkeypatch) -> None:
    before = config.read_bytes()
    monkeypatch.setattr(measure.probes, "probe_memory", lambda *_: memory_that_fits(24))
    monkeypatch.setattr(measure.probes, "probe_api", interrupt_with(api_of(LIMIT)))
    said = run("apply", "--simulate")
    assert said.code == exits.INTERRUPTED
    assert "Sessions that fit:     24" in said.out
    assert "requests_per_minute  60" in said.out
    assert "Interrupted: nothing is left running" in said.err
    assert "Next: run it again." in said.err
    assert config.read_bytes() == before


def test_with_json_it_is_still_one_document(run, monkeypatch) -> None:
    monkeypatch.setattr(measure.probes, "probe_memory", lambda *_: memory_that_fits(24))
    monkeypatch.setattr(measure.probes, "probe_api", interrupt_with(api_of(LIMIT)))
    document = run("apply", "--simulate", "--json").document
    assert document["outcome"] == "interrupted"
    assert document["memory"]["sessions_that_fit"] == 24
    assert document["api"]["limits"][0]["value"] == 60


def test_what_was_interrupted_can_be_used_as_results(run, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(measure.probes, "probe_memory", lambda *_: memory_that_fits(24))
    monkeypatch.setattr(measure.probes, "probe_api", interrupt_with(None))
    (tmp_path / "half.json").write_text(run("apply", "--simulate", "--json").out)
    said = run("apply", "--from", "half.json", "--json").document
    assert said["recommendation"]["max_concurrent_sessions"] == 19


def test_an_interrupted_classic_test_is_a_document(run, monkeypatch) -> None:
    from stresstune.cli.commands import probe_api

    monkeypatch.setattr(probe_api.probes, "run_test", interrupt_with(classic(rejected=2)))
    said = run("probe", "api", "--simulate", "--test", "burst")
    assert said.code == exits.INTERRUPTED
    assert "Rate-limit errors:  2" in said.out


def test_interrupted_before_anything_was_found_is_one_line(run, monkeypatch) -> None:
    monkeypatch.setattr(measure.probes, "probe_memory", interrupt_with(None))
    said = run("apply", "--simulate")
    assert (said.code, said.out) == (exits.INTERRUPTED, "")
    assert "Interrupted" in said.err
    again = run("apply", "--simulate", "--json")
    assert again.document["exit_code"] == exits.INTERRUPTED


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_what_was_measured_before_an_error_is_printed(run, config, monkeypatch, form) -> None:
    from stresstune.errors import TargetUnusable
    from stresstune.workflow import measure
    from tests.policy.evidence import memory_that_fits

    def failing(*_: object) -> None:
        raise TargetUnusable("the model is gone")

    monkeypatch.setattr(measure.probes, "probe_memory", lambda *_: memory_that_fits(24))
    monkeypatch.setattr(measure.probes, "probe_api", failing)
    said = run("plan", "--simulate", *form)
    assert said.code == 40
    assert "the model is gone" in said.err
    if form:
        assert said.document["memory"]["sessions_that_fit"] == 24
        assert said.document["error"] == "the model is gone"
    else:
        assert "Sessions that fit:" in said.out
