from __future__ import annotations

import json

import anyio
import pytest
from yarl import URL

from stresstune.api.session import (
    address_of,
    checked_timeout,
    checked_url,
    closing_answers,
    is_loopback,
    open_session,
)
from stresstune.load.health import watching_stalls

pytestmark = pytest.mark.anyio


async def test_only_an_error_may_have_a_body_that_is_no_json(server, make_response):
    async with open_session(URL(server.url)) as session:
        server.answer = make_response(b"no json", "500 No")
        async with session.get(server.url) as response:
            assert await response.json() == {"message": "no json", "status": "No"}
        server.answer = make_response(b"no json")
        async with session.get(server.url) as response:
            with pytest.raises(json.JSONDecodeError):
                await response.json()


async def test_an_answer_that_was_not_read_to_its_end_is_closed(server):
    server.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"
    async with open_session(URL(server.url)) as session:
        with closing_answers():
            response = await session.get(server.url)
            assert not response.closed
        assert response.closed
        response = await session.get(server.url)
        assert not response.closed
        response.close()


async def test_each_request_tells_how_long_it_waited_for_its_connection(server):
    waited_seconds = 0.05
    async with open_session(URL(server.url)) as session, watching_stalls() as watch:
        connect = session.connector.connect

        async def slow_connect(*arguments, **options):
            await anyio.sleep(waited_seconds)
            return await connect(*arguments, **options)

        async with session.get(server.url) as response:
            await response.read()
        assert len(watch.pool_waits_seconds) == 1
        session.connector.connect = slow_connect
        async with session.get(server.url) as response:
            await response.read()
        _, waited = watch.pool_waits_seconds
        assert waited >= 0.9 * waited_seconds
    async with open_session(URL(server.url)) as session, session.get(server.url) as response:
        await response.read()
    assert len(watch.pool_waits_seconds) == 2  # that run is over


async def test_no_cookie_is_kept(server):
    server.answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    async with open_session(URL(server.url)) as session:
        for _ in range(2):
            async with session.get(server.url) as response:
                await response.read()
    assert not any(b"cookie" in request.lower() for request in server.requests)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:80", True),
        ("http://127.1.2.3", True),
        ("http://[::1]:80", True),
        ("http://localhost", True),
        ("http://app.localhost", True),
        ("http://10.0.0.1", False),
        ("https://localhost.example.com", False),
    ],
)
def test_this_machine_is_told_from_others(url, expected):
    assert is_loopback(URL(url)) == expected


def test_an_address_is_shown_without_what_may_be_secret():
    url = URL("https://me:secret@host:8443/path/AIzaSyD-1234567890?token=secret#secret")
    assert address_of(url) == "https://host:8443/path/[hidden]"


@pytest.mark.parametrize(
    "url", ["", "host/path", "ftp://host", "http://", "http://[::1", "http://h:x/"]
)
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(ValueError, match="must begin with http:// or https://"):
        checked_url(url)


@pytest.mark.parametrize("timeout_seconds", [0, -1, float("nan")])
def test_a_deadline_that_is_none_is_refused(timeout_seconds):
    with pytest.raises(ValueError, match="must be above 0 s"):
        checked_timeout(timeout_seconds)
