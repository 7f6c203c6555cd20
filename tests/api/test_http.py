from __future__ import annotations

import asyncio
import json
import time

import anyio
import pytest

from stresstune.api.http import HttpTarget
from stresstune.api.target import check_target, open_target
from stresstune.errors import TargetUnusable
from stresstune.load.outcome import CallFailed, classify

pytestmark = pytest.mark.anyio


async def failure_of(target: HttpTarget):
    async with target as opened:
        with pytest.raises(CallFailed) as caught:
            await opened()
    return classify(caught.value)


async def test_one_call_is_one_request_and_its_whole_answer(server, make_response):
    server.answer = make_response({"ok": True})
    async with HttpTarget(f"{server.url}/ping?x=1", headers={"X-App": "a"}) as target:
        answer = await target()
    assert (answer.status_code, json.loads(answer.content)) == (200, {"ok": True})
    (request,) = server.requests
    assert request.startswith(b"GET /ping?x=1 HTTP/1.1\r\n")
    assert b"X-App: a" in request


async def test_connections_are_kept_and_not_limited(server):
    async with HttpTarget(server.url) as target:
        for _ in range(3):
            await target()
        assert server.connections == 1
        await asyncio.gather(*(target() for _ in range(120)))
    assert len(server.requests) == 123


@pytest.mark.parametrize(
    ("options", "method", "content_type", "body"),
    [
        ({"json": {"a": 1}}, "POST", "application/json", b'{"a": 1}'),
        ({"body": "text"}, "POST", "application/octet-stream", b"text"),
        ({"body": b"raw", "method": "put"}, "PUT", "application/octet-stream", b"raw"),
        ({"body": "a", "headers": {"Content-Type": "text/x"}}, "POST", "text/x", b"a"),
        ({"form": {"a": "b"}}, "POST", "multipart/form-data", b'name="a"'),
        ({"files": {"f": ("n.png", b"DATA", "image/png")}}, "POST", "multipart/form-data", b"DATA"),
    ],
)
async def test_whatever_is_sent_is_sent_as_it_should_be(
    server, options, method, content_type, body
):
    async with HttpTarget(server.url, **options) as target:
        await target()
        await target()
    assert server.requests[0] == server.requests[1]
    head, _, sent = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(method.encode() + b" / ")
    assert f"content-type: {content_type}" in head.decode().lower()
    assert body in sent


@pytest.mark.parametrize(
    ("status", "outcome", "label"),
    [
        ("429 Too Many Requests", "rejected", "429 Too Many Requests"),
        ("503 Busy", "overloaded", "503 Service Unavailable"),
        ("500 Oops", "failed", "500 Internal Server Error"),
        ("404 Gone", "ignored", "404 Not Found"),
        ("529 Overloaded", "overloaded", "529"),
    ],
)
async def test_a_status_from_400_on_is_a_failure(server, make_response, status, outcome, label):
    server.answer = make_response(b"no", status)
    found = await failure_of(HttpTarget(server.url))
    assert (found.outcome, found.label) == (outcome, label)


async def test_a_quota_in_the_body_of_a_429_is_read(server, make_response):
    violation = {"quotaId": "RequestsPerMinute", "quotaValue": "15"}
    server.answer = make_response({"error": {"details": [{"violations": [violation]}]}}, "429 No")
    found = await failure_of(HttpTarget(server.url))
    assert [(quota.quota, quota.value) for quota in found.quotas] == [("requests", 15)]


@pytest.mark.parametrize(
    ("expect", "status", "body", "succeeds"),
    [
        (None, "200 OK", b"", True),
        (None, "303 See Other", b"", True),
        (201, "201 Created", b"", True),
        (201, "200 OK", b"", False),
        (404, "404 Not Found", b"", True),
        ("ready", "200 OK", b"it is ready", True),
        ("ready", "200 OK", b"it is not", False),
        ("ready", "503 No", b"not ready", False),
        (lambda status, content: len(content) > 2, "500 No", b"long", True),
        (lambda status, content: len(content) > 2, "200 OK", b"", False),
    ],
)
async def test_success_is_what_was_expected(server, make_response, expect, status, body, succeeds):
    server.answer = make_response(body, status)
    target = HttpTarget(server.url, expect=expect)
    if succeeds:
        async with target:
            await target()
        return
    found = await failure_of(target)
    assert found.status_code == int(status[:3])
    assert found.outcome == ("overloaded" if status.startswith("503") else "failed")
    if status.startswith("200"):
        assert found.label == "200 UnexpectedAnswer"


async def test_a_redirect_is_not_followed(server, make_response):
    location = f"Location: {server.url}/next\r\nContent-Length: 0"
    server.answer = f"HTTP/1.1 302 Found\r\n{location}\r\n\r\n".encode()
    async with HttpTarget(server.url) as target:
        assert (await target()).status_code == 302
    assert len(server.requests) == 1


async def test_no_answer_within_the_deadline_is_a_timeout(server):
    server.answer = None
    started = time.monotonic()
    found = await failure_of(HttpTarget(server.url, timeout_seconds=0.1))
    assert (found.outcome, found.label) == ("timed_out", "TimeoutError")
    assert time.monotonic() - started < 5


async def test_a_body_that_never_ends_meets_the_deadline_too(server):
    server.answer = lambda request: b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"
    found = await failure_of(HttpTarget(server.url, timeout_seconds=0.1))
    assert found.outcome == "timed_out"


async def test_a_body_that_is_cut_off_is_a_failure(server):
    server.answer, server.cut = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", True
    assert (await failure_of(HttpTarget(server.url))).label == "ClientPayloadError"


async def test_an_answer_that_is_no_http_is_a_failure_and_no_400(server):
    server.answer, server.cut = b"\x00\x01garbage\r\n\r\n", True
    found = await failure_of(HttpTarget(server.url))
    assert (found.outcome, found.label, found.terminal) == ("failed", "ClientResponseError", False)


async def test_a_connection_that_closes_without_an_answer_is_not_tried_again(server):
    async with HttpTarget(server.url) as target:
        await target()
        server.answer, server.cut = b"", True
        with pytest.raises(CallFailed, match="ServerDisconnectedError") as caught:
            await target()
    assert classify(caught.value).outcome == "unreachable"
    assert len(server.requests) == 2


async def test_nobody_listening_is_unreachable(free_url):
    found = await failure_of(HttpTarget(free_url))
    assert (found.outcome, found.label) == ("unreachable", "ClientConnectorError ECONNREFUSED")


async def test_no_proxy_comes_between_this_machine_and_itself(server, monkeypatch, free_url):
    monkeypatch.setenv("HTTP_PROXY", free_url)
    monkeypatch.setenv("http_proxy", free_url)
    for url in (server.url, server.url.replace("127.0.0.1", "localhost")):
        async with HttpTarget(url) as target:
            await target()


async def test_a_proxy_is_used_for_other_machines(server, monkeypatch):
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with HttpTarget("http://app.example/") as target:
        await target()
    assert server.requests[0].startswith(b"GET http://app.example/ ")


async def test_the_check_connects_and_sends_nothing(server, free_url):
    async with open_target(HttpTarget(server.url)) as target:
        assert await check_target(target) is None
    assert server.requests == []
    async with open_target(HttpTarget(free_url)) as target:
        with pytest.raises(TargetUnusable, match=r"no connection to http.*ECONNREFUSED"):
            await check_target(target)


async def test_the_check_tries_nothing_behind_a_proxy(monkeypatch, free_url):
    monkeypatch.setenv("http_proxy", free_url)
    async with HttpTarget("http://app.example/") as target:
        await target.check()


async def test_a_check_without_an_answer_ends(monkeypatch):
    async def hang(host: str, port: int) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(asyncio, "open_connection", hang)
    async with HttpTarget("http://127.0.0.1/", timeout_seconds=0.05) as target:
        with pytest.raises(
            TargetUnusable, match=r"no connection to http://127\.0\.0\.1/ \(Timeout"
        ):
            await target.check()


async def test_a_target_that_is_not_open_says_so():
    target = HttpTarget("http://127.0.0.1:1")
    with pytest.raises(RuntimeError, match="not open: use it as `async with"):
        await target()
    await target.__aexit__(None, None, None)


def test_trio_is_refused_in_so_many_words():
    async def enter() -> None:
        async with HttpTarget("http://127.0.0.1:1"):
            pass

    with pytest.raises(RuntimeError, match="HttpTarget speaks HTTP through aiohttp"):
        anyio.run(enter, backend="trio")


def test_the_name_holds_no_secret():
    target = HttpTarget("https://me:secret@host/path?token=secret#secret", headers={"A": "secret"})
    assert repr(target) == "HttpTarget('GET https://host/path')"


def test_a_request_has_one_body():
    with pytest.raises(ValueError, match="one body"):
        HttpTarget("http://host", json={}, body="a")


@pytest.mark.parametrize(
    ("url", "options", "message"),
    [
        ("http://h/", {"method": "GE T"}, "the method is 'GE T'"),
        ("http://h/", {"headers": {"X Y": "a"}}, "a header is called 'X Y'"),
        ("http://h/", {"headers": {"X": "a\nb"}}, "the header X holds a line break"),
        ("http://me:pw@h/", {"headers": {"authorization": "Bearer a"}}, "give one of them"),
    ],
)
def test_a_request_that_no_call_could_send_is_refused_at_once(url, options, message):
    with pytest.raises(ValueError, match=message) as refused:
        HttpTarget(url, **options)
    assert "pw" not in str(refused.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"expect": [200, 201]}, "must be a status, a text, or a function"),
        ({"headers": {"X": 5}}, "the header X is of type int"),
    ],
)
def test_what_would_be_taken_for_something_else_is_refused(options, message):
    with pytest.raises(TypeError, match=message):
        HttpTarget("http://h/", **options)
