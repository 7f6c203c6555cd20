"""Runs a recipe of examples/deploy in a folder of its own, with a stand-in for the app."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "examples" / "deploy"

APP = """#!/bin/sh
exec python -c '
import json, os, sys
from stresstune.config.settings import load_settings
found = load_settings(os.environ.get("STRESSTUNE_CONFIG", "workshop.toml"))
print(json.dumps({"sessions": found.max_concurrent_sessions, "arguments": sys.argv[1:]}))
' "$@"
"""


def make_site(folder: Path) -> Path:
    """Lay out an app: its config, the start script, and gunicorn's stand-in on the path."""
    for name in ("start.sh", "docker/entrypoint.sh"):
        target = folder / Path(name).name
        target.write_bytes((DEPLOY / name).read_bytes())
        target.chmod(0o755)
    (folder / "workshop.toml").write_bytes((ROOT / "workshop.toml").read_bytes())
    (folder / "bin").mkdir()
    programs = {"gunicorn": APP, "python": f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'}
    for name, text in programs.items():
        (folder / "bin" / name).write_text(text)
        (folder / "bin" / name).chmod(0o755)
    return folder


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return an environment without a key, in which the checkout can be imported."""
    hidden = {"GEMINI_API_KEY", "GOOGLE_API_KEY", "STRESSTUNE", "STRESSTUNE_CONFIG"}
    kept = {name: text for name, text in os.environ.items() if name not in hidden}
    path = f"{folder / 'bin'}:{kept.get('PATH', '')}"
    return {**kept, "PATH": path, "PYTHONPATH": str(ROOT), "PORT": "8000", **more}


def run(folder: Path, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the app's folder."""
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def steps_of(workflow: str) -> dict[str, str]:
    """Return the shell commands of a workflow, by the names of their steps."""
    found = {}
    for step in re.split(r"\n      - ", workflow)[1:]:
        name = re.match(r"name: (.*)", step)
        block = re.search(r"\n        run: \|\n((?:          .*\n?)+)", step)
        if name and block:
            found[name[1]] = re.sub(r"(?m)^ {10}", "", block[1])
    return found


def value_of(text: str, key: str) -> str:
    """Return what stands behind a key of a YAML file, on its own line."""
    found = re.search(rf"(?m)^\s*(?:- )?{key}: (.*)$", text)
    assert found is not None, key
    return found[1]
