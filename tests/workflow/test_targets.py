from __future__ import annotations

import pytest

from stresstune.api.credentials import NO_KEY
from stresstune.config.schema import ApiOptions, Config
from stresstune.emulator import tailor
from stresstune.errors import CredentialsMissing, UsageError
from stresstune.model.workload import Budget, Workload
from stresstune.workflow import targets
from stresstune.workflow.endpoint import Endpoint
from stresstune.workflow.options import TuneOptions


@pytest.fixture(autouse=True)
def without_a_key(monkeypatch) -> None:
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def config(**api: object) -> Config:
    return Config(path="workshop.toml", api=ApiOptions(**api))


async def own_target() -> None: ...


def test_google_needs_a_key_and_an_address_of_one_s_own_does_not(monkeypatch) -> None:
    with pytest.raises(CredentialsMissing):
        targets.check_reachable(TuneOptions(), config())
    targets.check_reachable(TuneOptions(url="http://127.0.0.1:8080"), config())
    targets.check_reachable(TuneOptions(target=own_target), config())
    targets.check_reachable(TuneOptions(simulate="free"), config())
    targets.check_reachable(TuneOptions(), config(url="http://127.0.0.1:8000/edit"))
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:8080")
    targets.check_reachable(TuneOptions(), config())
    with pytest.raises(UsageError, match="http"):
        targets.check_reachable(TuneOptions(url="localhost:8080"), config())


def test_the_model_comes_from_the_option_the_config_or_the_default() -> None:
    assert targets.model_of(TuneOptions(model="a"), config(model="b")) == "a"
    assert targets.model_of(TuneOptions(), config(model="b")) == "b"
    assert targets.model_of(TuneOptions(), config()) == targets.DEFAULT_MODEL
    assert targets.model_of(TuneOptions(target=own_target), config()) == ""
    assert targets.model_of(TuneOptions(url="http://a/b"), config()) == ""


def test_a_person_s_key_is_told_from_none(monkeypatch) -> None:
    assert targets.key_of(TuneOptions(), config()) == ""
    monkeypatch.setenv("GEMINI_API_KEY", "secret")
    assert targets.key_of(TuneOptions(), config()) == "secret"
    assert targets.key_of(TuneOptions(simulate="free"), config()) == ""
    assert targets.key_of(TuneOptions(target=own_target), config()) == ""


def test_the_emulator_never_sees_a_person_s_key(monkeypatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "secret")
    profile = tailor(latency=0.0)
    with targets.target_for(TuneOptions(simulate=profile), config()) as target:
        assert target._key == NO_KEY
        assert "127.0.0.1" in target.name


def test_an_address_is_a_gemini_api_or_any_endpoint_by_its_path() -> None:
    with targets.target_for(TuneOptions(url="http://127.0.0.1:1"), config()) as target:
        assert type(target).__name__ == "Gemini"
    with targets.target_for(TuneOptions(url="http://127.0.0.1:1/edit"), config()) as target:
        assert type(target).__name__ == "HttpTarget"
    with targets.target_for(TuneOptions(target=own_target), config()) as target:
        assert target is own_target


def test_what_is_spent_is_said_with_the_tokens_of_text_and_pictures() -> None:
    told = targets.spending_words(Budget(), TuneOptions(), config(prompt="x" * 400))
    assert told == "at most 1,000 requests, about 100,000 input tokens (100 a request), 180 s"
    capped = targets.spending_words(Budget(max_tokens=5_000), TuneOptions(), config(prompt="x"))
    assert "never more than 5,000 input tokens, 180 s" in capped
    small = targets.spending_words(Budget(max_tokens=300), TuneOptions(), config(prompt="x" * 400))
    assert small == (
        "at most 1,000 requests, never more than 300 input tokens (about 100 a request), 180 s"
    )
    # 2.61 MB are 933 x 933 pixels: 2 x 2 tiles of 258 tokens
    pictures = targets.spending_words(1, TuneOptions(vision=True), config(prompt="x" * 400))
    assert pictures == "at most 1 request, about 1,132 input tokens (1,132 a request)"
    small = Config(
        path="a", api=ApiOptions(prompt="abcd", vision=True), workload=Workload(image_bytes=9)
    )
    assert "(259 a request)" in targets.spending_words(1, TuneOptions(), small)
    assert targets.spending_words(5, TuneOptions(url="http://a/b"), config()) == (
        "at most 5 requests"
    )


@pytest.mark.parametrize(
    "options",
    [
        {"endpoint": Endpoint(method="GE T")},
        {"vision": True},
    ],
)
def test_what_is_secret_in_an_address_is_not_said_when_it_is_refused(options) -> None:
    url = "http://me:hidden-word@h/edit?token=hidden-word"
    with pytest.raises(UsageError) as refused:
        targets.check_reachable(TuneOptions(url=url, **options), config())
    assert "hidden-word" not in str(refused.value)
    assert "/edit" in str(refused.value)
