"""The real google-genai SDK against the emulator, on each transport that the SDK has."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import aiohttp
import anyio
import httpx2
import pytest
from google import genai
from google.genai import errors, types
from PIL import Image

from stresstune.emulator import PROFILES, Emulator, Profile, running_emulator, tailor
from stresstune.emulator.answers import picture

pytestmark = pytest.mark.anyio

FLASH = "gemini-2.5-flash"
ONE_REQUEST = types.HttpRetryOptions(attempts=1)


class Sdk:
    """One client of the SDK: the same calls, whatever carries them."""

    def __init__(self, client: genai.Client, *, sync: bool = False) -> None:
        self.client = client
        self._sync = sync

    async def generate(self, contents: Any = "Draw a cat.", **config: Any) -> Any:
        return await self._call("generate_content", contents=contents, **self._config(config))

    async def stream(self, contents: Any = "Draw a cat.") -> list[Any]:
        if self._sync:
            return await anyio.to_thread.run_sync(
                lambda: list(
                    self.client.models.generate_content_stream(model=FLASH, contents=contents)
                )
            )
        stream = await self.client.aio.models.generate_content_stream(
            model=FLASH, contents=contents
        )
        async with aclosing(stream):
            return [piece async for piece in stream]

    async def count_tokens(self) -> int:
        return (await self._call("count_tokens", contents="Draw a cat.")).total_tokens

    async def models(self) -> list[str]:
        if self._sync:
            return await anyio.to_thread.run_sync(
                lambda: [model.name for model in self.client.models.list()]
            )
        return [model.name async for model in await self.client.aio.models.list()]

    async def _call(self, method: str, *, model: str = FLASH, **arguments: Any) -> Any:
        if self._sync:
            call = getattr(self.client.models, method)
            return await anyio.to_thread.run_sync(lambda: call(model=model, **arguments))
        return await getattr(self.client.aio.models, method)(model=model, **arguments)

    def _config(self, config: dict[str, Any]) -> dict[str, Any]:
        model = config.pop("model", FLASH)
        return {"model": model, "config": types.GenerateContentConfig(**config)}


@asynccontextmanager
async def aiohttp_sdk(emulator: Emulator, **options: Any) -> AsyncIterator[Sdk]:
    async with aiohttp.ClientSession() as session:
        client = client_of(emulator, aiohttp_client=session, **options)
        async with client.aio:
            yield Sdk(client)
        client.close()


@asynccontextmanager
async def httpx2_sdk(emulator: Emulator, **options: Any) -> AsyncIterator[Sdk]:
    async with httpx2.AsyncClient(timeout=None) as transport:
        client = client_of(emulator, httpx_async_client=transport, **options)
        yield Sdk(client)
        client.close()


@asynccontextmanager
async def sync_sdk(emulator: Emulator, **options: Any) -> AsyncIterator[Sdk]:
    client = client_of(emulator, **options)
    yield Sdk(client, sync=True)
    client.close()


TRANSPORTS = {"aiohttp": aiohttp_sdk, "httpx2": httpx2_sdk, "sync": sync_sdk}


def client_of(emulator: Emulator, *, api_key: str = "a-key", **options: Any) -> genai.Client:
    return genai.Client(
        api_key=api_key,
        vertexai=False,
        http_options=types.HttpOptions(
            base_url=emulator.base_url,
            retry_options=ONE_REQUEST,
            **{"api_version": "v1beta", **options},
        ),
    )


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """One process for all tests; each makes it the service that it needs."""
    with running_emulator(tailor()) as running:
        yield running


@pytest.fixture(params=list(TRANSPORTS))
def connect(request: pytest.FixtureRequest, emulator: Emulator) -> Callable[..., Any]:
    """Makes the emulator that service, and connects the SDK to it on one of its transports."""

    @asynccontextmanager
    async def connected(profile: Profile, **options: Any) -> AsyncIterator[tuple[Sdk, Emulator]]:
        emulator.reset(profile)
        async with TRANSPORTS[request.param](emulator, **options) as sdk:
            yield sdk, emulator

    return connected


async def outcomes(sdk: Sdk, count: int) -> list[Any]:
    ended: list[Any] = []

    async def one() -> None:
        try:
            ended.append(await sdk.generate())
        except errors.APIError as error:
            ended.append(error)

    async with anyio.create_task_group() as tasks:
        for _ in range(count):
            tasks.start_soon(one)
    return ended


async def test_the_first_eleventh_call_of_a_free_minute_meets_the_real_429(connect):
    async with connect(tailor("free", latency=0.02)) as (sdk, emulator):
        assert await sdk.count_tokens() == 3
        ended = await outcomes(sdk, 12)
        answers = [each for each in ended if not isinstance(each, Exception)]
        assert len(answers) == 10
        assert all(each.text and each.usage_metadata.prompt_token_count == 3 for each in answers)
        rejected = next(each for each in ended if isinstance(each, errors.ClientError))
        assert (rejected.code, rejected.status) == (429, "RESOURCE_EXHAUSTED")
        by_type = {
            each["@type"].rpartition(".")[2]: each for each in rejected.details["error"]["details"]
        }
        assert by_type["QuotaFailure"]["violations"][0]["quotaValue"] == "10"
        assert by_type["RetryInfo"]["retryDelay"].endswith("s")
        counts = emulator.counts()
        assert (counts.generate, counts.admitted, counts.rejected) == (12, 10, 2)
        assert counts.count_tokens == 1


async def test_text_and_pictures_go_in_and_pictures_come_out(connect):
    async with connect(tailor(latency=0, image_bytes=40_000)) as (sdk, emulator):
        image = types.Part.from_bytes(data=picture(300_000), mime_type="image/png")
        answer = await sdk.generate(["Make it blue.", image], response_modalities=["IMAGE"])
        assert answer.usage_metadata.prompt_token_count == 262
        (drawn,) = [part.inline_data for part in answer.parts if part.inline_data]
        with Image.open(io.BytesIO(drawn.data)) as opened:
            opened.load()
        assert emulator.counts().input_tokens == 262


async def test_an_image_model_of_the_free_tier_has_a_limit_of_zero(connect):
    async with connect(PROFILES["free"]) as (sdk, _):
        with pytest.raises(errors.ClientError) as caught:
            await sdk.generate(model="gemini-2.5-flash-image")
        assert "limit: 0, model: gemini-2.5-flash-image" in caught.value.message


async def test_streams_come_in_pieces_that_make_the_answer(connect):
    async with connect(tailor(latency=0.05)) as (sdk, emulator):
        pieces = await sdk.stream()
        assert len(pieces) == 4
        whole = await sdk.generate()
        assert "".join(piece.text for piece in pieces) == whole.text
        assert emulator.counts().generate == 2


async def test_a_stream_that_ends_with_an_error_raises_it(connect):
    async with connect(tailor(latency=0, stream_error=1)) as (sdk, emulator):
        with pytest.raises(errors.ServerError) as caught:
            await sdk.stream()
        assert caught.value.code == 503
        assert emulator.counts().by_fault == {"stream_error": 1}


async def test_the_models_are_listed(connect):
    async with connect(PROFILES["free"]) as (sdk, _):
        assert f"models/{FLASH}" in await sdk.models()


@pytest.mark.parametrize(
    ("profile", "options", "code", "status"),
    [
        (tailor(overload=1), {}, 503, "UNAVAILABLE"),
        (tailor(internal=1, latency=0), {}, 500, "INTERNAL"),
        (tailor(refusal="bare", rpm=0), {}, 429, "RESOURCE_EXHAUSTED"),
        (tailor(refusal="vertex", rpm=0), {}, 429, "RESOURCE_EXHAUSTED"),
        (tailor(refusal="error_info", rpm=0), {}, 429, "RESOURCE_EXHAUSTED"),
        (tailor(refusal="wrapped", rpm=0), {}, 429, "RESOURCE_EXHAUSTED"),
        (tailor(billing="prepaid_empty"), {}, 429, "RESOURCE_EXHAUSTED"),
        (tailor(billing="spend_cap"), {}, 429, "RESOURCE_EXHAUSTED"),
        (tailor(billing="spend_limit"), {}, 429, "RESOURCE_EXHAUSTED"),
        (tailor(concurrency=1, places=1, queue=0, keys="other"), {}, 400, "INVALID_ARGUMENT"),
        (tailor(model="other"), {}, 404, "NOT_FOUND"),
        (tailor(), {"timeout": 5000}, 400, "INVALID_ARGUMENT"),
    ],
)
async def test_each_error_shape_reaches_the_caller_with_code_and_status(
    connect, profile, options, code, status
):
    async with connect(profile, **options) as (sdk, emulator):
        with pytest.raises(errors.APIError) as caught:
            await sdk.generate()
        assert (caught.value.code, caught.value.status) == (code, status)
        assert emulator.counts().requests == 1


async def test_a_suspended_key_is_in_the_error_as_the_real_api_leaks_it(connect):
    profile = Profile(suspended_keys=("AIza-suspended",))
    async with connect(profile, api_key="AIza-suspended") as (sdk, _):
        with pytest.raises(errors.ClientError) as caught:
            await sdk.generate()
        assert caught.value.code == 403
        assert "api_key:AIza-suspended" in caught.value.message


async def test_a_deadline_that_passes_on_the_server_is_a_504(connect):
    profile = tailor(latency=60, spread=0, time_scale=100)
    async with connect(profile, timeout=12_000) as (sdk, _):
        with pytest.raises(errors.ServerError) as caught:
            await sdk.generate()
        assert (caught.value.code, caught.value.status) == (504, "DEADLINE_EXCEEDED")


@pytest.mark.parametrize("fault", ["reset", "half_body", "garbage"])
async def test_a_broken_wire_is_an_error_after_one_request(connect, fault):
    async with connect(tailor(latency=0, **{fault: 1})) as (sdk, emulator):
        with pytest.raises((aiohttp.ClientError, httpx2.HTTPError)):
            await sdk.generate()
        counts = emulator.counts()
        assert (counts.generate, counts.admitted) == (1, 1)
        assert counts.by_fault == {fault: 1}


async def test_a_broken_429_is_an_error_after_one_request(connect):
    async with connect(tailor(refusal="broken", rpm=0)) as (sdk, emulator):
        with pytest.raises((errors.ClientError, json.JSONDecodeError)):
            await sdk.generate()
        assert emulator.counts().rejected == 1


@pytest.mark.parametrize("fault", ["empty", "odd", "blocked"])
async def test_a_200_that_is_no_answer_has_no_text_or_is_an_error(connect, fault):
    async with connect(tailor(latency=0, **{fault: 1})) as (sdk, emulator):
        try:
            text = (await sdk.generate()).text
        except (errors.UnknownApiResponseError, AttributeError, TypeError, ValueError):
            text = None
        assert text is None
        assert emulator.counts().by_fault == {fault: 1}


async def test_a_slow_body_is_an_answer_all_the_same(connect):
    async with connect(tailor(latency=0.1, slow_body=1)) as (sdk, emulator):
        assert (await sdk.generate()).text
        assert emulator.counts().by_fault == {"slow_body": 1}


@pytest.mark.parametrize("connected", [aiohttp_sdk, httpx2_sdk])
async def test_a_hang_ends_with_the_callers_own_deadline(emulator, connected):
    emulator.reset(tailor(latency=0, hang=1))
    async with connected(emulator) as sdk:
        with pytest.raises(TimeoutError), anyio.fail_after(0.3):
            await sdk.generate()
        assert emulator.counts().by_fault == {"hang": 1}
        with anyio.fail_after(5):
            while emulator.counts().in_flight:
                await anyio.sleep(0.01)


async def test_a_proxy_in_the_environment_is_not_in_the_way_of_our_own_session(
    emulator, monkeypatch
):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    emulator.reset(tailor(latency=0))
    async with aiohttp_sdk(emulator) as sdk:
        assert (await sdk.generate()).text
    assert emulator.counts().admitted == 1


async def test_the_control_endpoint_needs_no_key_and_no_sdk(emulator):
    emulator.reset(tailor(rpm=60))
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{emulator.base_url}/control/truth") as answer:
            (limit,) = (await answer.json())["limits"]
        async with session.post(f"{emulator.base_url}/control/reset") as answer:
            assert (await answer.json())["requests"] == 0
    assert limit["value"] == 60


async def test_a_burst_of_thirty_is_answered_at_once_and_not_one_after_the_other(connect):
    async with connect(tailor(latency=1.5, spread=0)) as (sdk, emulator):
        statuses = Counter(type(each).__name__ for each in await outcomes(sdk, 30))
        assert statuses == {"GenerateContentResponse": 30}
        assert emulator.counts().by_model[FLASH].max_in_flight >= 20
