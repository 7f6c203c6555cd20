from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from stresstune.cli import exits
from stresstune.emulator import running_emulator, tailor

BURST = ("--test", "burst", "--concurrent", "2", "--json")


class Recorder(ThreadingHTTPServer):
    """Answers 201 "saved" to everything, and keeps what it was sent."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/edit"


class Handler(BaseHTTPRequestHandler):
    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.requests.append((self.command, dict(self.headers), body))
        self.send_response(201)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"saved")

    do_GET = do_POST = do_PUT = answer  # noqa: N815 - the names that http.server asks for

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def app() -> Iterator[Recorder]:
    with Recorder() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_an_endpoint_gets_the_method_the_headers_and_the_body(run, app) -> None:
    sent = ("--method", "put", "--header", "X-Token: a:b", "--body", '{"prompt": "sharper"}')
    said = run("probe", "api", "--url", app.url, *sent, *BURST)
    assert said.document["successful"] == 2
    method, headers, body = app.requests[0]
    assert (method, headers["X-Token"], body) == ("PUT", "a:b", b'{"prompt": "sharper"}')
    assert headers["Content-Type"] == "application/json"
    assert "a:b" not in said.out + said.err


def test_an_endpoint_gets_a_file_as_a_form_does(run, app) -> None:
    Path("cat.png").write_bytes(b"not really a picture")
    said = run("probe", "api", "--url", app.url, "--file", "photo=cat.png", *BURST)
    assert said.document["successful"] == 2
    method, headers, body = app.requests[0]
    assert (method, headers["Content-Type"][:19]) == ("POST", "multipart/form-data")
    assert b'name="photo"; filename="cat.png"' in body
    assert b"not really a picture" in body


def test_a_body_may_stand_in_a_file(run, app) -> None:
    Path("body.bin").write_bytes(b"\x00\xff")
    run("probe", "api", "--url", app.url, "--body-file", "body.bin", *BURST)
    assert app.requests[0][2] == b"\x00\xff"
    assert "application/json" not in app.requests[0][1].values()


@pytest.mark.parametrize(
    ("expected", "successful"), [("201", 2), ("200", 0), ("saved", 2), ("x", 0)]
)
def test_success_is_a_status_or_a_text(run, app, expected: str, successful: int) -> None:
    said = run("probe", "api", "--url", app.url, "--expect", expected, *BURST)
    assert said.document["successful"] == successful


def tokens_of(run, *arguments: str) -> tuple[int, str]:
    with running_emulator(tailor(latency=0.01, spread=0.0)) as emulator:
        said = run("probe", "api", "--url", emulator.base_url, *arguments, *BURST)
        assert said.document["successful"] == 2
        return emulator.counts().input_tokens // 2, said.err


def test_gemini_is_asked_what_the_app_asks(run) -> None:
    short, _ = tokens_of(run, "--prompt", "abcd", "--stream")
    long, told = tokens_of(run, "--prompt", "abcd " * 400)
    assert long > 100 * short
    assert "about 1,000 input tokens (500 a request)" in told


def test_the_prompt_may_stand_in_a_file_of_the_option_or_of_the_config(run, config) -> None:
    Path("prompt.txt").write_text("abcd" * 400)
    _, told = tokens_of(run, "--prompt-file", "prompt.txt")
    assert "(400 a request)" in told
    config.write_text(
        config.read_text() + '[stresstune.api]\nprompt_file = "prompt.txt"\nstream = true\n'
    )
    _, told = tokens_of(run)
    assert "(400 a request)" in told
    _, told = tokens_of(run, "--prompt", "abcd")
    assert "(1 a request)" in told


def test_pictures_have_the_workload_s_size(run, config) -> None:
    _, told = tokens_of(run, "--vision", "--prompt", "abcd")
    assert "(259 a request)" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--prompt", "a", "--prompt-file", "b"], "--prompt and --prompt-file"),
        (["--prompt-file", "missing.txt"], "missing.txt"),
        (["--url", "http://a/b", "--body", "a", "--body-file", "b"], "--body and --body-file"),
        (["--url", "http://a/b", "--body-file", "missing.bin"], "missing.bin"),
        (["--url", "http://a/b", "--body", "a", "--file", "b=c"], "one body"),
        (["--url", "http://a/b", "--file", "photo=missing.png"], "missing.png"),
        (["--url", "http://a/b", "--header", "no colon"], "NAME:VALUE"),
        (["--url", "http://a/b", "--vision"], "http://a/b is an HTTP endpoint"),
        (["--simulate", "--method", "PUT"], "give --url an address with a path"),
        (["--url", "http://127.0.0.1:1", "--expect", "200"], "give --url an address with a path"),
    ],
)
def test_what_cannot_be_sent_exits_2(run, arguments: list[str], words: str) -> None:
    said = run("probe", "api", *arguments)
    assert said.code == exits.USAGE
    assert words in said.err


def test_a_config_with_two_prompts_is_refused(run, config) -> None:
    config.write_text(config.read_text() + '[stresstune.api]\nprompt = "a"\nprompt_file = "b"\n')
    said = run("apply", "--simulate")
    assert said.code == exits.USAGE
    assert "exclude each other" in said.err


@pytest.mark.parametrize("option", ["--url", "--model", "--prompt"])
def test_an_option_whose_variable_is_unset_measures_nothing_else_instead(run, option) -> None:
    ended = run("probe", "api", option, "")
    assert ended.code == exits.USAGE
    assert f"Invalid value for '{option}': it is empty" in ended.err
