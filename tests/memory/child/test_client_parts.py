"""The parts of the client program, in this process; the whole of it is in test_client.py."""

import asyncio
import queue
import socket
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from stresstune.memory.child import client, inside
from stresstune.memory.readings.sample import is_running

MB = 10**6
SERVER = Path(__file__).parents[1] / "factories/small_app.py"


@pytest.fixture(autouse=True)
def _end_what_was_started(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: object, **more: object) -> subprocess.Popen[bytes]:
        more.pop("preexec_fn", None)
        started.append(subprocess.Popen(*arguments, **more))
        return started[-1]

    seen = SimpleNamespace(**{**vars(subprocess), "Popen": start})
    monkeypatch.setattr(client, "subprocess", seen)
    yield
    for process in started:
        process.kill()
        process.wait()


def open_some(open_session: object, count: int = 3, held: list[object] | None = None) -> str:
    kept = [] if held is None else held
    return asyncio.run(client._open(open_session, "http://app", kept, count, 2))


def test_sessions_are_opened_so_many_at_a_time_and_kept():
    under_way = most = 0

    async def open_session(base_url: str) -> str:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return base_url

    held: list[object] = []
    assert open_some(open_session, 5, held).startswith("opened 0 0 0.0")
    assert held == ["http://app"] * 5
    assert most == 2


def test_a_refusal_is_told_with_how_many_came_in():
    numbers = iter(range(9))

    async def open_session(_: str) -> int:
        number = next(numbers)
        if number == 1:
            raise ConnectionResetError("gone")
        return number

    assert open_some(open_session) == "raised 2 unreachable ConnectionResetError: gone"


@pytest.mark.parametrize(
    ("carried", "word"),
    [
        ({"status": 503}, "overloaded"),
        ({"status_code": 429}, "rejected"),
        ({"code": 529}, "overloaded"),
        ({"response": SimpleNamespace(status_code=504)}, "timed_out"),
        ({"status": 418}, "failed"),
        ({"status": "full"}, "failed"),
    ],
)
def test_a_status_is_put_into_words(carried: dict[str, object], word: str):
    error = Exception()
    for name, value in carried.items():
        setattr(error, name, value)
    assert client._word(error) == word


def test_the_port_is_in_the_command_and_in_the_environment():
    url = client._start([sys.executable, str(SERVER), "{port}"], "/any?thing=1", 20).base_url
    assert url.startswith("http://127.0.0.1:")
    assert client._ask(url.removeprefix("http://"), "/") == ""


def test_how_an_app_ended_is_told_and_not_how_one_did_that_left_its_server_running():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        place = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with subprocess.Popen(["sleep", "9"]) as sleeping:
        app = client._App(sleeping, place)
        assert app.ended() == ""
        sleeping.kill()
        assert app.ended() == "killed the app ended with signal 9"
    with subprocess.Popen(["false"]) as failing:
        assert client._App(failing, place).ended() == "ended the app ended with exit status 1"
        server = client._start([sys.executable, str(SERVER), "{port}"], "/", 20)
        assert client._App(failing, server.base_url).ended() == ""


def test_an_app_that_ends_or_never_answers_is_told():
    with pytest.raises(RuntimeError, match="exit status 3"):
        client._start([sys.executable, "-c", "import sys; sys.exit(3)"], "/", 20)
    with pytest.raises(TimeoutError, match=r"at /up within 0\.01 s: nobody listens on .*:9$"):
        client._start(["sleep", "9"], "http://127.0.0.1:9/up", 0.01)
    with pytest.raises(inside.UnusableError, match="could not be started"):
        client._start(["/no/such/program"], "/", 1)


def test_what_an_app_answers_that_is_not_ready_is_told():
    command = [sys.executable, str(SERVER), "{port}"]
    with pytest.raises(TimeoutError, match=r"at /up within 3 s: 127.0.0.1:\d+ answered 503 there$"):
        client._start([*command, "--ready-after", "9"], "/up", 3)


def test_a_command_that_may_not_know_its_port_is_told_of():
    with pytest.raises(TimeoutError, match=r"the command has no \{port\}"):
        client._start(["sleep", "9"], "/up", 0.01)


def test_what_listens_already_is_not_taken_for_the_app(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client, "_REQUEST_SECONDS", 0.1)
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        place = f"127.0.0.1:{stranger.getsockname()[1]}"
        assert client._ask(place, "/").startswith(f"{place} gave no answer")
        with pytest.raises(inside.UnusableError, match=f"{place} is taken"):
            client._start(["sleep", "9"], f"http://{place}/", 1)


def test_descendants_are_ended():
    code = (
        "import subprocess as s; p = s.Popen(['sleep', '60']); print(p.pid, flush=True); p.wait()"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    grandchild = int(parent.stdout.readline())
    client._end_descendants(parent.pid)
    parent.communicate(timeout=5)
    assert not is_running(grandchild)


class _Enough(Exception):
    pass


def run_main(monkeypatch: pytest.MonkeyPatch, target: str, *command: str) -> list[str]:
    """Run the program until it has answered one request, and return what it said."""
    said: list[str] = []
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    lines.put("open 1 1\n")

    def say(_: int, line: str) -> None:
        said.append(line)
        if line.startswith("opened"):
            raise _Enough

    monkeypatch.setattr(inside, "volunteer", lambda: 1000)
    monkeypatch.setattr(inside, "take_over_pipes", lambda: (0, 1))
    monkeypatch.setattr(inside, "outlive_nobody", lambda *_, **__: None)
    monkeypatch.setattr(inside, "listen", lambda *_, **__: lines)
    monkeypatch.setattr(inside, "say", say)
    try:
        client.main(["1", target, "/", "20", *command])
    except _Enough:
        said.append("enough")
    return said


@pytest.mark.usefixtures("factories")
def test_the_program_starts_the_app_and_opens_its_sessions(monkeypatch: pytest.MonkeyPatch):
    said = run_main(monkeypatch, "small_app:open_session", sys.executable, str(SERVER), "{port}")
    assert said[0] == "ready 1000"
    assert said[1].startswith("opened 0 0 ")
    assert said[2] == "enough"


@pytest.mark.usefixtures("factories")
def test_the_program_says_why_it_cannot(monkeypatch: pytest.MonkeyPatch):
    assert run_main(monkeypatch, "small_app:serve", "sleep", "9") == [
        "unusable 'small_app:serve' is not an async function"
    ]
    failing = run_main(monkeypatch, "small_app:open_session", "false")
    assert failing[0].startswith("raised 0 RuntimeError: the app ended with exit status 1")


def test_an_app_that_answers_while_its_other_processes_start_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
):
    sizes = iter([20 * MB, 20 * MB, 35 * MB, 60 * MB, *[61 * MB] * 9])
    slept: list[float] = []
    monkeypatch.setattr(client.sample, "quick_tree_bytes", lambda *_, **__: next(sizes))
    monkeypatch.setattr(client, "time", SimpleNamespace(monotonic=lambda: 0.0, sleep=slept.append))
    client._wait_until_still()
    assert len(slept) == 9
    assert len(list(sizes)) == 4


def test_an_app_that_never_comes_to_rest_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
):
    grows, clock = count(0, 10**6), count(0.0, 0.5)
    monkeypatch.setattr(client.sample, "quick_tree_bytes", lambda *_, **__: next(grows))
    monkeypatch.setattr(
        client, "time", SimpleNamespace(monotonic=lambda: next(clock), sleep=lambda _: None)
    )
    client._wait_until_still()
    assert next(clock) == pytest.approx(client._SETTLING_SECONDS, abs=1.1)
