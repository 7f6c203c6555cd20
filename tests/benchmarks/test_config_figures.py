"""How exact and how quick edits are: against `tomllib` and beside tomlkit, in the same run."""

from __future__ import annotations

import statistics
import subprocess
import sys
import sysconfig
import time
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import tomlkit

from stresstune.config.apply import apply
from stresstune.config.check import check_config
from stresstune.config.plan import plan
from stresstune.config.rollback import rollback
from stresstune.config.settings import load_settings
from stresstune.model.fingerprint import Fingerprint
from tests.config.builders import evidence, memory, recommendation
from tests.config.children import ROOT
from tests.config.conftest import WORKSHOP
from tests.config.differential import compare

pytestmark = pytest.mark.benchmark

CORPUS = ROOT / "tests" / "config" / "corpus"
PYTHONS_OWN = Path(sysconfig.get_path("stdlib"), "test", "test_tomllib", "data")
"""The documents by which `tomllib` itself is tested."""

ROUNDS = 7


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Return a config with a thousand more tables."""
    path = tmp_path / "workshop.toml"
    table = (
        '\n# table {0}\n[t{0}.sub]\nname = "n{0}"\nvalues = [1, 2, {{ a = {0} }}]\nflag = true\n'
    )
    path.write_text(WORKSHOP + "".join(table.format(number) for number in range(1000)))
    return path


def median_seconds(action: Callable[[], object], after: Callable[[], object] = int) -> float:
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
        after()
    return statistics.median(seconds)


def by_tomlkit(path: Path) -> str:
    document = tomlkit.parse(path.read_text())
    document["MAX_CONCURRENT_SESSIONS"] = 18
    return tomlkit.dumps(document)


def test_a_thousand_tables_are_edited_quickly(large: Path):
    wanted, why = recommendation(), evidence()
    rows = {
        "tomllib reads it": median_seconds(lambda: tomllib.loads(large.read_text())),
        "tomlkit edits it": median_seconds(lambda: by_tomlkit(large)),
        "plan": median_seconds(lambda: plan(large, wanted, evidence=why)),
        "plan and apply": median_seconds(
            lambda: apply(plan(large, wanted, evidence=why)), lambda: rollback(large)
        ),
        "load_settings": median_seconds(lambda: load_settings(large, environ={})),
    }
    base = rows["tomllib reads it"]
    print(f"\n{'1,000 tables':<20}{'ms':>8}{'x tomllib':>11}")
    for name, seconds in rows.items():
        print(f"{name:<20}{seconds * 1000:>8.1f}{seconds / base:>11.1f}")
    assert rows["plan and apply"] < rows["tomlkit edits it"]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return the workshop's own config."""
    path = tmp_path / "small" / "workshop.toml"
    path.parent.mkdir()
    path.write_text(WORKSHOP)
    return path


def test_the_command_takes_little_longer_for_a_thousand_tables(
    small: Path, large: Path, tmp_path: Path
):
    """A second was promised, process and all, for a thousand tables."""
    results = tmp_path / "results.json"
    results.write_text(memory().to_json())

    def run(path: Path) -> object:
        command = [sys.executable, "-m", "stresstune", "--config", str(path), "apply", "--quiet"]
        return subprocess.run(
            [*command, "--from", str(results)], cwd=ROOT, check=True, capture_output=True
        )

    took = {
        path: median_seconds(partial(run, path), partial(rollback, path)) for path in (small, large)
    }
    print(f"\napply --from, process and all: {took[large] * 1000:.0f} ms", end="")
    print(f" ({took[small] * 1000:.0f} ms for the workshop's config)")
    assert took[large] < took[small] + median_seconds(lambda: by_tomlkit(large))


def test_a_check_takes_less_than_reading_the_file_once(small: Path, large: Path):
    """50 ms were promised, in a process that has imported stresstune."""
    here = Fingerprint(limit_bytes=2 * 10**9, limit_source="--limit")
    print()
    for name, path in (("the workshop's config", small), ("1,000 tables", large)):
        apply(plan(path, recommendation(), evidence=evidence()))
        seconds = median_seconds(lambda path=path: check_config(path, lambda _: here))
        print(f"check of {name}: {seconds * 1000:.1f} ms")
        assert seconds < median_seconds(lambda: tomllib.loads(large.read_text()))


@pytest.mark.parametrize("corpus", [CORPUS, PYTHONS_OWN], ids=["ours", "Python's own"])
def test_edits_of_the_corpus_are_exact(corpus: Path):
    files = sorted(corpus.rglob("*.toml"))
    if not files:
        pytest.skip("this Python came without its tests")
    found = compare(files)
    print()
    for name, count in sorted(found.items()):
        print(f"{name:<28}{count:>6}")
    assert found["byte-exact"] == found["right by tomllib"] == found["edits"] > 0
    assert not found["wrongly refused"] + found["edits refused"]
