"""What another process holds, whose sessions are drawn anew."""

import random
from collections.abc import Callable

import pytest

from stresstune.memory.reckoning.anew import widened
from stresstune.memory.reckoning.fit import Fit
from stresstune.memory.reckoning.forecast import Projection, project
from stresstune.memory.reckoning.steps import Step

MB = 10**6
BASE, GUARD = 12 * MB, 33 * MB
Draw = Callable[[random.Random], float]

KINDS: dict[str, Draw] = {
    "four sizes": lambda draw: draw.choice([3, 6, 12, 48]) * MB,
    "uniform": lambda draw: draw.uniform(1, 8) * MB,
    "twelve in each": lambda draw: sum(draw.uniform(0.06, 1.5) for _ in range(12)) * MB,
    "exponential": lambda draw: draw.expovariate(1) * 0.8 * MB,
}


def held(draw: Draw, room: int, seed: int) -> list[int]:
    """What one process holds after each of its sessions, up to the end of the room."""
    source, totals = random.Random(seed), [BASE]
    while totals[-1] <= room:
        totals.append(round(totals[-1] + draw(source)))
    return totals[:-1]


def predicted(draw: Draw, room: int, seed: int) -> tuple[Projection, Projection]:
    seen = [total for total in held(draw, room, seed) if total <= room - GUARD]
    fit = Fit([Step(n, total) for n, total in enumerate(seen)])
    one = project(fit, room)
    return one, widened(one, fit, room)


@pytest.mark.parametrize("mib", [384, 1024])
@pytest.mark.parametrize("kind", KINDS)
def test_the_interval_holds_where_other_processes_end(kind: str, mib: int):
    """Nineteen in twenty, as it says; what is said of one process alone holds far fewer."""
    draw, room = KINDS[kind], mib * 2**20
    kills = [len(held(draw, room, 1000 + seed)) - 1 for seed in range(200)]
    both = [predicted(draw, room, seed) for seed in range(20)]
    alone, anew = (
        [sum(each.low <= kill <= each.high for kill in kills) / len(kills) for each in of]
        for of in zip(*both, strict=True)
    )
    assert sum(anew) / len(anew) > 0.9
    assert sum(alone) / len(alone) < 0.75
    assert sum(each.sizes_vary for _, each in both) >= 18
    assert all(one.sessions == each.sessions for one, each in both)
    assert all(
        each.bytes_per_session.low <= each.bytes_per_session <= each.bytes_per_session.high
        for _, each in both
    )


def even(sizes_mb: list[float]) -> Fit:
    totals = [BASE + round(sum(sizes_mb[:n]) * MB) for n in range(len(sizes_mb) + 1)]
    return Fit([Step(n, total) for n, total in enumerate(totals)])


@pytest.mark.parametrize(
    "sizes_mb",
    [
        [5.0] * 30,  # equal
        [8, 8, 8, 8, 32] * 8,  # in an order
        [2 + 0.2 * n for n in range(40)],  # growing
        [5.0 + 0.02 * (n % 3) for n in range(40)],  # hardly unequal
    ],
)
def test_what_does_not_come_by_chance_is_as_it_was_seen(sizes_mb: list[float]):
    fit = even(sizes_mb)
    one = project(fit, 600 * MB)
    assert widened(one, fit, 600 * MB) == one


def test_a_room_for_thousands_is_not_played_through():
    source = random.Random(3)
    fit = even([source.uniform(0.1, 0.3) for _ in range(150)])
    seen = widened(project(fit, 1000 * MB), fit, 1000 * MB)
    spread = 0.0577 * (seen.sessions + seen.sessions**2 / 149) ** 0.5 / 0.2
    assert seen.low == pytest.approx(seen.sessions - 2.1 * spread, rel=0.03)
    assert seen.high == pytest.approx(seen.sessions + 2.1 * spread, rel=0.03)


def test_what_is_needed_for_a_moment_rises_with_those_that_are_held():
    """A heap that falls to pieces, and sessions that are a hundredth unequal."""
    source, total, steps = random.Random(5), BASE, [Step(0, BASE)]
    for held in range(1, 120):
        total += round(source.uniform(2.97, 3.03) * MB)
        steps.append(Step(held, total, held * MB))
    fit = Fit(steps)
    assert not fit.is_equal
    assert fit.peaks.rise_bytes == pytest.approx(MB, rel=0.01)
    one = project(fit, 900 * MB)
    assert widened(one, fit, 900 * MB) == one
