from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from stresstune.memory.ends.identity import Identity, identify, memory_identity
from stresstune.memory.ends.limits import Ceiling
from stresstune.memory.probe import probe_memory
from stresstune.model.workload import Workload
from tests.memory.groups import RealGroup

DATA = Path(__file__).parents[2] / "data/cgroup"
ASK = "from stresstune.memory.ends.identity import memory_identity; print(memory_identity())"


def asked(*prefix: str) -> str:
    done = subprocess.run(
        [*prefix, sys.executable, "-c", ASK], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_two_processes_without_a_limit_of_their_own_share_one_memory() -> None:
    assert asked() == memory_identity()


def test_what_is_stated_changes_nothing(monkeypatch) -> None:
    before = memory_identity()
    monkeypatch.setenv("STRESSTUNE_MEMORY_LIMIT", "1GB")
    assert memory_identity() == before


def test_each_group_with_a_limit_is_a_memory_of_its_own(real_group: type[RealGroup]) -> None:
    one, other = real_group(512 * 2**20), real_group(512 * 2**20)
    inside = {
        group.folder: [asked(*group.inside()[:4]) for _ in range(2)] for group in (one, other)
    }
    assert inside[one.folder][0] == inside[one.folder][1]
    assert inside[one.folder][0] != inside[other.folder][0]
    assert memory_identity() not in {inside[one.folder][0], inside[other.folder][0]}


def test_a_machine_without_any_of_this_still_has_a_name(tmp_path: Path) -> None:
    assert memory_identity(tmp_path) == memory_identity(tmp_path)


HOST = Ceiling("host", "host", 10**9)


def machine(root: Path, *, boot: str, own: str) -> Path:
    (root / "proc/sys/kernel/random").mkdir(parents=True)
    (root / "proc/sys/kernel/random/boot_id").write_text(f"{boot}\n")
    (root / "etc").mkdir()
    (root / "etc/machine-id").write_text(f"{own}\n")
    return root


def test_a_host_is_known_again_after_it_was_started_anew(tmp_path: Path) -> None:
    before, after, other = (
        identify([HOST], machine(tmp_path / boot, boot=boot, own=own))
        for boot, own in (("b1", "f" * 32), ("b2", "f" * 32), ("b3", "0" * 32))
    )
    assert before.memory_id != after.memory_id
    assert before.host_id == after.host_id != other.host_id
    assert not {"f" * 8, "b1"} & {part for one in before for part in (one, one[:8])}


def test_hosts_of_one_image_are_told_apart_by_their_names(tmp_path: Path, monkeypatch) -> None:
    root = machine(tmp_path, boot="b1", own="f" * 32)
    names = iter(["web-1", "web-2", "localhost", "localhost.localdomain"])
    monkeypatch.setattr("platform.node", lambda: next(names))
    ids = [identify([HOST], root).host_id for _ in range(4)]
    assert len(set(ids)) == 3  # "localhost" is no name


def test_a_host_without_an_id_and_without_a_name_is_unknown(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("platform.node", lambda: "localhost")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/machine-id").write_text("uninitialized\n")
    assert identify([HOST], tmp_path).host_id == ""


def test_a_host_can_be_given_a_name(monkeypatch) -> None:
    monkeypatch.setenv("STRESSTUNE_FLEET_HOST", "web-7")
    assert identify([HOST]) == Identity("web-7", "web-7")


def test_a_probe_says_which_memory_it_measured(monkeypatch) -> None:
    found = probe_memory(Workload(sessions=2, images_per_session=1, image_bytes=50_000))
    assert found.memory_id == memory_identity()
