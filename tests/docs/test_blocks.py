"""Every block of code in the documentation runs, and shows what the page says that it shows."""

from __future__ import annotations

import doctest
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from stresstune.config.load import load_config
from stresstune.emulator import Emulator, running_emulator, tailor
from tests.docs.pages import DOCS, PAGES, ROOT, Block, blocks, calls
from tests.docs.shell import Shell

pytestmark = pytest.mark.no_cover

LANGUAGES = {"console", "python", "toml"}
WITH_CODE = [*(page for page in PAGES if blocks(page)), "../README.md"]


@pytest.fixture
def gemini() -> Iterator[Emulator]:
    """The API that a page calls: an emulator that states a quota, and answers fast.

    The quota is so small that no probe waits a minute to see whether refused calls count.
    """
    with running_emulator(tailor("free", rpm=5, rpd=1_000, latency=0.05)) as emulator:
        yield emulator


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gemini: Emulator) -> Path:
    """A folder as a reader has it: the config, and files that the pages speak of."""
    shutil.copy(ROOT / "workshop.toml", tmp_path)
    shutil.copytree(DOCS / "files", tmp_path, dirs_exist_ok=True)
    for name in ("STRESSTUNE", "STRESSTUNE_CONFIG", "STRESSTUNE_STATE_DIR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GEMINI_API_KEY", "any")
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", gemini.base_url)
    monkeypatch.setenv("STRESSTUNE_MEMORY_LIMIT", "2GB")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{ROOT}")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", WITH_CODE)
def test_every_block_of_a_page_runs(page: str, folder: Path, gemini: Emulator) -> None:
    shell = Shell(folder)
    names: dict[str, object] = {"__name__": "__main__"}
    try:
        for block in blocks(page):
            run(block, page, shell, names, gemini)
    finally:
        shell.close()


def run(block: Block, page: str, shell: Shell, names: dict[str, object], gemini: Emulator) -> None:
    gemini.reset()
    match block.language:
        case "console":
            for call in calls(block):
                gemini.reset()  # a reader takes more than a minute from one to the next
                compare(shell.run(call.command), call.shown, f"{page}:{block.line}")
        case "python":
            padded = "\n" * block.line + block.text
            exec(compile(padded, str(DOCS / page), "exec"), names)
        case "toml":
            file = Path("block.toml")
            file.write_text(block.text)
            load_config(file)
        case other:
            pytest.fail(f"{page}:{block.line}: a block of {other!r} does not run")


def compare(seen: str, shown: str, where: str) -> None:
    """Compare as doctest does: ``...`` stands for anything, and space for space."""
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    is_same = not shown or doctest.OutputChecker().check_output(shown, seen, flags)
    assert is_same, f"{where} shows\n{shown}\nand this was printed:\n{seen}"


def test_blocks_are_of_kinds_that_run() -> None:
    for page in WITH_CODE:
        for block in blocks(page):
            assert block.language in LANGUAGES, f"{page}:{block.line}"


def test_a_block_that_shows_something_else_is_found_out() -> None:
    with pytest.raises(AssertionError, match="was printed"):
        compare("Tier: good.\n", "Tier: ... binds.", "a page")
    compare("Tier: critical; memory binds.\n", "Tier: ... binds.", "a page")
