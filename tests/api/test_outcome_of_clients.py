"""The errors of real clients, as a target of one's own would let them out."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator

import aiohttp
import httpx2
import pytest
from google import genai
from google.genai import types

from stresstune.emulator import Emulator, running_emulator, tailor
from stresstune.load.outcome import classify, input_tokens

pytestmark = pytest.mark.anyio

PATH = "/v1/models/gemini-2.5-flash:generateContent"
BODY = b'{"contents": [{"parts": [{"text": "hello"}]}]}'
HEADERS = {"x-goog-api-key": "key", "Content-Type": "application/json"}


@pytest.fixture(scope="module")
def refusing() -> Iterator[Emulator]:
    with running_emulator(tailor(None, rpm=0, tier="PaidTier")) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def overloaded() -> Iterator[Emulator]:
    with running_emulator(tailor(None, overload=1)) as emulator:
        yield emulator


async def by_sdk(url: str, **transport: object) -> object:
    options = types.HttpOptions(base_url=url, timeout=60_000, **transport)
    client = genai.Client(vertexai=False, api_key="key", http_options=options)
    try:
        return await client.aio.models.generate_content(model="gemini-2.5-flash", contents="hello")
    finally:
        await client.aio.aclose()
        client.close()


async def sdk_on_aiohttp(url: str) -> object:
    async with aiohttp.ClientSession() as session:
        return await by_sdk(url, aiohttp_client=session)


async def sdk_on_httpx(url: str) -> object:
    async with httpx2.AsyncClient(trust_env=False) as client:
        return await by_sdk(url, httpx_async_client=client)


async def sdk_without_async(url: str) -> object:
    with genai.Client(
        vertexai=False, api_key="key", http_options=types.HttpOptions(base_url=url, timeout=60_000)
    ) as client:
        return client.models.generate_content(model="gemini-2.5-flash", contents="hello")


async def bare_aiohttp(url: str) -> object:
    async with (
        aiohttp.ClientSession(raise_for_status=True) as session,
        session.post(url + PATH, data=BODY, headers=HEADERS) as response,
    ):
        return await response.json()


async def bare_httpx(url: str) -> object:
    async with httpx2.AsyncClient(trust_env=False) as client:
        response = await client.post(url + PATH, content=BODY, headers=HEADERS)
        return response.raise_for_status().json()


async def bare_urllib(url: str) -> object:
    request = urllib.request.Request(url + PATH, BODY, HEADERS)
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.read()


SDKS = [sdk_on_aiohttp, sdk_on_httpx, sdk_without_async]
CLIENTS = [*SDKS, bare_aiohttp, bare_httpx, bare_urllib]


async def failure_of(client, url):
    with pytest.raises(Exception) as caught:
        await client(url)
    found = classify(caught.value)
    if isinstance(caught.value, OSError) and hasattr(caught.value, "close"):
        caught.value.close()
    return found


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_429_is_one_from_every_client(client, refusing):
    found = await failure_of(client, refusing.base_url)
    assert (found.outcome, found.status_code) == ("rejected", 429)


@pytest.mark.parametrize("client", [*SDKS, bare_httpx])
async def test_its_quota_is_read_wherever_the_client_keeps_the_body(client, refusing):
    found = await failure_of(client, refusing.base_url)
    (quota,) = found.quotas
    assert (quota.quota, quota.window_seconds, quota.value) == ("requests", 60, 0)
    assert found.label == ("429 RESOURCE_EXHAUSTED" if client in SDKS else "429 Too Many Requests")


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_503_is_one_from_every_client(client, overloaded):
    assert (await failure_of(client, overloaded.base_url)).outcome == "overloaded"


@pytest.mark.parametrize(
    "client", [sdk_on_httpx, sdk_without_async, bare_aiohttp, bare_httpx, bare_urllib]
)
async def test_no_connection_is_none_from_every_client(client, free_url):
    assert (await failure_of(client, free_url)).outcome == "unreachable"


async def test_input_tokens_are_read_from_the_sdks_answer_and_from_the_wires():
    with running_emulator(tailor(None, latency=0.01)) as emulator:
        counted = [
            input_tokens(await client(emulator.base_url)) for client in (sdk_on_aiohttp, bare_httpx)
        ]
    assert counted[0] == counted[1] > 0
