from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import suppress

import pytest

from stresstune.cli import exits
from stresstune.cli.commands.emulate import FAULTS, emulate
from stresstune.emulator.options import OPTIONS
from tests.cli.terminal import on_a_terminal


@pytest.mark.no_cover
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
    "arguments",
    [
        ["--profile", "tier9"],
        ["--rpm", "-1"],
        ["--window", "moon"],
        ["--used", "3"],
        ["--garbage", "2"],
        ["--delays", "never"],
        ["--concurrency-status", "500"],
    ],
)
def test_what_cannot_be_exits_2(run, arguments: list[str]) -> None:
    said = run("emulate", *arguments)
    assert (said.code, said.out) == (exits.USAGE, "")


def test_a_terminal_shows_the_counts_while_they_grow(tmp_path) -> None:
    with on_a_terminal("emulate", "--rpm", "1", "--port", "0", cwd=tmp_path) as watched:
        watched.wait_for("Ctrl-C ends it.")
        address = watched.shown.split(" at ")[1].split(" ")[0]
        for _ in range(2):
            ask(address)
        watched.wait_for("1 admitted, 1 rejected (requests_per_minute 1)")
        watched.process.send_signal(signal.SIGINT)
        assert "2 calls for content: 1 admitted, 1 rejected" in watched.end()


def ask(address: str) -> None:
    request = urllib.request.Request(
        f"{address}/v1beta/models/gemini-2.5-flash:generateContent",
        json.dumps({"contents": [{"parts": [{"text": "Hello"}]}]}).encode(),
        {"x-goog-api-key": "any", "Content-Type": "application/json"},
    )
    with suppress(urllib.error.HTTPError), urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()


def test_every_option_of_a_profile_is_a_flag_but_for_the_odd_ones() -> None:
    flags = {parameter.name for parameter in emulate.params}
    assert set(OPTIONS) - flags == {"metadata", "min_deadline", "image_bytes"}
    assert set(FAULTS) <= set(OPTIONS)


def test_the_flags_reach_the_profile(run, monkeypatch) -> None:
    import stresstune.emulator
    from stresstune.emulator.counts import Counts

    served = []

    def serve(profile, **_: object) -> Counts:
        served.append(profile)
        return Counts()

    monkeypatch.setattr(stresstune.emulator, "serve", serve)
    flags = ["--rejected-count", "--delays", "lying", "--billing", "spend_cap", "--phase", "30"]
    flags += ["--concurrency", "3", "--concurrency-status", "503", "--half-body", "0.5"]
    assert run("emulate", *flags).code == exits.DONE
    (profile,) = served
    (quotas,) = profile.models.values()
    assert (quotas.rejected_count, quotas.phase_seconds) == (True, 30.0)
    assert (quotas.concurrency, quotas.concurrency_status) == (3, 503)
    assert (profile.errors.delays, profile.errors.billing) == ("lying", "spend_cap")
    assert profile.faults.half_body == 0.5
