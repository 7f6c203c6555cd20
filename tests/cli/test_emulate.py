from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request

import pytest

from stresstune.cli import exits


@pytest.mark.usefixtures("uncovered")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_ended_and_prints_its_counts(number: signal.Signals) -> None:
    command = [
        sys.executable,
        "-m",
        "stresstune",
        "emulate",
        "--rpm",
        "60",
        "--port",
        "0",
        "--json",
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        assert "limits: 60 requests_per_minute" in said
        address = said.split(" at ")[1].split(" ")[0]
        with urllib.request.urlopen(f"{address}/control/counts", timeout=10) as answer:
            assert json.load(answer)["generate"] == 0
        process.send_signal(number)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == exits.DONE
    assert json.loads(out)["schema"] == 1


@pytest.mark.parametrize(
    "arguments", [["--profile", "tier9"], ["--rpm", "-1"], ["--window", "moon"], ["--used", "3"]]
)
def test_what_cannot_be_exits_2(run, arguments: list[str]) -> None:
    said = run("emulate", *arguments)
    assert (said.code, said.out) == (exits.USAGE, "")
