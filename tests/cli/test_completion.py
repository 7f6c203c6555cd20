from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(run, shell: str) -> None:
    said = run("completion", shell)
    assert (said.code, said.err) == (0, "")
    assert f"_STRESSTUNE_COMPLETE={shell}_complete" in said.out
    assert run("completion", shell, "--json").document["script"] in said.out


def test_a_shell_that_asks_is_told_what_may_come_next() -> None:
    asked = {
        "_STRESSTUNE_COMPLETE": "bash_complete",
        "COMP_WORDS": "stresstune pre",
        "COMP_CWORD": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "stresstune"],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.stdout == "plain,preflight\n"
