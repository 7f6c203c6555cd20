from __future__ import annotations

import errno
import http
import io
import json
import socket
import ssl
import urllib.error
from types import SimpleNamespace

import anyio
import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stresstune.load.outcome import CallFailed, classify, input_tokens

KEY = "AIzaSyD-fake_key-1234567890"
BODY = {
    "error": {
        "code": 429,
        "message": f"No more for {KEY}",
        "status": "RESOURCE_EXHAUSTED",
        "details": [{"violations": [{"quotaId": "RequestsPerMinute", "quotaValue": "15"}]}],
    }
}


class Odd(Exception):
    """Carries whatever it is given."""

    def __init__(self, text: str = "", **carried: object) -> None:
        super().__init__(text)
        self.__dict__.update(carried)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (400, "ignored"),
        (401, "ignored"),
        (403, "ignored"),
        (404, "ignored"),
        (405, "failed"),
        (408, "timed_out"),
        (429, "rejected"),
        (500, "failed"),
        (502, "failed"),
        (503, "overloaded"),
        (504, "timed_out"),
        (529, "overloaded"),
        (200, "failed"),
    ],
)
def test_a_status_says_how_the_call_ended(status, outcome):
    classified = classify(Odd(status_code=status))
    assert (classified.outcome, classified.status_code) == (outcome, status)
    assert classified.terminal == (outcome == "ignored")
    assert (
        classified.label == f"{status} {http.HTTPStatus(status).phrase if status != 529 else 'Odd'}"
    )


@pytest.mark.parametrize(
    "carried",
    [
        {"code": 429},
        {"code": "429"},
        {"code": http.HTTPStatus.TOO_MANY_REQUESTS},
        {"code": lambda: 429},
        {"code": lambda: SimpleNamespace(name="RESOURCE_EXHAUSTED", value=(8, "x"))},
        {"code": "RESOURCE_EXHAUSTED"},
        {"code": "rate_limit_exceeded", "status_code": 429},
        {"code": 8, "status_code": 429},
        {"code": True, "status_code": 429},
        {"status_code": 429},
        {"status": 429},
        {"response": SimpleNamespace(status_code=429)},
        {"response": SimpleNamespace(status=429)},
    ],
)
def test_the_code_is_found_wherever_it_is_carried(carried):
    assert classify(Odd(**carried)).status_code == 429


def test_a_method_that_fails_or_wants_arguments_is_no_code():
    assert classify(Odd(code=lambda argument: 429, status_code=503)).outcome == "overloaded"


def test_a_code_that_would_have_to_be_awaited_is_none():
    async def code() -> int:
        raise AssertionError

    assert classify(Odd(code=code, status_code=503)).outcome == "overloaded"


def test_a_property_that_raises_is_no_code():
    class Nasty(Exception):
        @property
        def code(self) -> int:
            raise RuntimeError("no")

        def __str__(self) -> str:
            raise RuntimeError("no text either")

    assert classify(Nasty()).label == "Nasty"

    class NastyToo(Nasty):
        status_code = 429

    assert classify(NastyToo()).quotas == ()


@pytest.mark.parametrize(
    "carried",
    [
        {"details": BODY},
        {"details": [BODY]},
        {"body": BODY["error"]},
        {"response_json": BODY},
        {"response": SimpleNamespace(status_code=429, text=json.dumps(BODY))},
        {"message": json.dumps(BODY)},
    ],
)
def test_the_body_is_read_wherever_it_is_carried(carried):
    carried.setdefault("code", 429)
    classified = classify(Odd(**carried))
    assert [(q.quota, q.window_seconds, q.value) for q in classified.quotas] == [
        ("requests", 60, 15)
    ]
    assert "fake" not in repr(classified)


def test_the_text_of_the_error_is_read_for_quotas_and_dropped():
    classified = classify(Odd(f"{KEY} Quota exceeded for metric: a/requests, limit: 0", code=429))
    assert classified.quotas[0].value == 0
    assert classified.terminal
    assert "fake" not in repr(classified)


def test_a_coroutine_method_for_the_text_is_left_alone():
    async def text() -> str:
        raise AssertionError

    assert classify(Odd(response=SimpleNamespace(status=429, text=text))).quotas == ()


def test_quotas_are_read_from_429s_only():
    assert classify(Odd(code=503, details=BODY)).quotas == ()


@pytest.mark.parametrize(
    ("carried", "label"),
    [
        ({"code": 429, "status": "RESOURCE_EXHAUSTED"}, "429 RESOURCE_EXHAUSTED"),
        ({"code": 429, "details": BODY}, "429 RESOURCE_EXHAUSTED"),
        ({"code": 429, "details": [BODY]}, "429 RESOURCE_EXHAUSTED"),
        ({"code": 429, "details": BODY["error"]}, "429 RESOURCE_EXHAUSTED"),
        ({"code": 429, "status": "Too Many Requests"}, "429 Too Many Requests"),
        ({"code": 429, "status": KEY}, "429 Too Many Requests"),
        ({"code": 429, "status": KEY.upper()}, "429 Too Many Requests"),
        ({"code": 529, "status": "Overloaded"}, "529 Odd"),
    ],
)
def test_a_label_is_made_of_code_and_a_known_word(carried, label):
    assert classify(Odd(KEY, **carried)).label == label


class SDKTimeout(Exception):
    pass


ReadTimeout = type("ReadTimeout", (type("TimeoutException", (Exception,), {}),), {})
Connector = type("Connector", (type("ClientConnectionError", (OSError,), {}),), {})
ServerDisconnected = type(
    "ServerDisconnected", (type("ClientConnectionError", (Exception,), {}),), {}
)


@pytest.mark.parametrize(
    ("error", "outcome", "label"),
    [
        (TimeoutError(), "timed_out", "TimeoutError"),
        (trio.TooSlowError(), "timed_out", "TooSlowError"),
        (ReadTimeout(), "timed_out", "ReadTimeout"),
        (
            ConnectionRefusedError(errno.ECONNREFUSED, "no"),
            "unreachable",
            "ConnectionRefusedError ECONNREFUSED",
        ),
        (ConnectionResetError(), "unreachable", "ConnectionResetError"),
        (BrokenPipeError(), "unreachable", "BrokenPipeError"),
        (ServerDisconnected(), "unreachable", "ServerDisconnected"),
        (socket.gaierror(-2, "unknown"), "unreachable", "gaierror"),
        (ssl.SSLError("handshake"), "unreachable", "SSLError"),
        (OSError(errno.ENETUNREACH, "no"), "unreachable", "OSError ENETUNREACH"),
        (anyio.BrokenResourceError(), "unreachable", "BrokenResourceError"),
        (urllib.error.URLError("no"), "unreachable", "URLError"),
        (OSError(errno.EMFILE, "too many"), "failed", "OSError EMFILE"),
        (Connector(errno.EMFILE, "too many"), "failed", "Connector EMFILE"),
        (Connector(errno.ECONNREFUSED, "no"), "unreachable", "Connector ECONNREFUSED"),
        (json.JSONDecodeError("no", "{", 1), "failed", "JSONDecodeError"),
        (ValueError(KEY), "failed", "ValueError"),
    ],
)
def test_an_error_without_a_code_is_told_by_its_type(error, outcome, label):
    classified = classify(error)
    assert (classified.outcome, classified.label, classified.status_code) == (outcome, label, None)
    assert not classified.terminal


def test_the_standard_library_carries_its_code_too():
    error = urllib.error.HTTPError("http://x", 429, "Too Many Requests", {}, io.BytesIO())
    assert classify(error).label == "429 Too Many Requests"
    error.close()


async def _deadline_of_anyio():
    with anyio.fail_after(0.001):
        await anyio.sleep(1)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_real_deadline_is_a_timeout(backend):
    with pytest.raises(TimeoutError) as caught:
        anyio.run(_deadline_of_anyio, backend=backend)
    assert classify(caught.value).outcome == "timed_out"


def test_a_group_of_one_is_opened_and_a_wrapper_is_looked_behind():
    inner = Odd(code=429)
    assert classify(ExceptionGroup("g", [ExceptionGroup("h", [inner])])).outcome == "rejected"
    wrapper = RuntimeError("wrapped")
    wrapper.__cause__ = inner
    assert classify(wrapper).outcome == "rejected"
    late = RuntimeError("wrapped")
    late.__cause__ = TimeoutError()
    assert classify(late).outcome == "timed_out"


def test_a_group_of_several_is_a_failure_of_its_own():
    assert classify(ExceptionGroup("g", [TimeoutError(), ValueError()])).label == "ExceptionGroup"


def test_the_400_of_a_parser_that_could_not_read_the_answer_is_no_status():
    parser = type("BadHttpMessage", (type("HttpProcessingError", (Exception,), {"code": 400}),), {})
    error = Odd(status=400)
    error.__cause__ = parser()
    assert classify(error).label == "Odd"
    assert classify(error).outcome == "failed"
    assert not classify(error).terminal


def test_the_outermost_error_that_tells_something_counts():
    error = TimeoutError()
    error.__cause__ = Odd(code=429)
    assert classify(error).outcome == "timed_out"


def test_what_the_targets_raise_is_read_back_as_it_is():
    failed = CallFailed(classify(Odd(code=429, details=BODY)))
    assert classify(failed) is failed.classified
    assert failed.status_code == 429
    assert str(failed) == "429 RESOURCE_EXHAUSTED"


def test_a_circle_of_causes_ends():
    first, second = ValueError(), ValueError()
    first.__cause__, second.__cause__ = second, first
    assert classify(first).outcome == "failed"


WORDS = st.text("aE_{}4 29", max_size=8)
CARRIED = st.dictionaries(
    st.sampled_from(["code", "status", "details", "response", "message"]),
    st.none() | st.integers() | WORDS | st.lists(st.integers()) | st.dictionaries(WORDS, WORDS),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CARRIED)
def test_whatever_is_carried_gives_an_outcome(carried):
    assert classify(Odd(**carried)).label


@pytest.mark.parametrize(
    "returned",
    [
        SimpleNamespace(usage_metadata=SimpleNamespace(prompt_token_count=258)),
        {"usageMetadata": {"promptTokenCount": 258}},
        {"usage_metadata": {"prompt_token_count": 258}},
        SimpleNamespace(usage_metadata={"promptTokenCount": 258}),
    ],
)
def test_input_tokens_are_read_from_attributes_and_keys(returned):
    assert input_tokens(returned) == 258


@pytest.mark.parametrize(
    "returned",
    [
        None,
        "text",
        {},
        {"usageMetadata": None},
        {"usageMetadata": {"promptTokenCount": "258"}},
        {"usageMetadata": {"promptTokenCount": True}},
        {"usageMetadata": {"promptTokenCount": -1}},
        SimpleNamespace(usage_metadata=None),
    ],
)
def test_input_tokens_that_were_not_said_are_unknown(returned):
    assert input_tokens(returned) is None
