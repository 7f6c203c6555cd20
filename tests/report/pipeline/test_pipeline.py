from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import NamedTuple

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


class Shape(NamedTuple):
    """What an element may have, as the schema of Jenkins' xUnit plugin says.

    That is junit-10.xsd in github.com/jenkinsci/xunit-plugin, which pytest's own files follow too.
    Where its versions differ, what all of them allow is what counts.
    """

    children: frozenset[str] = frozenset()
    needed: frozenset[str] = frozenset()
    more: frozenset[str] = frozenset()


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


BAD = Shape(more=names("message type"))
SHAPES = {
    "testsuites": Shape(names("testsuite"), more=names("name time tests failures errors")),
    "testsuite": Shape(
        names("testsuite properties testcase system-out system-err"),
        needed=names("name tests failures errors"),
        more=names("group time skipped timestamp hostname id package file log url"),
    ),
    "properties": Shape(names("property")),
    "property": Shape(needed=names("name value")),
    "testcase": Shape(
        names("skipped error failure system-out system-err"),
        needed=names("name"),
        more=names("classname time group"),
    ),
    "failure": BAD,
    "error": BAD,
    "skipped": BAD,
    "system-out": Shape(),
    "system-err": Shape(),
}
COUNTS = names("tests failures errors skipped")
SECONDS = re.compile(r"(\d{1,3}(,\d{3})*|\d*)(\.\d{1,3})?")
"""Of a time, as the surefire plugin writes it."""


def problems_of(element: ET.Element) -> list[str]:
    """Say where an element, and what is in it, is not as the schema has it."""
    shape = SHAPES[element.tag]
    has, inside = frozenset(element.attrib), frozenset(child.tag for child in element)
    said = [
        *(f"{element.tag} lacks {name}" for name in shape.needed - has),
        *(f"{element.tag} has {name}" for name in has - shape.needed - shape.more),
        *(f"{element.tag} holds {tag}" for tag in inside - shape.children),
        *(f"{name} is no count" for name in COUNTS & has if not element.attrib[name].isdecimal()),
    ]
    if not SECONDS.fullmatch(element.get("time", "0")):
        said.append("time is no number of seconds")
    if shape.children and f"{element.text or ''}{element.tail or ''}".strip():
        said.append(f"{element.tag} has text")
    known = (child for child in element if child.tag in SHAPES)
    return [*said, *(problem for child in known for problem in problems_of(child))]


@pytest.mark.parametrize("fail_on", ["critical", "concerning"])
@pytest.mark.parametrize("found", [FOUND, Summary(command="check", path="a.toml", verdict="ok")])
def test_junit_has_the_shape_of_its_schema(found, fail_on) -> None:
    text = render_junit(found, fail_on)
    assert text.startswith("<?xml version=")
    root = ET.fromstring(text)
    assert problems_of(root) == []
    for level in (root, suite_of(text)):
        assert level.get("tests") == str(len(found.cases))
        assert level.get("failures") == str(len(root.findall(".//failure")))
        assert level.get("errors") == str(len(root.findall(".//error")))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (' tests="4"', "", "testsuite lacks tests"),
        ('failures="1"', 'failures="some"', "failures is no count"),
        ('time="0"', 'time="soon"', "time is no number of seconds"),
        ("<testcase ", '<testcase tier="good" ', "testcase has tier"),
        ("<testsuites ", '<testsuites skipped="0" ', "testsuites has skipped"),
        (' value="critical"', "", "property lacks value"),
        ("<property ", "<case /><property ", "properties holds case"),
        ("<properties>", "<properties>words", "properties has text"),
    ],
)
def test_what_is_not_in_the_schema_is_found_out(old, new, problem) -> None:
    text = render_junit(FOUND)
    assert old in text
    assert problem in problems_of(ET.fromstring(text.replace(old, new)))


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
