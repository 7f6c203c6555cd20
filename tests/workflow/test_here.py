from __future__ import annotations

import os
from pathlib import Path

from stresstune.config.schema import Config
from stresstune.workflow.here import cpu_quota, fingerprint, installed_version


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / "sys/fs/cgroup" / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_quota_of_cgroup_v2_is_read(tmp_path) -> None:
    write(tmp_path, **{"cpu.max": "50000 100000\n"})
    assert cpu_quota(tmp_path) == 0.5


def test_a_quota_of_cgroup_v1_is_read(tmp_path) -> None:
    write(tmp_path, **{"cpu__cpu.cfs_quota_us": "25000\n", "cpu__cpu.cfs_period_us": "100000\n"})
    assert cpu_quota(tmp_path) == 0.25


def test_no_quota_is_what_the_affinity_allows(tmp_path) -> None:
    everything = float(len(os.sched_getaffinity(0)))
    write(tmp_path, **{"cpu.max": "max 100000\n"})
    assert cpu_quota(tmp_path) == everything
    write(tmp_path, **{"cpu__cpu.cfs_quota_us": "-1\n", "cpu__cpu.cfs_period_us": "100000\n"})
    assert cpu_quota(tmp_path) == everything


def test_what_cannot_be_told_is_unknown(tmp_path, monkeypatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    write(tmp_path, **{"cpu.max": "nonsense\n"})
    assert cpu_quota(tmp_path) is None


def test_the_key_is_not_in_the_fingerprint() -> None:
    found = fingerprint(Config(path="a"), model="m", key="very-secret", limit_bytes=10**6)
    assert found.version == ""
    assert "very-secret" not in found.to_json()
    assert found.key_fingerprint
    assert (found.limit_bytes, found.limit_source, found.model) == (10**6, "--limit", "m")


def test_the_version_is_told_even_in_a_checkout() -> None:
    assert installed_version()
