"""What a person does before the event: measure the app itself and the API, and write the config."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import stresstune
from examples.proof.case import Case
from examples.proof.limits import Cell
from examples.proof.server import app_in
from examples.workshop_app.client import AppTarget

Say = Callable[[str], None]

INCONCLUSIVE = 40
"""Exit code of ``apply`` where nothing could be told: then a person measures once more."""

OPEN_SESSION = "examples.workshop_app.client:open_session"

_OPEN_HOUSE = "env MAX_CONCURRENT_SESSIONS=1000"
"""Memory is to be the limit that is met, and not the very knob that is being tuned."""


def tune_on_command_line(
    case: Case, cell: Cell, config: Path, environ: dict[str, str], say: Say
) -> tuple[str, str]:
    """Run ``stresstune apply`` in the cell, where the app will run.

    Returns:
        What binds, and what became of the file.

    Raises:
        RuntimeError: It was not written, even at the second time.
    """
    command = [
        *cell.prefix,
        *(sys.executable, "-m", "stresstune", "--config", str(config), "apply", "--json"),
        *("--app", f"{_OPEN_HOUSE} {sys.executable} -m examples.workshop_app --port {{port}}"),
        *("--ready", "/healthz", "--open-session", OPEN_SESSION, "--session-concurrency", "2"),
        *("--url", environ["GOOGLE_GEMINI_BASE_URL"]),
    ]
    if case.probe_seconds is not None:
        command += ["--max-seconds", f"{case.probe_seconds:g}"]
    environ = {
        **environ,
        "WORKSHOP_CLASS_PICTURES": str(case.pictures),
        "WORKSHOP_CLASS_PICTURE_BYTES": str(case.picture_bytes),
    }
    done = _run(command, environ)
    if done.returncode == INCONCLUSIVE:
        say(f"  inconclusive, so once more: {done.stderr.strip()[-500:]}")
        done = _run(command, environ)
    if done.returncode != 0:
        raise RuntimeError(f"apply ended with {done.returncode}: {done.stderr[-2000:]}")
    found = json.loads(done.stdout)
    config.with_suffix(".json").write_text(done.stdout)
    return found["binding"] or "", str(found["outcome"])


def _run(command: list[str], environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=environ, capture_output=True, text=True, timeout=600, check=False
    )


def tune_through_the_app(cell: Cell, config: Path, environ: dict[str, str]) -> tuple[str, str]:
    """Do the same from Python where the server itself may be the limit: probe the API through it.

    An address alone would not do: a caption needs a session. So the app's own client is the target.
    """
    open_house = {**environ, "MAX_CONCURRENT_SESSIONS": "500"}
    with app_in(cell, open_house, config.with_suffix(".log")) as base_url:
        result = stresstune.tune(
            config,
            only="api",
            target=AppTarget(base_url),
            budget=stresstune.Budget(max_requests=600, max_seconds=90),
        )
    config.with_suffix(".json").write_text(result.to_json())
    return result.binding or "", result.outcome
