from __future__ import annotations

from msgspec.structs import replace

from stresstune.model.api import Limit
from stresstune.model.pace_words import average_words
from tests.report import dossiers

QUEUE = Limit(kind="throughput", value=3.0, low=2.9, high=3.1, provenance="measured")


def test_people_under_a_quota_make_calls_and_some_would_fail() -> None:
    found = dossiers.api(dossiers.RPM_150)
    said = average_words(found, found.max_sessions(12.5), 12.5)
    assert "make about 128.6 calls a minute on average" in said
    assert said.endswith("more than 1 % of the calls could fail beyond 30")


def test_people_before_a_queue_wait_for_each_other_and_no_call_fails() -> None:
    found = dossiers.api(QUEUE)
    carried = found.max_sessions(2.0)
    said = average_words(found, carried, 2.0)
    assert "share 2.9 answers a second, and wait for each other" in said
    assert said.endswith(f"could take longer than 10 s beyond {carried}")
    assert "fail" not in said


def test_where_a_quota_binds_before_the_queue_it_is_the_quota_that_is_told() -> None:
    tight = replace(dossiers.RPM_150, value=30, low=30, high=30)
    found = dossiers.api(tight, QUEUE)
    assert "calls could fail" in average_words(found, found.max_sessions(2.0), 2.0)
