from __future__ import annotations

from stresstune.config.digests import key_fingerprint, workload_digest
from stresstune.model.workload import Workload


def test_a_key_leaves_a_fingerprint_that_does_not_give_it_away():
    one = key_fingerprint("AIzaSecret")
    assert one == key_fingerprint("AIzaSecret")
    assert one != key_fingerprint("AIzaOther")
    assert "AIza" not in one
    assert key_fingerprint("") == ""
    assert len(one.partition(":")[2]) * 4 < 128  # too little of it to be searched for


def test_two_workloads_are_told_apart():
    assert workload_digest(Workload()) == workload_digest(Workload(sessions=30))
    assert workload_digest(Workload()) != workload_digest(Workload(sessions=29))
