from __future__ import annotations

import asyncio
import base64
import gc
import json
import logging
import time
import warnings

import anyio
import pytest

from stresstune.api.gemini import Gemini
from stresstune.api.payload import make_image
from stresstune.errors import CredentialsMissing, TargetUnusable
from stresstune.load.outcome import CallFailed, classify, input_tokens

pytestmark = pytest.mark.anyio

KEY = "AIzaSyD-fake_key-1234567890"
USAGE = {"promptTokenCount": 7, "totalTokenCount": 9}


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def gemini(server, **options) -> Gemini:
    return Gemini(base_url=server.url, api_key=KEY, **options)


def candidate(*parts, finish="STOP"):
    return {"content": {"role": "model", "parts": list(parts)}, "finishReason": finish}


def answer(*candidates, **more):
    return {"candidates": list(candidates), "usageMetadata": USAGE, **more}


def error(code, status, message="", *details):
    return {"error": {"code": code, "status": status, "message": message, "details": list(details)}}


GOOD = answer(candidate({"text": "Light."}))
QUOTA = error(
    429,
    "RESOURCE_EXHAUSTED",
    f"api_key:{KEY}",
    {
        "@type": "x/google.rpc.QuotaFailure",
        "violations": [
            {"quotaId": "GenerateRequestsPerMinutePerProjectPerModel", "quotaValue": "15"}
        ],
    },
    {"@type": "x/google.rpc.RetryInfo", "retryDelay": "14s"},
)


async def failure_of(target: Gemini):
    async with target as opened:
        with pytest.raises(CallFailed) as caught:
            await opened()
    assert KEY not in repr(vars(caught.value))
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return classify(caught.value)


async def test_one_call_is_one_request_with_the_key_in_its_header(server, make_response):
    server.answer = make_response(GOOD)
    async with gemini(server, prompt="Say light.") as target:
        answered = await target()
    assert input_tokens(answered) == 7
    (request,) = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/models/gemini-2.5-flash:generateContent HTTP/1.1\r\n")
    assert f"x-goog-api-key: {KEY}".encode() in head
    assert json.loads(body)["contents"] == [{"role": "user", "parts": [{"text": "Say light."}]}]


async def test_many_calls_at_once_wait_for_no_connection(server, make_response):
    server.answer = make_response(GOOD)
    async with gemini(server) as target:
        await asyncio.gather(*(target() for _ in range(150)))
    assert len(server.requests) == server.connections == 150


@pytest.mark.parametrize(("timeout_seconds", "sent"), [(0.5, "10"), (5.0, "10"), (60.0, "65")])
async def test_the_servers_deadline_is_never_below_10_s(
    server, make_response, timeout_seconds, sent
):
    server.answer = make_response(GOOD)
    async with gemini(server, timeout_seconds=timeout_seconds) as target:
        await target()
    assert f"x-server-timeout: {sent}\r\n" in server.requests[0].decode().lower()


async def test_pictures_of_the_workloads_size_are_sent(server, make_response):
    server.answer = make_response(GOOD)
    async with gemini(server, images=2, image_bytes=20_000) as target:
        await target()
    body = json.loads(server.requests[0].partition(b"\r\n\r\n")[2])
    pictures = [part["inlineData"] for part in body["contents"][0]["parts"][1:]]
    assert [picture["mime_type"] for picture in pictures] == ["image/png"] * 2
    assert [len(base64.urlsafe_b64decode(picture["data"])) for picture in pictures] == [20_000] * 2
    assert base64.urlsafe_b64decode(pictures[1]["data"]) == make_image(20_000, seed=1)


async def test_a_picture_as_the_answer_is_asked_for_in_the_beta_version(server, make_response):
    picture = {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(b"png").decode()}}
    server.answer = make_response(answer(candidate(picture)))
    async with gemini(server, image_output=True, max_output_tokens=99) as target:
        await target()
    assert server.paths == ["/v1beta/models/gemini-2.5-flash:generateContent"]
    config = json.loads(server.requests[0].partition(b"\r\n\r\n")[2])["generationConfig"]
    assert config == {"responseModalities": ["TEXT", "IMAGE"], "maxOutputTokens": 99}


def events(*parts, tail: bytes = b"") -> bytes:
    body = b"".join(b"data: " + json.dumps(part).encode() + b"\r\n\r\n" for part in parts) + tail
    head = f"Content-Type: text/event-stream\r\nContent-Length: {len(body)}"
    return f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + body


async def test_a_stream_is_read_to_its_end_in_one_request(server):
    first = {"candidates": [candidate({"text": "Li"}, finish=None)]}
    last = {"candidates": [candidate({"text": ""})], "usageMetadata": USAGE}
    server.answer = events(first, last)
    async with gemini(server, stream=True) as target:
        assert input_tokens(await target()) == 7
        await target()
    assert server.paths == ["/v1/models/gemini-2.5-flash:streamGenerateContent?alt=sse"] * 2
    assert server.connections == 1


async def test_a_stream_without_any_text_is_no_answer(server):
    server.answer = events({"candidates": [candidate(finish="SAFETY")]})
    assert (await failure_of(gemini(server, stream=True))).label == "200 EmptyAnswer SAFETY"
    server.answer = events()
    assert (await failure_of(gemini(server, stream=True))).label == "200 EmptyAnswer NO_CANDIDATE"


async def test_an_error_in_mid_stream_is_what_it_says(server):
    server.answer = events({"candidates": [candidate({"text": "Li"})]}, QUOTA)
    found = await failure_of(gemini(server, stream=True))
    assert (found.outcome, found.label) == ("rejected", "429 RESOURCE_EXHAUSTED")
    assert found.quotas[0].value == 15


async def test_a_stream_that_stops_in_the_middle_meets_the_deadline(server):
    part = events({"candidates": [candidate({"text": "Li"})]})
    server.answer = part.replace(b"Content-Length: ", b"Content-Length: 9")
    started = time.monotonic()
    found = await failure_of(gemini(server, stream=True, timeout_seconds=0.2))
    assert found.outcome == "timed_out"
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("body", "status", "outcome", "label"),
    [
        (QUOTA, "429 Too Many Requests", "rejected", "429 RESOURCE_EXHAUSTED"),
        ([QUOTA], "429 Too Many Requests", "rejected", "429 RESOURCE_EXHAUSTED"),
        (error(503, "UNAVAILABLE"), "503 No", "overloaded", "503 UNAVAILABLE"),
        (error(504, "DEADLINE_EXCEEDED"), "504 No", "timed_out", "504 DEADLINE_EXCEEDED"),
        (error(500, "INTERNAL"), "500 No", "failed", "500 INTERNAL"),
        (error(400, "INVALID_ARGUMENT"), "400 No", "ignored", "400 INVALID_ARGUMENT"),
        (b'{"error": {"code": 429, ', "429 No", "rejected", "429 Too Many Requests"),
        (b"", "429 No", "rejected", "429 Too Many Requests"),
        (b"null", "429 No", "rejected", "429 Too Many Requests"),
        ([1, 2], "429 No", "rejected", "429 Too Many Requests"),
        ({"error": "no"}, "429 No", "rejected", "429 Too Many Requests"),
    ],
)
async def test_a_refusal_is_counted_once_and_keeps_its_code(
    server, make_response, body, status, outcome, label, stream
):
    server.answer = make_response(body, status)
    found = await failure_of(gemini(server, stream=stream))
    assert (found.outcome, found.label) == (outcome, label)
    assert bool(found.quotas) == (outcome == "rejected" and "RESOURCE" in label)
    assert len(server.requests) == 1


async def test_a_429_of_another_content_type_keeps_its_quota(server, make_response):
    server.answer = make_response(QUOTA, "429 No", content_type="text/html")
    found = await failure_of(gemini(server))
    assert [quota.value for quota in found.quotas] == [15]


async def test_a_429_that_is_cut_off_is_still_a_429(server):
    server.answer = (
        b"HTTP/1.1 429 No\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
    )
    server.cut = True
    assert (await failure_of(gemini(server))).outcome == "rejected"


@pytest.mark.parametrize(
    ("body", "label"),
    [
        (answer(), "200 EmptyAnswer NO_CANDIDATE"),
        ({}, "200 EmptyAnswer NO_CANDIDATE"),
        (b"", "200 EmptyAnswer NO_CANDIDATE"),
        (answer(promptFeedback={"blockReason": "SAFETY"}), "200 EmptyAnswer SAFETY"),
        (answer(candidate(finish="MAX_TOKENS")), "200 EmptyAnswer MAX_TOKENS"),
        (answer(candidate({"text": "hm", "thought": True})), "200 EmptyAnswer STOP"),
        (answer({"finishReason": "RECITATION"}), "200 EmptyAnswer RECITATION"),
    ],
)
async def test_a_200_without_content_is_a_failure_that_says_why(server, make_response, body, label):
    server.answer = make_response(body)
    found = await failure_of(gemini(server))
    assert (found.outcome, found.label, found.status_code) == ("failed", label, 200)


@pytest.mark.parametrize(
    "body", [b"[1,2]", b'{"candidates": 5}', b"<html>", b'{"candidates": [', b"3"]
)
async def test_a_200_that_is_no_answer_is_a_failure(server, make_response, body):
    server.answer = make_response(body)
    found = await failure_of(gemini(server))
    assert found.outcome == "failed"
    assert len(server.requests) == 1


async def test_the_deadline_holds_and_sends_nothing_again(server):
    server.answer = None
    started = time.monotonic()
    found = await failure_of(gemini(server, timeout_seconds=0.2))
    assert (found.outcome, found.label) == ("timed_out", "TimeoutError")
    assert time.monotonic() - started < 5
    assert len(server.requests) == 1


async def test_a_connection_that_is_closed_is_not_tried_again(server):
    server.answer, server.cut = b"", True
    found = await failure_of(gemini(server))
    assert (found.outcome, found.label) == ("unreachable", "ServerDisconnectedError")
    assert len(server.requests) == 1


async def test_nobody_listening_is_unreachable_at_once(free_url):
    started = time.monotonic()
    found = await failure_of(Gemini(base_url=free_url))
    assert (found.outcome, found.label) == ("unreachable", "ClientConnectorError ECONNREFUSED")
    assert time.monotonic() - started < 5


async def test_the_check_counts_tokens_and_nothing_else(server, make_response):
    server.answer = make_response({"totalTokens": 12})
    async with gemini(server) as target:
        assert await target.check() == 12
    assert server.paths == ["/v1/models/gemini-2.5-flash:countTokens"]


INVALID_KEY = error(400, "INVALID_ARGUMENT", f"bad {KEY}", {"reason": "API_KEY_INVALID"})


@pytest.mark.parametrize(
    ("body", "status", "complaint"),
    [
        (INVALID_KEY, "400 No", r"refuses the API key \(400 INVALID_ARGUMENT, API_KEY_INVALID\)"),
        (error(403, "PERMISSION_DENIED", KEY), "403 No", r"refuses the API key \(403 PERMISSION_"),
        (error(401, "UNAUTHENTICATED"), "401 No", r"refuses the API key .*aistudio"),
        (error(401, "X", "", {"reason": "not a word"}), "401 No", r"refuses the API key \(401 Un"),
        (error(404, "NOT_FOUND"), "404 No", "has no model 'gemini-2.5-flash'"),
        (error(400, "FAILED_PRECONDITION"), "400 No", r"refuses the request \(400 FAILED_PRE"),
        (b"<html>", "200 OK", "does not answer as the Gemini API does"),
    ],
)
async def test_the_check_says_in_one_line_what_is_wrong(
    server, make_response, body, status, complaint
):
    server.answer = make_response(body, status)
    async with gemini(server) as target:
        with pytest.raises(TargetUnusable, match=complaint) as caught:
            await target.check()
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__context__ is None


async def test_the_check_names_the_variable_of_the_key_that_was_refused(
    server, make_response, monkeypatch
):
    monkeypatch.setenv("GOOGLE_API_KEY", KEY)
    server.answer = make_response(INVALID_KEY, "400 No")
    async with Gemini(base_url=server.url) as target:
        with pytest.raises(TargetUnusable, match="check GOOGLE_API_KEY, or make one at https"):
            await target.check()


@pytest.mark.parametrize("status", ["429 No", "503 No", "500 No"])
async def test_a_check_that_met_a_bad_moment_proves_nothing(server, make_response, status):
    server.answer = make_response(error(int(status[:3]), "X"), status)
    async with gemini(server) as target:
        assert await target.check() is None


async def test_the_check_without_a_connection_names_the_address(server, free_url):
    async with Gemini(base_url=free_url) as target:
        with pytest.raises(TargetUnusable, match=rf"no connection to {free_url} .*ECONNREFUSED"):
            await target.check()
    server.answer = None
    async with gemini(server, timeout_seconds=0.1) as target:
        with pytest.raises(TargetUnusable, match=r"no connection to .*TimeoutError"):
            await target.check()


async def test_everything_is_closed_without_a_warning(server, make_response):
    server.answer = make_response(GOOD)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        target = gemini(server)
        async with target:
            await target()
            session = target._session
        assert session.closed
        del session
        gc.collect()
    with pytest.raises(RuntimeError, match="not open: use it as `async with"):
        await target()
    await target.__aexit__(None, None, None)


async def test_a_target_can_be_opened_again(server, make_response):
    server.answer = make_response(GOOD)
    target = gemini(server)
    for _ in range(2):
        async with target:
            await target()
    assert len(server.requests) == 2


async def test_a_client_that_cannot_be_made_leaves_no_session(server, monkeypatch):
    target = gemini(server)
    monkeypatch.setenv("GOOGLE_GENAI_HTTP_CLIENT", "httpx")
    monkeypatch.setattr("google.genai._api_client.httpx", None)
    with pytest.raises(ImportError):
        await target.__aenter__()
    assert target._session.closed


async def test_a_call_that_is_cancelled_stays_cancelled(server):
    server.answer = None
    async with gemini(server) as target:
        call = asyncio.create_task(target())
        while not server.requests:
            await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call


async def test_vertex_and_proxies_of_the_environment_are_not_for_the_loopback(
    server, make_response, monkeypatch, free_url
):
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("http_proxy", free_url)
    server.answer = make_response(GOOD)
    async with gemini(server) as target:
        await target()
    assert len(server.requests) == 1


async def test_the_key_is_in_no_log_and_no_name(server, make_response, caplog):
    caplog.set_level(logging.DEBUG)
    server.answer = make_response(QUOTA, "429 No")
    target = gemini(server)
    found = await failure_of(target)
    assert "429 RESOURCE_EXHAUSTED" in caplog.text
    assert KEY not in caplog.text + repr(target) + target.name + repr(found)
    assert target.name == f"gemini-2.5-flash at {server.url}"


def test_google_is_called_where_nothing_else_is_said(monkeypatch):
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    assert Gemini().name == "gemini-2.5-flash at https://generativelanguage.googleapis.com"
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:9")
    assert Gemini("a-model").name == "a-model at http://127.0.0.1:9"


def test_no_key_is_said_before_anything_is_opened():
    with pytest.raises(CredentialsMissing, match="GEMINI_API_KEY"):
        Gemini()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"timeout_seconds": 0}, "timeout_seconds is 0"),
        ({"images": -1}, "images is -1"),
        ({"base_url": "host:80"}, "must begin with http://"),
    ],
)
def test_arguments_that_cannot_be_are_refused(options, complaint):
    with pytest.raises(ValueError, match=complaint):
        Gemini(api_key=KEY, **options)


def test_trio_is_refused_in_so_many_words():
    async def enter() -> None:
        async with Gemini(base_url="http://127.0.0.1:1"):
            pass

    with pytest.raises(
        RuntimeError, match="Gemini speaks HTTP through aiohttp, which needs asyncio"
    ):
        anyio.run(enter, backend="trio")
