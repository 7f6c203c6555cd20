"""A summary as JUnit XML, which most pipelines show as a list of tests."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from stresstune.report.pipeline.summary import Case, FailOn, Standing, Summary, standing
from stresstune.report.xml import spelled


def render_junit(summary: Summary, fail_on: FailOn = "critical") -> str:
    """Render one suite: a test for each case, failed where its tier is at least ``fail_on``.

    What could not be measured is an error, in JUnit's sense: the test itself did not work.
    """
    standings = [standing(case, fail_on) for case in summary.cases]
    counts = {
        "tests": str(len(standings)),
        "failures": str(standings.count("failed")),
        "errors": str(standings.count("unknown")),
    }
    name = f"stresstune {summary.command}"
    root = Element("testsuites", {"name": name, **counts})
    suite = SubElement(root, "testsuite", {"name": name, **counts, "skipped": "0"})
    properties = SubElement(suite, "properties")
    for key, value in (("config", summary.path), ("verdict", summary.verdict)):
        SubElement(properties, "property", name=key, value=spelled(value))
    for case, how in zip(summary.cases, standings, strict=True):
        _add(suite, name, case, how)
    if summary.closing:
        SubElement(suite, "system-out").text = spelled("\n".join(summary.closing))
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode")


def _add(suite: Element, name: str, case: Case, how: Standing) -> None:
    test = SubElement(suite, "testcase", classname=name, name=spelled(case.name), time="0")
    words = spelled(case.words)
    if how == "held":
        SubElement(test, "system-out").text = words
    else:
        kind = "failure" if how == "failed" else "error"
        SubElement(test, kind, message=words, type=case.tier).text = words
