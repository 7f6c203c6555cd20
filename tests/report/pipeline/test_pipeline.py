from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from junitparser import Error, Failure, JUnitXml
from prometheus_client.parser import text_string_to_metric_families

from stresstune.model.change import Change
from stresstune.report.pipeline.github import render_github
from stresstune.report.pipeline.junit import render_junit
from stresstune.report.pipeline.markdown import render_markdown
from stresstune.report.pipeline.prometheus import render_prometheus
from stresstune.report.pipeline.summary import Case, Gauge, Summary

HOSTILE = 'a "quoted" <script>|\\ \n::error::x \x00\x1b[31m é\ud800'.encode(
    "utf-8", "surrogatepass"
).decode("utf-8", "replace")

FOUND = Summary(
    command="plan",
    path="work,shop:1.toml",
    verdict="critical",
    cases=(
        Case(name="memory", tier="good", words="60 fit"),
        Case(name="api", tier="critical", words="10 a minute carries 1", key="slow_mode.default"),
        Case(name="other", tier="concerning", words="20 of 30"),
        Case(name="unknown", tier="inconclusive", words="could not be told"),
    ),
    gauges=(
        Gauge(name="value", about="A value.", value=1, labels={"key": "a"}),
        Gauge(name="memory_limit_bytes", about="The limit.", value=2_000_000_000),
        Gauge(name="value", about="A value.", value=2.5, labels={"key": HOSTILE}),
    ),
    changes=(Change(key="MAX", old=30, new=1, because="1 fits | really"),),
    closing=("Tier: critical.", "Next: restart the app."),
)


def suite_of(text: str) -> ET.Element:
    root = ET.fromstring(text)
    assert root.tag == "testsuites"
    (suite,) = root.findall("testsuite")
    return suite


@pytest.mark.parametrize(
    ("fail_on", "failures"), [("critical", ["api"]), ("concerning", ["api", "other"])]
)
def test_junit_fails_the_cases_that_are_bad_enough(fail_on, failures) -> None:
    suite = suite_of(render_junit(FOUND, fail_on))
    failed = [
        one.get("name") for one in suite.findall("testcase") if one.find("failure") is not None
    ]
    assert failed == failures
    assert suite.find("testcase[@name='unknown']/error") is not None


def test_junit_has_the_shape_of_its_schema() -> None:
    text = render_junit(FOUND)
    assert text.startswith("<?xml version=")
    suite = suite_of(text)
    cases = suite.findall("testcase")
    assert [child.tag for child in suite] == ["properties", *["testcase"] * 4, "system-out"]
    assert int(suite.get("tests", "")) == len(cases) == 4
    assert int(suite.get("failures", "")) == len(suite.findall("testcase/failure")) == 1
    assert int(suite.get("errors", "")) == len(suite.findall("testcase/error")) == 1
    for case in cases:
        assert set(case.attrib) == {"name", "classname", "time"}
        assert {child.tag for child in case} <= {"failure", "error", "skipped", "system-out"}
        for bad in (*case.findall("failure"), *case.findall("error")):
            assert set(bad.attrib) == {"message", "type"}


def test_a_reader_of_junit_counts_what_it_says() -> None:
    read = JUnitXml.fromstring(render_junit(FOUND).encode())
    said = (read.tests, read.failures, read.errors)
    (suite,) = read
    assert [[type(one) for one in case.result] for case in suite] == [[], [Failure], [], [Error]]
    assert {one.name: one.value for one in suite.properties()} == {
        "config": "work,shop:1.toml",
        "verdict": "critical",
    }
    read.update_statistics()
    assert (read.tests, read.failures, read.errors) == said == (4, 1, 1)


def test_hostile_texts_stay_texts() -> None:
    bad = Summary(
        command="check",
        path="a.toml",
        verdict="ok",
        cases=(Case(name=HOSTILE, tier="critical", words=HOSTILE),),
        closing=(HOSTILE,),
    )
    case = suite_of(render_junit(bad)).find("testcase")
    assert case is not None
    assert "<script>" in (case.get("name") or "")
    markdown = render_markdown(bad)
    assert "<script>" not in markdown
    assert "\x1b" not in markdown
    assert markdown.count("\n| ") == 3
    assert render_github(bad, {}).count("\n") == 0
    assert render_github(bad, {}).count("::error ") == 1


def test_prometheus_reads_it_back() -> None:
    families = {one.name: one for one in text_string_to_metric_families(render_prometheus(FOUND))}
    assert set(families) == {"stresstune_value", "stresstune_memory_limit_bytes"}
    assert all(family.type == "gauge" and family.documentation for family in families.values())
    first, second = families["stresstune_value"].samples
    assert (first.value, first.labels) == (1.0, {"config": "work,shop:1.toml", "key": "a"})
    assert (second.value, second.labels["key"]) == (2.5, HOSTILE)


def test_github_points_to_the_line_of_a_key() -> None:
    lines = render_github(FOUND, {"slow_mode.default": 5}).splitlines()
    assert [line.split(" ")[0] for line in lines] == [
        "::notice",
        "::error",
        "::warning",
        "::warning",
        "::notice",
    ]
    assert lines[-1].endswith("::MAX: 30 -> 1. 1 fits | really")
    assert lines[1].startswith("::error file=work%2Cshop%3A1.toml,line=5,title=stresstune plan::")


def test_markdown_has_a_table_of_findings_and_one_of_changes() -> None:
    text = render_markdown(FOUND)
    assert text.startswith("### stresstune plan: critical\n")
    assert "| memory | good | 60 fit |" in text
    assert "| `MAX` | 30 | 1 | 1 fits \\| really |" in text
    assert text.endswith("- Tier: critical.\n- Next: restart the app.")
