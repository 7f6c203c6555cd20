"""The recipes of examples/deploy, run as far as this machine can."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.examples.deploy import DEPLOY, environment, make_site, run, steps_of, value_of

pytestmark = pytest.mark.no_cover

MEASURED = "--if-needed --only memory --limit 2GB"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return make_site(tmp_path)


def sessions(said: str) -> int:
    return int(json.loads(said.strip().splitlines()[-1])["sessions"])


def test_the_start_script_measures_once_and_starts_the_app(site: Path):
    done = run(site, "./start.sh", "gunicorn", "--bind", "x", "app:app", STRESSTUNE_APPLY=MEASURED)
    assert done.returncode == 0, done.stderr
    assert sessions(done.stdout) == 20
    assert json.loads(done.stdout.splitlines()[-1])["arguments"] == ["--bind", "x", "app:app"]
    before = (site / "workshop.toml").stat().st_mtime_ns
    again = run(site, "./start.sh", "gunicorn", STRESSTUNE_APPLY=MEASURED)
    assert sessions(again.stdout) == 20
    assert (site / "workshop.toml").stat().st_mtime_ns == before


def test_options_of_the_start_script_are_read_as_a_shell_reads_them(site: Path):
    measured = "--dry-run --only memory --limit 2GB --app 'no-such-server --port {port}'"
    done = run(site, "./start.sh", "gunicorn", STRESSTUNE_APPLY=measured)
    assert "No such option" not in done.stderr
    assert "--open-session" in done.stderr  # what is missing beside --app


def test_without_a_key_the_app_starts_with_half_of_the_sessions(site: Path):
    done = run(site, "./start.sh", "gunicorn")
    assert sessions(done.stdout) == 15
    assert "nothing could be measured" in done.stderr


def test_a_config_that_is_broken_does_not_keep_the_script_from_the_app(site: Path):
    (site / "workshop.toml").write_text("broken = = 1\n")
    done = run(site, "./start.sh", "echo", "started")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "started"
    assert "starting with the values as they are" in done.stderr


def test_a_gate_keeps_the_app_from_values_that_are_too_bold(site: Path):
    config = site / "workshop.toml"
    config.write_text(
        config.read_text().replace(
            "[stresstune.policy]", '[stresstune.policy]\npin = ["MAX_CONCURRENT_SESSIONS"]'
        )
    )
    options = {"STRESSTUNE_APPLY": MEASURED, "STRESSTUNE_MEMORY_LIMIT": "2GB"}
    free = run(site, "./start.sh", "gunicorn", **options)
    assert sessions(free.stdout) == 30
    gated = run(site, "./start.sh", "gunicorn", STRESSTUNE_FAIL_ON="critical", **options)
    assert gated.returncode == 30
    assert '"sessions"' not in gated.stdout
    assert "above the 20 that were found safe" in gated.stdout


def test_switched_off_means_the_values_as_they_are(site: Path):
    before = (site / "workshop.toml").read_bytes()
    done = run(site, "./start.sh", "gunicorn", STRESSTUNE="off")
    assert sessions(done.stdout) == 30
    assert (site / "workshop.toml").read_bytes() == before


def test_a_container_that_is_stopped_while_it_measures_stops_and_leaves_nothing(site: Path):
    begun = site / "begun"
    code = f"import pathlib, time\n\ndef open_one():\n    pathlib.Path({str(begun)!r}).touch()\n"
    (site / "slow.py").write_text(code + "    time.sleep(60)\n")
    child = subprocess.Popen(
        ["./start.sh", "gunicorn"],
        cwd=site,
        env=environment(site, STRESSTUNE_APPLY="--only memory --factory slow:open_one"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        wait_until(begun.exists)
        os.kill(child.pid, signal.SIGTERM)
        said, _ = child.communicate(timeout=10)
        wait_until(lambda: not members_of(child.pid))
    finally:
        for left in members_of(child.pid):
            os.kill(left, signal.SIGKILL)
    assert child.returncode == 143
    assert '"sessions"' not in said


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for another process, ten seconds at the most."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that in ten seconds"
        time.sleep(0.02)


def members_of(session: int) -> list[int]:
    """Return the processes that belong to a session of processes."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(entry.read_text().rpartition(")")[2].split()[3]) == session:
                found.append(int(entry.parent.name))
    return found


def test_the_procfile_starts_the_web_process_and_releases_nothing(site: Path):
    lines = (DEPLOY / "heroku" / "Procfile").read_text().splitlines()
    assert [line.partition(":")[0] for line in lines] == ["web"]
    done = run(site, "sh", "-c", lines[0].partition(": ")[2], STRESSTUNE_APPLY=MEASURED)
    assert sessions(done.stdout) == 20
    assert "0.0.0.0:8000" in done.stdout


def test_the_container_keeps_its_config_in_the_volume(site: Path, tmp_path: Path):
    volume = tmp_path / "data"
    volume.mkdir()
    config = volume / "workshop.toml"
    options = {"STRESSTUNE_CONFIG": str(config), "STRESSTUNE_APPLY": MEASURED}
    assert sessions(run(site, "./entrypoint.sh", "gunicorn", **options).stdout) == 20
    assert "= 30" in (site / "workshop.toml").read_text()
    assert (volume / ".stresstune" / "journal.db").exists()
    config.write_text(config.read_text().replace("= 20", "= 7"))
    assert sessions(run(site, "./entrypoint.sh", "gunicorn", **options).stdout) == 7


def test_the_dockerfile_runs_the_entrypoint_with_the_volumes_config():
    text = (DEPLOY / "docker" / "Dockerfile").read_text()
    assert 'ENTRYPOINT ["./entrypoint.sh"]' in text
    assert "ENV STRESSTUNE_CONFIG=/data/workshop.toml\nVOLUME /data" in text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_finds_nothing_wrong_with_the_unit(site: Path, tmp_path: Path):
    text = (DEPLOY / "systemd" / "workshop.service").read_text()
    unit = tmp_path / "workshop.service"
    unit.write_text(
        text.replace("/opt/workshop/venv", str(site)).replace("/opt/workshop", str(site))
    )
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "workshop.service" not in done.stderr


def test_the_unit_puts_the_config_into_its_state_folder(site: Path, tmp_path: Path):
    text = (DEPLOY / "systemd" / "workshop.service").read_text()
    prepare = re.search(r"ExecStartPre=/bin/sh -c '(.*)'", text)
    start = re.search(r"ExecStart=/opt/workshop(/start\.sh .*)", text)
    assert prepare is not None
    assert start is not None
    config = tmp_path / "state.toml"
    options = {"STRESSTUNE_CONFIG": str(config), "STRESSTUNE_APPLY": MEASURED}
    assert run(site, "sh", "-c", prepare[1], **options).returncode == 0
    assert sessions(run(site, "sh", "-c", f".{start[1]}", **options).stdout) == 20
    assert "= 20" in config.read_text()


def test_the_workflow_annotates_the_line_that_does_not_fit(site: Path, tmp_path: Path):
    text = (DEPLOY / "github" / "capacity.yml").read_text()
    options = {
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "INSTANCE_MEMORY": value_of(text, "INSTANCE_MEMORY"),
    }
    before = (site / "workshop.toml").read_bytes()
    measure, fit = steps_of(text).values()
    done = run(site, "bash", "-eo", "pipefail", "-c", measure, **options)
    assert done.returncode == 0, done.stderr
    assert (site / "workshop.toml").read_bytes() == before
    done = run(site, "bash", "-eo", "pipefail", "-c", fit, **options)
    line = (site / "workshop.toml").read_text().splitlines().index("MAX_CONCURRENT_SESSIONS = 30")
    assert done.returncode == 30
    assert f"::error file=workshop.toml,line={line + 1},title=stresstune check::" in done.stdout
    assert "MAX_CONCURRENT_SESSIONS is 30, above the 20 that were found safe" in done.stdout
    assert "| `MAX_CONCURRENT_SESSIONS` | 30 | 20 |" in (tmp_path / "summary.md").read_text()


def test_render_measures_in_the_start_command_and_not_before(site: Path, tmp_path: Path):
    text = (DEPLOY / "render" / "render.yaml").read_text()
    assert not re.search(r"(?m)^\s*preDeployCommand:", text)
    assert value_of(text, "mountPath") == "/var/data"
    assert "value: /var/data/workshop.toml" in text
    done = run(site, "sh", "-c", value_of(text, "startCommand"), STRESSTUNE_APPLY=MEASURED)
    assert sessions(done.stdout) == 20


def test_the_init_container_measures_in_the_volume_with_the_limits_of_the_app(
    site: Path, tmp_path: Path
):
    text = (DEPLOY / "kubernetes" / "workshop.yaml").read_text()
    assert text.count("*resources") == text.count("&resources") == 1
    block = re.search(r"args:\n\s+- \|\n((?:              .*\n)+)", text)
    assert block is not None
    (tmp_path / "data").mkdir()
    config = tmp_path / "data" / "workshop.toml"
    script = block[1].replace("/config/", f"{site}/")
    options = {"STRESSTUNE_CONFIG": str(config), "STRESSTUNE_APPLY": MEASURED}
    for _ in range(2):
        assert run(site, "sh", "-c", script, **options).returncode == 0
        assert "= 20" in config.read_text()
