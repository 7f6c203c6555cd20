"""Does what was measured still hold?"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from stresstune.config.digests import workload_digest
from stresstune.config.drift import (
    Situation,
    compare,
)
from stresstune.config.load import parse_config
from stresstune.config.settings import settings_of
from stresstune.model.brief import LastRun, Values, brief_of
from stresstune.model.fingerprint import Check, Fingerprint
from stresstune.model.workload import Workload
from tests.config.builders import GB, evidence, recommendation

TUNED = b"""
MAX_CONCURRENT_SESSIONS = 18
[slow_mode]
default = true
delay_seconds = 4.5
"""
HERE = Fingerprint(
    limit_bytes=2 * GB,
    limit_source="host",
    cpu_quota=2.0,
    workload_digest="w",
    model="flash",
    key_fingerprint="k",
)


def check(text: bytes = TUNED, environ: dict[str, str] | None = None, **fields: Any) -> Check:
    config = parse_config(text, "workshop.toml")
    found = {"fingerprint": HERE, **fields.pop("evidence", {})}
    given = {
        "config": config,
        "settings": settings_of(config, environ or {}),
        "run": LastRun(id=3, at="2026-11-20T09:00:00+00:00", brief=brief_of(evidence(**found))),
        "fingerprint": HERE,
        "now": datetime(2026, 11, 23, 9, tzinfo=UTC),
    }
    return compare(Situation(**{**given, **fields}))


def moved(**fields: Any) -> Fingerprint:
    return Fingerprint(
        **{**{name: getattr(HERE, name) for name in HERE.__struct_fields__}, **fields}
    )


def test_all_is_well_where_nothing_moved():
    found = check()
    assert found.status == "ok"
    assert found.ok
    assert found.findings == ()
    assert found.run_id == 3
    assert found.tier == "concerning"
    assert found.values == {
        "MAX_CONCURRENT_SESSIONS": 18,
        "slow_mode.default": True,
        "slow_mode.delay_seconds": 4.5,
    }


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ({"limit_bytes": GB}, "memory ends at 1.00 GB here (host); it was measured with 2.00 GB"),
        ({"limit_bytes": 4 * GB}, "memory ends at 4.00 GB here"),
        ({"cpu_quota": 1.0}, "1 CPUs are to be had here; it was 2"),
        ({"workload_digest": "x"}, "the workload in the config is another one"),
        ({"model": "pro"}, "the model is pro now; flash was measured"),
        ({"key_fingerprint": "x"}, "the API key is another one"),
    ],
)
def test_what_moved_is_drift_and_is_named(now: dict[str, Any], words: str):
    found = check(fingerprint=moved(**now))
    assert found.status == "drifted"
    assert words in found.findings[0]


@pytest.mark.parametrize(
    "now",
    [
        {"limit_bytes": int(1.99 * GB)},
        {"limit_bytes": int(2.1 * GB)},
        {"limit_bytes": None},
        {"cpu_quota": None},
        {"model": ""},
        {"key_fingerprint": ""},
        {"key_fingerprint": "blake2b:k"},  # made in another way than the older one
        {"version": "9.9"},
    ],
)
def test_noise_and_the_unknown_are_no_drift(now: dict[str, Any]):
    assert check(fingerprint=moved(**now)).ok


def test_a_limit_that_a_person_stated_holds_as_long_as_the_machine_has_it():
    stated = {"fingerprint": moved(limit_source="--limit")}
    assert check(evidence=stated, fingerprint=moved(limit_bytes=25 * GB)).ok
    assert not check(evidence=stated, fingerprint=moved(limit_bytes=GB)).ok


def test_a_larger_limit_that_a_person_states_now_is_drift_from_the_one_stated_then():
    stated = {"fingerprint": moved(limit_source="--limit")}
    found = check(evidence=stated, fingerprint=moved(limit_bytes=4 * GB, limit_source="--limit"))
    assert "memory ends at 4.00 GB here (--limit)" in found.findings[0]


def test_what_was_not_measured_cannot_drift():
    assert check(evidence={"memory": None}, fingerprint=moved(limit_bytes=GB)).ok
    assert check(evidence={"api": None}, fingerprint=moved(model="pro", key_fingerprint="x")).ok


def test_a_value_above_what_was_found_safe_is_drift():
    found = check(TUNED.replace(b"18", b"25"))
    assert found.findings == ("MAX_CONCURRENT_SESSIONS is 25, above the 18 that were found safe",)
    assert check(TUNED.replace(b"18", b"10")).ok


def test_an_environment_variable_that_shadows_the_file_is_named():
    found = check(environ={"MAX_CONCURRENT_SESSIONS": "25"})
    assert "by the environment variable MAX_CONCURRENT_SESSIONS" in found.findings[0]
    assert found.overrides == {"MAX_CONCURRENT_SESSIONS": 25}


def test_slow_mode_that_was_found_necessary_is_missed():
    found = check(TUNED.replace(b"true", b"false"))
    assert found.findings == ("slow_mode.default is false, and slow mode was found necessary",)
    found = check(TUNED.replace(b"4.5", b"2"))
    assert found.findings == (
        "slow_mode.delay_seconds is 2, below the 4.5 s that were found necessary",
    )


def test_slow_mode_that_was_not_necessary_may_be_anything():
    wanted = recommendation(slow_mode_default=False)
    assert check(TUNED.replace(b"4.5", b"2"), evidence={"recommendation": wanted}).ok


def test_a_config_that_was_never_tuned_says_so():
    found = check(run=None)
    assert found.status == "never_tuned"
    assert found.run_id is None


def test_an_old_measurement_is_stale():
    found = check(now=datetime(2026, 12, 25, tzinfo=UTC))
    assert found.status == "stale"
    assert "34 days ago" in found.findings[0]
    text = TUNED + b"[stresstune.check]\nmax_age_days = 1\n"
    assert check(text).status == "stale"


def test_a_measurement_that_is_still_to_come_is_not_believed():
    assert check(now=datetime(2026, 11, 20, tzinfo=UTC)).ok
    found = check(now=datetime(2025, 1, 1, tzinfo=UTC))
    assert found.status == "stale"
    assert "still to come" in found.findings[0]


def test_a_simulated_measurement_is_no_measurement():
    found = check(evidence={"simulated": True})
    assert found.status == "simulated"
    assert not found.ok


def test_the_worst_finding_comes_first():
    found = check(
        TUNED.replace(b"18", b"25"),
        evidence={"simulated": True},
        interrupted=True,
        now=datetime(2026, 12, 25, tzinfo=UTC),
    )
    assert found.status == "interrupted"
    assert len(found.findings) == 4
    assert "emulator" in found.findings[-1]


def test_an_unreadable_journal_is_said():
    found = check(journal_problem="the journal is damaged")
    assert found.status == "unreadable"
    assert found.findings == ("the journal is damaged",)


def test_the_values_that_would_be_right_are_given():
    right = Values(max_concurrent_sessions=9)
    assert check(right=right).right == {"MAX_CONCURRENT_SESSIONS": 9}
    assert check().right == {}


def test_a_workload_is_compared_with_what_an_earlier_version_kept_of_it():
    earlier = sha256(Workload().to_json().encode()).hexdigest()[:16]
    for sessions, status in ((30, "ok"), (29, "drifted")):
        text = TUNED + f"[stresstune.workload]\nsessions = {sessions}\n".encode()
        now = moved(workload_digest=workload_digest(Workload(sessions=sessions)))
        then = {"fingerprint": moved(workload_digest=earlier)}
        found = check(text, evidence=then, fingerprint=now)
        assert found.status == status
