from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest
from prometheus_client.parser import text_string_to_metric_families

from stresstune.cli import exits

pytestmark = pytest.mark.usefixtures("config")

PROBES = {
    "probe memory": ("probe", "memory", "--limit", "1GB", "--images", "1"),
    "probe api": ("probe", "api", "--simulate", "rpm=8,latency=0.05"),
    "burst": ("probe", "api", "--simulate", "rpm=8,latency=0.05", "--test", "burst"),
    "preflight": ("preflight", "--only", "memory"),
    "check": ("check",),
}


def gauges(text: str) -> dict[str, float]:
    found = text_string_to_metric_families(text)
    return {sample.name: sample.value for family in found for sample in family.samples}


@pytest.mark.parametrize("command", ["apply", "plan"])
def test_a_run_has_each_form(run, critical, command: str) -> None:
    asked = (command, "--from", critical, "--quiet")
    markdown = run(*asked, "--format", "markdown")
    assert markdown.out.startswith(f"### stresstune {command}: critical\n")
    assert "requests_per_minute binds." in markdown.out
    assert "::error file=workshop.toml" in run(*asked, "--format", "github").out
    suite = ET.fromstring(run(*asked, "--format", "junit").out)
    assert suite.get("tests") == "2"
    assert suite.get("failures") == "1"
    found = gauges(run(*asked, "--format", "prometheus").out)
    assert found["stresstune_api_limit"] == 10
    assert found["stresstune_sessions_that_fit"] == 60
    assert run(*asked, "--format", "json").document["tier"] == "critical"
    assert "Tier: critical" in run(*asked, "--format", "text").out


def test_a_probe_says_of_what_does_not_fit_what_a_plan_says(run) -> None:
    said = run("probe", "memory", "--limit", "14MB", "--format", "markdown", "--quiet")
    assert "| memory | critical |" in said.out


def test_a_form_has_no_colour(run, critical, monkeypatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in run("plan", "--from", critical, "--format", "markdown").out


@pytest.mark.parametrize("command", PROBES)
def test_a_probe_has_each_form(run, command: str) -> None:
    said = run(*PROBES[command], "--format", "prometheus", "--quiet")
    assert all(name.startswith("stresstune_") for name in gauges(said.out))
    assert gauges(said.out)


@pytest.mark.parametrize("command", ["probe memory", "preflight", "check"])
def test_what_cannot_fail_a_pipeline_is_a_list_of_tests(run, command: str) -> None:
    root = ET.fromstring(run(*PROBES[command], "--format", "junit", "--quiet").out)
    assert root.get("tests") == "1"
    assert root.get("failures") == "0"
    assert run(*PROBES[command], "--format", "markdown", "--quiet").out.startswith("### stresstune")


def test_what_fails_the_command_fails_the_test(run) -> None:
    said = run("check", "--format", "junit", "--fail-on", "concerning")
    assert said.code == exits.CONCERNING
    assert ET.fromstring(said.out).get("failures") == "1"


def test_a_finding_is_annotated_at_the_line_of_its_key(run) -> None:
    run("apply", "--only", "memory", "--quiet")
    said = run("check", "--limit", "13MB", "--format", "github")
    assert "::error file=workshop.toml,line=2,title=stresstune check::" in said.out


def test_a_fill_in_another_form_prints_no_lines(run) -> None:
    said = run("probe", "memory", "--mode", "fill", "--sessions", "2", "--format", "markdown")
    assert "Session 1/2" not in said.out


@pytest.mark.parametrize("command", ["check", "plan", "apply"])
def test_two_forms_at_once_are_refused(run, command: str) -> None:
    said = run(command, "--json", "--format", "junit")
    assert (said.code, said.document["exit_code"]) == (exits.USAGE, exits.USAGE)
    assert "--json and --format junit exclude each other" in said.err
    assert run(command, "--json", "--format", "json", "--config", "no.toml").document["error"]


def test_values_alone_go_with_no_form(run) -> None:
    said = run("apply", "--only", "memory", "--emit", "env", "--format", "markdown")
    assert said.code == exits.USAGE
    assert "--format markdown the run" in said.err


@pytest.mark.parametrize("form", [("--format", "json"), ("--format=json",)])
def test_an_error_is_a_document_where_one_was_asked_for(run, form) -> None:
    said = run("check", "--config", "missing.toml", *form)
    assert json.loads(said.out)["exit_code"] == exits.USAGE
