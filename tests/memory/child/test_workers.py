from dataclasses import dataclass, field

import pytest

from stresstune.memory.child import workers
from stresstune.memory.child.workers import Visits, Workers

MB = 10**6
CLIENT, SUPERVISOR, FIRST, SECOND, THIRD, HELPER = range(6)


@dataclass
class Processes:
    """An app as gunicorn starts it, beside which a helper runs."""

    sizes: dict[int, int] = field(
        default_factory=lambda: dict.fromkeys(range(SUPERVISOR, HELPER + 1), 20 * MB)
    )
    names: dict[int, str] = field(default_factory=lambda: {HELPER: "redis-server"})

    def descendants(self, pid: int) -> tuple[int, ...]:
        below = {CLIENT: self.sizes, SUPERVISOR: (FIRST, SECOND, THIRD)}.get(pid, ())
        return tuple(each for each in below if each in self.sizes)

    def quick_bytes(self, pid: int) -> int:
        return self.sizes[pid]

    def command_line(self, pid: int) -> str:
        return self.names.get(pid, "gunicorn app:app")


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Processes:
    processes = Processes()
    monkeypatch.setattr(workers, "sample", processes)
    return processes


def test_who_holds_a_session_was_visited_and_who_is_like_it_is_awaited(app: Processes):
    seen = Workers()
    assert seen.lost(CLIENT) == ""
    assert seen.visits == Visits(0, 0)
    app.sizes[SECOND] += 5 * MB
    assert seen.lost(CLIENT) == ""
    assert seen.visits == Visits(1, 2), "neither the supervisor nor the helper is awaited"
    app.sizes[FIRST] += 5 * MB
    app.sizes[THIRD] += 5 * MB
    assert seen.lost(CLIENT) == ""
    assert seen.visits == Visits(3, 0)


def test_workers_that_are_numbered_are_of_one_kind(app: Processes):
    app.names |= {each: f"python -c spawn_main(pipe={each})" for each in (FIRST, SECOND)}
    seen = Workers()
    seen.lost(CLIENT)
    app.sizes[FIRST] += MB
    seen.lost(CLIENT)
    assert seen.visits == Visits(1, 1)


def test_a_server_of_one_process_awaits_nobody(app: Processes):
    app.sizes = {SUPERVISOR: 20 * MB}
    seen = Workers()
    seen.lost(CLIENT)
    app.sizes[SUPERVISOR] += MB
    seen.lost(CLIENT)
    assert seen.visits == Visits(1, 0)


def test_one_that_ends_takes_its_sessions_with_it_and_a_helper_takes_nothing(app: Processes):
    seen = Workers()
    seen.lost(CLIENT)
    app.sizes[FIRST] += MB
    seen.lost(CLIENT)
    del app.sizes[HELPER]
    assert seen.lost(CLIENT) == ""
    del app.sizes[FIRST]
    assert seen.lost(CLIENT).startswith(f"process {FIRST} of the app ended")
