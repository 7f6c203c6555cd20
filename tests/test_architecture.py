"""The house keeps its own rules."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import stresstune

pytestmark = pytest.mark.no_cover

PACKAGE = Path(stresstune.__file__).parent
ROOT = Path(__file__).parents[1]

BORDERS = {
    "PIL": {"api/payload.py", "memory/child/sessions.py"},
    "aiohttp": {"api/session.py"},
    "dask": {"fleet/engine.py"},
    "distributed": {"fleet/engine.py"},
    "google": {"api/gemini.py"},
    "h11": {"emulator/wire.py"},
    "psutil": {"memory/readings/sample.py"},
    "tomlkit": {"config/spell.py"},
    "vl_convert": {"report/charts/draw.py"},
}
"""The only files that may import these; `google` is google-genai."""

ROOMS = {
    "rich": ("cli", "report"),
    "click": ("cli",),
    "sqlite3": ("config",),
    "anyio": ("api", "config", "emulator", "fleet", "load", "memory", "testing", "workflow"),
}
"""The only rooms that may import these."""


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@cache
def nodes_of(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


@cache
def imported_by(path: Path) -> set[str]:
    found: set[str] = set()
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def test_imports_run_downward_only_and_the_core_is_pure() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [str(lint), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("package", sorted(BORDERS))
def test_each_dependency_has_its_border_file(package: str) -> None:
    users = {str(p.relative_to(PACKAGE)) for p in sources() if package in imported_by(p)}
    assert users <= BORDERS[package], f"{package} is imported in {users - BORDERS[package]}"


@pytest.mark.parametrize("package", sorted(ROOMS))
def test_some_dependencies_stay_in_their_rooms(package: str) -> None:
    users = [p.relative_to(PACKAGE) for p in sources() if package in imported_by(p)]
    assert {user.parts[0] for user in users} <= set(ROOMS[package])


def test_only_the_command_line_prints_or_exits() -> None:
    for path in sources():
        if path.relative_to(PACKAGE).parts[0] in ("cli", "__main__.py"):
            continue
        names = {
            node.func.id
            for node in nodes_of(path)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert not names & {"print", "exit", "quit", "input"}, path


def test_rooms_stay_small() -> None:
    large = {
        str(path.relative_to(PACKAGE)): lines
        for path in sources()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 350
    }
    assert not large, "is there a second room in one of them?"


def test_functions_stay_short() -> None:
    lengths = []
    for path in sources():
        for node in nodes_of(path):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = [part for part in node.body if not _is_docstring(part)]
                if body:
                    length = (body[-1].end_lineno or 0) - body[0].lineno + 1
                    lengths.append((length, f"{path.relative_to(PACKAGE)}:{node.name}"))
    lengths.sort()
    assert lengths[len(lengths) // 2][0] <= 8
    assert lengths[len(lengths) * 9 // 10][0] <= 30
    assert lengths[-1][0] <= 70, lengths[-5:]


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def test_nothing_committed_names_this_machine() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    if not tracked:
        pytest.skip("not a git checkout (an unpacked sdist, say)")
    places = (ROOT, Path.home())
    here = re.compile("|".join(re.escape(f"{place}/") for place in places))
    for name in tracked:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".yml", ".yaml", ".cfg", ".sh"} and path.exists():
            found = here.search(path.read_text(encoding="utf-8", errors="replace"))
            assert found is None, f"{name}: {found and found[0]}"
