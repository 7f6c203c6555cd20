"""The real SDK against everything that the emulator can do to it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stresstune import errors
from stresstune.api.gemini import Gemini
from stresstune.emulator import Profile, running_emulator, tailor
from stresstune.load.outcome import CallFailed, classify, input_tokens

pytestmark = pytest.mark.anyio

KEY = "AIzaSyD-fake_key-1234567890"
PATIENT_SECONDS = 20.0
HASTY_SECONDS = 0.5
SOURCE = Path(errors.__file__).parents[1]


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def emulated(**options):
    return running_emulator(tailor(None, latency=0.02, spread=0, **options))


async def outcome_of(base_url: str, *, timeout_seconds: float = PATIENT_SECONDS, **options):
    async with Gemini(
        base_url=base_url, api_key=KEY, timeout_seconds=timeout_seconds, **options
    ) as target:
        try:
            await target()
        except CallFailed as failed:
            return classify(failed)
    return None


PLAIN_AND_STREAM = [{"stream": False}, {"stream": True}]


@pytest.mark.parametrize(
    ("fault", "outcome", "label"),
    [
        ("reset", "unreachable", "ClientOSError ECONNRESET"),
        ("hang", "timed_out", "TimeoutError"),
        ("half_body", "failed", "ClientPayloadError"),
        ("garbage", "failed", "ClientResponseError"),
        ("empty", "failed", "200 EmptyAnswer NO_CANDIDATE"),
        ("odd", "failed", "200 EmptyAnswer NO_CANDIDATE"),
        ("blocked", "failed", "200 EmptyAnswer PROHIBITED_CONTENT"),
        ("overload", "overloaded", "503 UNAVAILABLE"),
        ("internal", "failed", "500 INTERNAL"),
    ],
)
async def test_a_fault_is_told_for_what_it_is_and_counted_once(fault, outcome, label):
    with emulated(**{fault: 1}) as emulator:
        for sent, options in enumerate(PLAIN_AND_STREAM, start=1):
            started = time.monotonic()
            deadline = HASTY_SECONDS if fault == "hang" else PATIENT_SECONDS
            found = await outcome_of(emulator.base_url, timeout_seconds=deadline, **options)
            assert (found.outcome, found.label) == (outcome, label)
            assert not found.terminal
            assert time.monotonic() - started < PATIENT_SECONDS / 2
            assert emulator.counts().generate == sent


async def test_a_stream_that_ends_with_an_error_is_overloaded_and_a_slow_body_is_an_answer():
    with emulated(stream_error=1) as emulator:
        assert (await outcome_of(emulator.base_url, stream=True)).label == "503 UNAVAILABLE"
        assert emulator.counts().generate == 1
    with emulated(slow_body=1) as emulator:
        assert await outcome_of(emulator.base_url) is None
        assert await outcome_of(emulator.base_url, stream=True) is None
        assert emulator.counts().generate == 2


@pytest.mark.parametrize(
    ("refusal", "stated"),
    [
        ("stated", [("requests", 60.0, 0)]),
        ("wrapped", [("requests", 60.0, 0)]),
        ("error_info", [("requests", 60.0, 0)]),
        ("broken", [("requests", None, 0)]),
        ("bare", []),
        ("vertex", []),
    ],
)
async def test_every_shape_of_a_429_is_read_for_what_it_states(refusal, stated):
    with emulated(rpm=0, refusal=refusal) as emulator:
        for sent, options in enumerate(PLAIN_AND_STREAM, start=1):
            found = await outcome_of(emulator.base_url, **options)
            assert found.outcome == "rejected"
            read = [(quota.quota, quota.window_seconds, quota.value) for quota in found.quotas]
            assert read == stated
            assert found.terminal == bool(stated)
            assert emulator.counts().generate == sent


@pytest.mark.parametrize("delays", ["floor", "ceil", "exact", "lying", "none"])
async def test_a_daily_quota_is_terminal_whatever_the_delay_says(delays):
    with emulated(rpd=1, delays=delays) as emulator:
        assert await outcome_of(emulator.base_url) is None
        found = await outcome_of(emulator.base_url)
        (quota,) = found.quotas
        assert (quota.quota, quota.window_seconds, quota.value) == ("requests", 86_400, 1)
        assert quota.free_tier
        assert found.terminal
        assert (quota.retry_delay_seconds is None) == (delays == "none")


async def test_several_exceeded_quotas_are_all_read():
    with emulated(rpm=1, tpm=20, rpd=1) as emulator:
        await outcome_of(emulator.base_url)
        found = await outcome_of(emulator.base_url)
    assert {(quota.quota, quota.window_seconds) for quota in found.quotas} == {
        ("requests", 60.0),
        ("tokens", 60.0),
        ("requests", 86_400.0),
    }


@pytest.mark.parametrize("billing", ["prepaid_empty", "spend_limit"])
async def test_an_empty_purse_is_terminal(billing):
    with emulated(billing=billing) as emulator:
        found = await outcome_of(emulator.base_url)
    assert [quota.quota for quota in found.quotas] == ["spend"]
    assert found.terminal


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"stream": True},
        {"images": 2, "image_bytes": 300_000},
        {"images": 1, "image_bytes": 300_000, "stream": True},
        {"image_output": True, "model": "gemini-2.5-flash-image"},
        {"timeout_seconds": 9.0},
        {"timeout_seconds": 300.0, "max_output_tokens": 50},
        {"prompt": "A longer prompt. " * 5_000},
    ],
)
async def test_one_call_is_one_request_with_every_option(options):
    with emulated() as emulator:
        async with Gemini(base_url=emulator.base_url, api_key=KEY, **options) as target:
            counted = await target.check()
            answered = [input_tokens(answer) for answer in [await target(), await target()]]
        counts = emulator.counts()
    assert (counts.generate, counts.count_tokens, counts.admitted) == (2, 1, 2)
    assert answered == [counted, counted]
    assert counted > 0


async def test_a_burst_sends_as_many_requests_as_calls():
    with emulated(rpm=50) as emulator:
        async with Gemini(base_url=emulator.base_url, api_key=KEY) as target:
            results = await asyncio.gather(*(target() for _ in range(80)), return_exceptions=True)
        counts = emulator.counts()
    refused = [classify(result) for result in results if isinstance(result, CallFailed)]
    assert (counts.generate, counts.admitted, counts.rejected) == (80, 50, 30)
    assert len(refused) == 30
    assert {found.outcome for found in refused} == {"rejected"}


async def test_the_check_costs_no_quota_and_finds_a_wrong_key_and_an_unknown_model():
    profile = tailor(None, model="gemini-2.5-flash", keys=KEY)
    with running_emulator(profile) as emulator:
        for options, complaint in [
            ({"api_key": KEY}, None),
            ({"api_key": "AIzaSyD-another_key-12345"}, "refuses the API key"),
            ({"api_key": KEY, "model": "gemini-9"}, "no model 'gemini-9'"),
        ]:
            async with Gemini(**{"base_url": emulator.base_url, **options}) as target:
                if complaint is None:
                    await target.check()
                    continue
                with pytest.raises(errors.TargetUnusable, match=complaint) as caught:
                    await target.check()
                assert "AIza" not in str(caught.value)
        assert emulator.counts().generate == 0


NOISY_PROGRAM = """
import asyncio, json, logging, sys, traceback
logging.basicConfig(level=logging.DEBUG)
from stresstune import errors
from stresstune.api.gemini import Gemini
from stresstune.load.outcome import classify

async def main(urls):
    for url in urls:
        for stream in (False, True):
            target = Gemini(base_url=url, stream=stream, timeout_seconds=1.5)
            print(repr(target), target.name)
            async with target:
                for call in (target, target.check):
                    try:
                        await call()
                    except Exception as error:
                        traceback.print_exc()
                        print(repr(error), str(error), vars(error), classify(error).to_json())

asyncio.run(main(sys.argv[1:]), debug=True)
"""


def test_no_key_and_no_warning_comes_out_of_a_whole_run(tmp_path):
    faults = [
        {name: 1} for name in ("reset", "hang", "half_body", "garbage", "odd", "stream_error")
    ]
    profiles = [tailor(None, latency=0.01, **fault) for fault in faults]
    profiles += [tailor(None, rpm=0, refusal="broken"), tailor(None, keys="another")]
    profiles += [Profile(keys={KEY: "project"}, suspended_keys=(KEY,))]
    emulators = [running_emulator(profile) for profile in profiles]
    try:
        urls = [emulator.__enter__().base_url for emulator in emulators]
        ran = subprocess.run(
            [sys.executable, "-X", "dev", "-W", "error", "-c", NOISY_PROGRAM, *urls],
            env={**os.environ, "GEMINI_API_KEY": KEY, "PYTHONPATH": str(SOURCE)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        for emulator in emulators:
            emulator.__exit__(None, None, None)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count('"outcome":') >= 2 * len(profiles)
    assert "PERMISSION_DENIED" in ran.stdout
    output = ran.stdout + ran.stderr
    for trace in ("fake_key", "Warning", "Unclosed", "Exception ignored", "never retrieved"):
        assert trace not in output
