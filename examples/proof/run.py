"""One case from its beginning to its end."""

from examples.proof.bench import Bench, bench
from examples.proof.case import Case
from examples.proof.outcome import Knobs, Outcome, Seen
from examples.proof.tuning import Say
from stresstune import Workload

_SEARCH_SHARE = 0.25
"""Length of a class in the search, in lessons: a shorter one is easier to hold, so that the best
setting is rather taken for better than it is."""


def run(case: Case, say: Say) -> Outcome:
    """Let the class work before and after tuning."""
    with bench(case) as made:
        say(f"{case.name}: {case.students} students on the untuned config ({made.cell.what})")
        was, before = made.knobs(), made.lesson()
        say(f"  {before.words}")
        binding, written = made.tune(say)
        became = made.knobs()
        say(f"  tuned: {written}, {binding or 'nothing'} binds; {became.words}")
        after = made.lesson()
        say(f"  {after.words}")
        best = find_best(made, became, after, say)
    return Outcome(
        case=case.name,
        binds=case.binds,
        students=case.students,
        limit=made.cell.what,
        was=was,
        before=before,
        became=became,
        after=after,
        binding=binding,
        written=written,
        best=best,
        headroom_ratio=case.headroom_ratio if binding == "memory" else None,
    )


def find_best(made: Bench, tuned: Knobs, after: Seen, say: Say) -> int:
    """Search over settings for the most students that any of them carries, by trying.

    For each number of seats the pause as it was tuned is tried, and then the longest that is
    allowed: no pause between them can do what neither of them does. More than the whole class
    cannot be carried, so a class that is all there needs no search.
    """
    longest = Knobs(seats=0, slow_mode_seconds=Workload().max_slow_mode_delay_seconds)
    low, high = after.seated if after.holds else 0, made.case.students + 1
    while high - low > 1:
        seats = (low + high) // 2
        pauses = (tuned.slow_mode_seconds, longest.slow_mode_seconds)
        held = any(_held(made, Knobs(seats=seats, slow_mode_seconds=one), say) for one in pauses)
        low, high = (seats, high) if held else (low, seats)
    return low


def _held(made: Bench, knobs: Knobs, say: Say) -> bool:
    found = made.lesson(knobs, seconds=made.case.seconds * _SEARCH_SHARE)
    say(f"  tried {knobs.words}: {'held' if found.holds else found.words}")
    return found.holds
