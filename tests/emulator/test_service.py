"""The service without a wire, in virtual time."""

from __future__ import annotations

import json
from collections import Counter

import anyio
import pytest
import trio.testing

from stresstune.emulator.http import Request
from stresstune.emulator.limits import Quotas
from stresstune.emulator.options import tailor
from stresstune.emulator.presets import PROFILES
from stresstune.emulator.profile import Profile

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "trio", {"clock": trio.testing.MockClock(autojump_threshold=0)}


def error_of(reply):
    return json.loads(reply.body)["error"]


async def gather(client, count, **parts):
    replies = []

    async def one():
        replies.append(await client.call(**parts))

    async with anyio.create_task_group() as tasks:
        for _ in range(count):
            tasks.start_soon(one)
    return replies


async def test_ten_a_minute_are_admitted_and_counted(client_of):
    client = client_of(PROFILES["free"])
    statuses = Counter(reply.status for reply in await gather(client, 13))
    assert statuses == {200: 10, 429: 3}
    counts = client.service.world.counts()
    assert (counts.generate, counts.admitted, counts.rejected) == (13, 10, 3)
    assert counts.by_reason == {"requests_per_minute": 3}
    assert counts.by_status == {"200": 10, "429": 3}
    assert counts.in_flight == 0
    assert counts.by_model["gemini-2.5-flash"].max_in_flight == 10
    assert counts.input_tokens == 30
    await anyio.sleep(60)
    assert (await client.call()).status == 200


async def test_an_answer_takes_its_time_and_says_how_long(client_of):
    client = client_of(tailor(latency=1.5, spread=0))
    start = anyio.current_time()
    reply = await client.call()
    assert anyio.current_time() - start == pytest.approx(1.5)
    assert ("server-timing", "gfet4t7; dur=1500") in reply.headers


async def test_times_vary_around_the_median_and_repeat_with_the_seed(client_of):
    async def times(seed):
        client = client_of(tailor(latency=1.0, spread=0.5, seed=seed))
        taken = []
        for _ in range(301):
            start = anyio.current_time()
            await client.call()
            taken.append(round(anyio.current_time() - start, 6))
        return taken

    first = await times(1)
    assert sorted(first)[150] == pytest.approx(1.0, rel=0.15)
    assert max(first) > 2 * min(first)
    assert await times(1) == first
    assert await times(2) != first


async def test_a_refusal_is_fast(client_of):
    client = client_of(tailor(rpm=0, latency=5))
    start = anyio.current_time()
    assert (await client.call()).status == 429
    assert anyio.current_time() - start == pytest.approx(0.05)


async def test_time_scale_makes_windows_and_answers_faster(client_of):
    client = client_of(tailor(rpm=1, latency=6, spread=0, time_scale=60))
    start = anyio.current_time()
    assert (await client.call()).status == 200
    assert anyio.current_time() - start == pytest.approx(0.1)
    assert (await client.call()).status == 429
    await anyio.sleep(1)
    assert (await client.call()).status == 200


async def test_a_cap_on_concurrency_admits_the_same_number_again_at_once(client_of):
    client = client_of(tailor(concurrency=4))
    for _ in range(2):
        assert Counter(reply.status for reply in await gather(client, 10)) == {200: 4, 429: 6}
    assert client.service.world.counts().by_reason == {"concurrency": 12}


async def test_a_cap_on_concurrency_may_answer_503(client_of):
    client = client_of(tailor(concurrency=1, concurrency_status=503))
    replies = await gather(client, 3)
    assert Counter(reply.status for reply in replies) == {200: 1, 503: 2}
    assert client.service.world.counts().overloaded == 2


async def test_refused_calls_at_the_gate_leave_the_quota_alone(client_of):
    client = client_of(tailor(concurrency=1, rpm=2))
    await gather(client, 5)
    assert (await client.call()).status == 200
    assert (await client.call()).status == 429


async def test_who_is_refused_by_the_quota_gives_its_place_back(client_of):
    client = client_of(tailor(concurrency=1, rpm=1))
    await client.call()
    assert error_of(await client.call())["details"]
    assert error_of(await client.call())["details"]


async def test_places_make_the_others_wait(client_of):
    client = client_of(tailor(places=2, latency=1, spread=0))
    start = anyio.current_time()
    replies = await gather(client, 6)
    assert anyio.current_time() - start == pytest.approx(3.0)
    assert {reply.status for reply in replies} == {200}
    timings = Counter(dict(reply.headers)["server-timing"] for reply in replies)
    assert timings == {f"gfet4t7; dur={second}000": 2 for second in (1, 2, 3)}


async def test_a_full_queue_is_an_overload(client_of):
    client = client_of(tailor(places=1, queue=1, latency=1, concurrency=9))
    assert Counter(reply.status for reply in await gather(client, 4)) == {200: 2, 503: 2}
    assert client.service.world.counts().in_flight == 0


async def test_an_overload_hits_a_share_of_calls_at_any_load(client_of):
    client = client_of(tailor(overload=0.3, latency=0))
    statuses = Counter([(await client.call()).status for _ in range(500)])
    assert statuses[503] == pytest.approx(150, abs=45)
    assert client.service.world.counts().overloaded == statuses[503]


async def test_an_overload_uses_no_quota(client_of):
    client = client_of(tailor(overload=1.0, rpm=1))
    assert [(await client.call()).status for _ in range(3)] == [503] * 3
    assert client.service.world.counts().admitted == 0


async def test_an_internal_error_uses_quota(client_of):
    client = client_of(tailor(internal=1.0, rpm=1))
    assert [(await client.call()).status for _ in range(2)] == [500, 429]
    assert error_of(await client.call())["code"] == 429


async def test_who_cannot_pay_is_rejected_without_a_quota(client_of):
    client = client_of(tailor(billing="prepaid_empty"))
    assert "prepayment" in error_of(await client.call())["message"]
    assert client.service.world.counts().by_reason == {"billing": 1}


async def test_tokens_are_charged_by_the_size_of_the_call(client_of, content):
    client = client_of(tailor(tpm=250))
    assert (await client.call(body=content("x" * 800))).status == 200
    reply = await client.call(body=content("x" * 240))
    violations = error_of(reply)["details"][1]["violations"]
    assert violations[0]["quotaId"].startswith("GenerateContentInputTokens")
    assert (await client.call(body=content("x" * 200))).status == 200


async def test_a_bad_body_is_refused_and_uses_quota(client_of):
    client = client_of(tailor(rpm=1))
    reply = await client.call(body=b"{")
    assert (reply.status, error_of(reply)["status"]) == (400, "INVALID_ARGUMENT")
    assert (await client.call(body=b"{")).status == 429
    model = client.service.world.counts().by_model["gemini-2.5-flash"]
    assert (model.requests, model.refused, model.rejected, model.admitted) == (2, 1, 1, 0)


async def test_a_deadline_under_ten_seconds_is_refused(client_of):
    client = client_of(tailor())
    reply = await client.call(x_server_timeout="5")
    assert reply.status == 400
    assert "Manually set deadline 5s is too short" in error_of(reply)["message"]
    assert (await client.call(x_server_timeout="10")).status == 200
    assert (await client.call(x_server_timeout="soon")).status == 200


async def test_a_deadline_that_passes_ends_in_a_504(client_of):
    client = client_of(tailor(latency=30, spread=0))
    start = anyio.current_time()
    reply = await client.call(x_server_timeout="12")
    assert (reply.status, error_of(reply)["status"]) == (504, "DEADLINE_EXCEEDED")
    assert anyio.current_time() - start == pytest.approx(12)


async def test_quotas_belong_to_the_project_and_not_to_the_key(client_of):
    client = client_of(tailor(rpm=1, keys=["one@p", "two@p", "three@q"]))
    statuses = [
        (await client.call(x_goog_api_key=key)).status for key in ("one", "two", "three", "four")
    ]
    assert statuses == [200, 429, 200, 400]


async def test_each_model_has_its_own_quota(client_of):
    client = client_of(tailor(rpm=1))
    assert [(await client.call(model=model)).status for model in ("a", "a", "b")] == [200, 429, 200]


async def test_models_with_the_same_bucket_share_one_quota_and_its_name(client_of):
    quotas = Quotas(requests_per_minute=1, bucket="gemini-3-flash")
    client = client_of(Profile(models={"gemini-*": quotas}))
    await client.call(model="gemini-flash-latest")
    reply = await client.call(model="gemini-3-flash-preview")
    violation = error_of(reply)["details"][1]["violations"][0]
    assert violation["quotaDimensions"]["model"] == "gemini-3-flash"


async def test_a_key_may_stand_in_the_query(client_of, content):
    client = client_of(tailor(keys="good"))
    target = "/v1beta/models/m:generateContent?key="
    for key, status in (("good", 200), ("bad", 400)):
        request = Request(method="POST", target=target + key, body=content())
        assert (await client.call(request)).status == status


async def test_a_wrong_key_is_invalid_a_missing_one_is_forbidden(client_of):
    client = client_of(Profile(keys={"good": "p"}, suspended_keys=("AIza-bad",)))
    wrong = await client.call()
    assert (wrong.status, error_of(wrong)["details"][0]["reason"]) == (400, "API_KEY_INVALID")
    missing = await client.get("/v1/models", key="")
    assert (missing.status, error_of(missing)["status"]) == (403, "PERMISSION_DENIED")
    suspended = await client.get("/v1/models", key="AIza-bad")
    assert suspended.status == 403
    assert "api_key:AIza-bad" in error_of(suspended)["message"]


@pytest.mark.parametrize("method", ["generateContent", "streamGenerateContent", "countTokens"])
async def test_an_unknown_model_is_not_found(client_of, method):
    client = client_of(PROFILES["free"])
    reply = await client.call(model="gpt-9", method=method, version="v1")
    assert reply.status == 404
    assert "models/gpt-9 is not found for API version v1" in error_of(reply)["message"]
    assert client.service.world.counts().generate == 0


async def test_a_pattern_is_no_model(client_of):
    assert (await client_of(PROFILES["free"]).call(model="gemini-*")).status == 404


async def test_an_unknown_method_is_not_found(client_of):
    assert (await client_of(tailor()).call(method="embedContent")).status == 404


@pytest.mark.parametrize(
    ("method", "target"),
    [("GET", "/"), ("GET", "/v1/models/m:generateContent"), ("POST", "/v1/models")],
)
async def test_other_paths_and_verbs_are_not_found(client_of, method, target):
    reply = await client_of(tailor()).get(target, method=method)
    assert (reply.status, error_of(reply)["status"]) == (404, "NOT_FOUND")


async def test_count_tokens_is_free_and_counted_apart(client_of, content):
    client = client_of(tailor(rpm=0))
    reply = await client.call(method="countTokens", body=content("x" * 400))
    assert json.loads(reply.body)["totalTokens"] == 100
    assert (await client.call(method="countTokens", body=b"")).status == 400
    counts = client.service.world.counts()
    assert (counts.count_tokens, counts.generate, counts.requests) == (2, 0, 2)


async def test_models_are_listed_by_name(client_of):
    client = client_of(PROFILES["free"])
    models = json.loads((await client.get("/v1beta/models")).body)["models"]
    assert "models/gemini-2.5-flash" in [model["name"] for model in models]
    assert not [model for model in models if "*" in model["name"]]
    one = await client.get("/v1/models/gemini-2.5-pro")
    assert json.loads(one.body)["name"] == "models/gemini-2.5-pro"
    assert (await client.get("/v1/models/gpt-9")).status == 404
    assert client.service.world.counts().list_models == 2


async def test_pictures_are_for_v1beta_only(client_of, content):
    client = client_of(tailor(image_bytes=1000))
    body = content(generationConfig={"responseModalities": ["IMAGE"]})
    drawn = await client.call(body=body)
    parts = json.loads(drawn.body)["candidates"][0]["content"]["parts"]
    assert parts[1]["inlineData"]["mimeType"] == "image/png"
    refused = await client.call(body=body, version="v1")
    assert refused.status == 400
    assert 'Unknown name "responseModalities"' in error_of(refused)["message"]


async def test_pictures_may_have_a_quota_of_their_own(client_of):
    client = client_of(tailor(ipm=1))
    statuses = [(await client.call(model="gemini-image")).status for _ in range(2)]
    assert statuses == [200, 429]
    assert (await client.call(model="gemini-text")).status == 200


async def test_a_stream_comes_as_events_over_the_time_of_the_answer(client_of):
    client = client_of(tailor(latency=10, spread=0))
    start = anyio.current_time()
    reply = await client.call(method="streamGenerateContent", query="?alt=sse")
    assert anyio.current_time() - start == pytest.approx(4.0)
    assert sum(gap for gap, _ in reply.pieces) == pytest.approx(6.0)
    assert reply.content_type == "text/event-stream"
    assert all(piece.startswith(b"data: {") for _, piece in reply.pieces)


async def test_a_stream_keeps_its_place_until_its_last_piece(client_of, request_of):
    service = client_of(tailor(concurrency=1, latency=10, spread=0)).service
    start, statuses = anyio.current_time(), []

    async def send(reply):
        for gap, _ in reply.pieces or ():
            await anyio.sleep(gap)
        statuses.append((round(anyio.current_time() - start), reply.status))

    async with anyio.create_task_group() as tasks:
        for gap_seconds in (0, 9.9, 0.2):
            await anyio.sleep(gap_seconds)
            request = request_of(method="streamGenerateContent", query="?alt=sse")
            tasks.start_soon(service.handle, request, send)
    assert statuses == [(10, 429), (10, 200), (20, 200)]


async def test_a_stream_without_events_is_one_array(client_of):
    reply = await client_of(tailor()).call(method="streamGenerateContent")
    parts = json.loads(b"".join(piece for _, piece in reply.pieces))
    assert len(parts) == len(reply.pieces) == 4


@pytest.mark.parametrize("query", ["?alt=sse", ""])
async def test_a_stream_may_end_with_an_error(client_of, query):
    client = client_of(tailor(stream_error=1))
    reply = await client.call(method="streamGenerateContent", query=query)
    pieces = [piece for _, piece in reply.pieces]
    assert len(pieces) == 3
    if query:
        assert json.loads(pieces[-1])["error"]["code"] == 503
    else:
        assert json.loads(b"".join(pieces))[-1]["error"]["code"] == 503
    assert client.service.world.counts().by_fault == {"stream_error": 1}


async def test_only_a_stream_ends_with_a_stream_error(client_of):
    client = client_of(tailor(stream_error=1))
    assert (await client.call()).status == 200
    assert client.service.world.counts().by_fault == {}


@pytest.mark.parametrize("fault", ["reset", "hang", "half_body", "garbage", "slow_body"])
async def test_a_fault_of_the_wire_is_handed_to_the_wire(client_of, fault):
    client = client_of(tailor(latency=2, spread=0, **{fault: 1}))
    reply = await client.call()
    assert (reply.fault, reply.fault_seconds) == (fault, 2.0)
    counts = client.service.world.counts()
    assert counts.by_fault == {fault: 1}
    assert counts.by_status == ({"200": 1} if fault == "slow_body" else {})
    assert counts.admitted == 1


@pytest.mark.parametrize(
    ("fault", "body"), [("empty", b""), ("odd", b"[1,2]"), ("blocked", b"promptFeedback")]
)
async def test_a_200_may_be_no_answer(client_of, fault, body):
    client = client_of(tailor(**{fault: 1}))
    reply = await client.call()
    assert reply.status == 200
    assert body in reply.body
    assert bool(body) == bool(reply.body)
    streamed = await client.call(method="streamGenerateContent", query="?alt=sse")
    assert len(streamed.pieces) == (1 if body else 0)


async def test_an_empty_stream_without_events_is_an_empty_array(client_of):
    reply = await client_of(tailor(empty=1)).call(method="streamGenerateContent")
    assert b"".join(piece for _, piece in reply.pieces) == b"[]"


async def test_faults_happen_in_their_shares(client_of):
    client = client_of(tailor(latency=0, reset=0.2, empty=0.3))
    for _ in range(600):
        await client.call()
    by_fault = client.service.world.counts().by_fault
    assert by_fault["reset"] == pytest.approx(120, abs=40)
    assert by_fault["empty"] == pytest.approx(180, abs=45)


async def test_the_control_endpoint_tells_counts_and_truth_and_is_not_counted(client_of):
    client = client_of(tailor(rpm=60))
    await client.call()
    counts = json.loads((await client.get("/control/counts")).body)
    assert (counts["schema"], counts["generate"], counts["requests"]) == (1, 1, 1)
    (limit,) = json.loads((await client.get("/control/truth")).body)["limits"]
    assert (limit["kind"], limit["value"], limit["window"]) == ("requests_per_minute", 60, "fixed")
    assert (await client.get("/control/reset")).status == 404


async def test_a_reset_begins_anew_and_calls_under_way_go_on(client_of):
    client = client_of(tailor(rpm=1, latency=5, spread=0))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(client.call)
        await anyio.sleep(1)
        counts = json.loads((await client.get("/control/reset", method="POST")).body)
        assert (counts["generate"], counts["in_flight"], counts["seconds"]) == (0, 0, 0)
        assert (await client.call()).status == 200
    assert client.service.world.counts().admitted == 1


async def test_a_reset_may_make_it_another_service(client_of):
    client = client_of(tailor(rpm=0))
    assert (await client.call()).status == 429
    reset = Request(
        method="POST", target="/control/reset", body=tailor("free", rpm=2).to_json().encode()
    )
    assert (await client.call(reset)).status == 200
    assert [(await client.call()).status for _ in range(3)] == [200, 200, 429]


async def test_a_reset_to_what_is_no_profile_changes_nothing(client_of):
    client = client_of(tailor(rpm=0))
    reply = await client.call(Request(method="POST", target="/control/reset", body=b"{}"))
    assert (reply.status, "not a Profile" in error_of(reply)["message"]) == (400, True)
    assert (await client.call()).status == 429


async def test_who_leaves_before_the_answer_gives_its_place_back(client_of):
    client = client_of(tailor(concurrency=1, latency=5, spread=0))
    with anyio.move_on_after(1):
        await client.call()
    assert client.service.world.counts().in_flight == 0
    assert (await client.call()).status == 200
