import os
import queue
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from stresstune.memory.child import inside, tie
from stresstune.memory.child.inside import UnusableError, load, loader


@pytest.mark.skipif(not hasattr(tie.libc, "mallinfo2"), reason="glibc 2.33 or later tells")
def test_what_the_allocator_has_free_is_told():
    kept = [bytes(100_000) for _ in range(300)]
    before = inside.free_bytes()
    del kept[::2]
    assert inside.free_bytes() - before > 10_000_000


@pytest.mark.skipif(not hasattr(tie.libc, "mallinfo2"), reason="glibc 2.33 or later tells")
def test_what_is_in_heaps_is_told_from_what_is_mapped_alone():
    # In a process of its own, whose heaps have nothing free from what was there before.
    code = """
from stresstune.memory.child import inside
before = inside.heaps_bytes()
mapped = bytes(64 * 2**20)  # above the largest threshold of glibc's
print(inside.heaps_bytes() - before)
small = [bytes(100_000) for _ in range(300)]
print(inside.heaps_bytes() - before)
"""
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert int(said[0]) < 1_000_000
    assert int(said[1]) > 20_000_000


def test_an_allocator_that_has_hardly_anything_serves_somebody_else(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(inside, "_mallinfo", lambda: inside._Mallinfo(arena=132 * 1024))
    assert inside.heaps_bytes() == -1


def test_a_factory_is_loaded_by_its_path(factories: Path):
    assert loader(["factory", "session_kinds:nothing"])() is None
    assert load("session_kinds:Factories.method") is not None


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("no_such_module:f", "no module 'no_such_module'"),
        ("session_kinds.sub:f", "no module 'session_kinds.sub'"),
        ("session_kinds:absent.deep", "no 'absent.deep'"),
        ("session_kinds:not_callable", "is 3, not a function"),
    ],
)
@pytest.mark.usefixtures("factories")
def test_a_factory_that_is_not_there_is_told_from_one_that_fails(target: str, message: str):
    with pytest.raises(UnusableError, match=message):
        load(target)


@pytest.mark.usefixtures("factories")
def test_a_module_that_lacks_a_dependency_raises_as_it_is(factories: Path):
    (factories / "lacks_dependency.py").write_text("import no_such_dependency\n")
    try:
        with pytest.raises(ModuleNotFoundError, match="no_such_dependency"):
            load("lacks_dependency:f")
    finally:
        (factories / "lacks_dependency.py").unlink()


def test_the_end_of_the_commands_ends_the_process_after_tidying_up(
    monkeypatch: pytest.MonkeyPatch,
):
    ended: queue.SimpleQueue[object] = queue.SimpleQueue()
    monkeypatch.setattr(inside.os, "_exit", ended.put)
    reading, writing = os.pipe()
    tied = tie.Tie(os.getppid(), at_once=False)
    lines = inside.listen(reading, tied, at_the_end=lambda: ended.put("tidied"))
    os.write(writing, b"open 1 1\n")
    assert lines.get(timeout=5) == "open 1 1"
    os.close(writing)
    assert [ended.get(timeout=5), ended.get(timeout=5)] == ["tidied", 0]


def test_an_answer_is_one_line():
    reading, writing = os.pipe()
    inside.say(writing, "ready 1000")
    assert os.read(reading, 100) == b"ready 1000\n"
    os.close(reading)
    os.close(writing)


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe without a reader")
def test_an_answer_to_nobody_ends_nothing_while_others_are_being_ended():
    code = """
import os, signal, threading
from stresstune.memory.child import inside
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
reading, writing = os.pipe()
os.close(reading)
threading.Timer(0.3, lambda: os._exit(7)).start()
inside.say(writing, "opened")
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 7


def test_a_score_that_cannot_be_raised_is_told_as_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(inside, "_SCORE", Path("/no/such/file"))
    assert inside.volunteer() == 0


class Wired:
    """`inside.main` in a thread of this process, with what would touch the process recorded."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
        self.calls: list[object] = []
        commands, self._writing = os.pipe()
        self._reading, answers = os.pipe()
        monkeypatch.setattr(inside, "volunteer", lambda: 1000)
        monkeypatch.setattr(inside, "take_over_pipes", lambda: (commands, answers))
        monkeypatch.setattr(tie, "prctl", lambda *words: self.calls.append(words))
        monkeypatch.setattr(tie, "_has_children", lambda: False)
        monkeypatch.setattr(inside.signal, "signal", lambda *_: None)
        monkeypatch.setattr(inside.os, "_exit", self.calls.append)
        monkeypatch.setattr(inside.os, "register_at_fork", lambda **_: None)
        arguments = [str(os.getppid()), *words]
        self.thread = threading.Thread(target=inside.main, args=(arguments,), daemon=True)
        self.thread.start()

    def ask(self, line: str) -> None:
        os.write(self._writing, line.encode())

    def answer(self) -> str:
        return os.read(self._reading, 1000).decode().strip()


def test_the_program_opens_what_it_is_asked_for(monkeypatch: pytest.MonkeyPatch):
    wired = Wired(monkeypatch, "simulated", "encoded", "2", "500")
    assert wired.answer() == "ready 1000"
    wired.ask("open 2 1\n")
    assert wired.answer().rpartition(" ")[0] == "opened 2000 0 0 1"
    assert wired.calls == [(36, 1), (1, 9)]


def test_a_source_that_cannot_be_loaded_is_told(monkeypatch: pytest.MonkeyPatch):
    wired = Wired(monkeypatch, "factory", "no_such_module:f")
    answer = wired.answer()
    assert answer.startswith("unusable there is no module 'no_such_module' ")
    assert answer.endswith("or name that folder in PYTHONPATH")
    wired.thread.join(timeout=5)


@pytest.mark.usefixtures("factories")
def test_a_source_that_fails_as_it_is_loaded_is_told(monkeypatch: pytest.MonkeyPatch):
    wired = Wired(monkeypatch, "simulated", "imagined", "1", "1")
    assert wired.answer().startswith("raised 0 ValueError: 'imagined' is no kind of picture")


def test_a_parent_that_is_gone_already_ends_the_program(monkeypatch: pytest.MonkeyPatch):
    calls: list[object] = []
    monkeypatch.setattr(tie, "prctl", lambda *words: calls.append(words))
    monkeypatch.setattr(inside.signal, "signal", lambda *_: None)
    monkeypatch.setattr(inside.os, "_exit", calls.append)
    monkeypatch.setattr(inside.os, "register_at_fork", lambda **_: None)
    inside.outlive_nobody(1 + os.getppid())
    assert calls == [(36, 1), 0]
    monkeypatch.setattr(inside.sys, "platform", "darwin")
    inside.outlive_nobody(os.getppid())
    assert len(calls) == 2
