from __future__ import annotations

from stresstune.fleet.hosts import Greeting, beats_seconds, group


def greeting(memory_id: str, name: str = "app", version: str = "1", **more: object) -> Greeting:
    return Greeting(memory_id=memory_id, name=name, version=version, pid=1, **more)


def test_workers_that_share_a_memory_are_one_host() -> None:
    answers = {"tcp://a:1": greeting("m"), "tcp://a:2": greeting("m"), "tcp://b:1": greeting("n")}
    hosts, missing = group(answers, "1")
    assert [host.workers for host in hosts] == [("tcp://a:1", "tcp://a:2"), ("tcp://b:1",)]
    assert hosts[0].speaker == "tcp://a:1"
    assert missing == ()


def test_two_memories_of_one_name_are_told_apart() -> None:
    hosts, _ = group({"tcp://a:1": greeting("m"), "tcp://a:2": greeting("n")}, "1")
    assert [host.name for host in hosts] == ["app at a:1", "app at a:2"]
    named = {f"tcp://a:{n}": greeting(f"m{n}", worker=f"web-{n}") for n in (1, 2)}
    assert [host.name for host in group(named, "1")[0]] == ["web-1 on app", "web-2 on app"]


def test_a_worker_with_another_version_is_missing_and_both_versions_are_named() -> None:
    hosts, missing = group({"a": greeting("m"), "b": greeting("n", "old", "0.9")}, "1")
    assert len(hosts) == 1
    assert (missing[0].name, missing[0].id) == ("old", "n")
    assert "0.9" in missing[0].reason
    assert "this one is 1" in missing[0].reason


def test_a_worker_whose_dask_is_another_one_is_missing_too() -> None:
    answers = {
        "a": greeting("m", engine_version="2"),
        "b": greeting("n", "old", engine_version="1"),
    }
    hosts, missing = group(answers, "1", "2")
    assert [host.workers for host in hosts] == [("a",)]
    assert missing[0].reason == "it has distributed 1, and this one is 2: install the same"


def test_a_worker_that_does_not_answer_is_missing_with_its_address() -> None:
    _, missing = group({"tcp://a:1": "it did not answer within 10 s"}, "1")
    assert str(missing[0]) == "tcp://a:1: it did not answer within 10 s"


def test_one_worker_that_can_be_used_is_enough_for_a_host() -> None:
    answers = {"a": greeting("m", version="0.9"), "b": greeting("m")}
    hosts, missing = group(answers, "1")
    assert [host.workers for host in hosts] == [("b",)]
    assert missing == ()
    reason = "it has stresstune 0.9, and this one is 1: install the same"
    assert hosts[0].notes == (f"one of its workers is left out: {reason}",)


def test_a_host_with_several_old_workers_is_missing_once() -> None:
    answers = {"a": greeting("m", version="0.9"), "b": greeting("m", version="0.9")}
    assert len(group(answers, "1")[1]) == 1


def test_what_is_to_be_known_of_the_workers_is_said_once() -> None:
    answers = {one: greeting("m", notes=("it ends soon",)) for one in "ab"}
    assert group(answers, "1")[0][0].notes == ("it ends soon",)


def test_more_hosts_are_asked_less_often_so_that_the_scheduler_keeps_up() -> None:
    assert [beats_seconds(count) for count in (1, 10, 100, 10_000)] == [1.0, 1.0, 10.0, 1000.0]
