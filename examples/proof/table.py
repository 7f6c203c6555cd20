"""The outcome as a table, for a README."""

from collections.abc import Sequence

from examples.proof.classroom import Lesson
from examples.proof.run import Outcome, words_of_settings

_HEAD = (
    "| what binds | config | students | killed | sessions lost | failed | wait p50 / p95 | best |\n"
    "|---|---|--:|--:|--:|--:|--:|--:|"
)


def table(outcomes: Sequence[Outcome]) -> str:
    """Return a Markdown table with a row before and a row after for each case."""
    rows = [_HEAD]
    for each in outcomes:
        case = each.case
        rows.append(_row(case.binds, words_of_settings(each.was), each.before, case.students, ""))
        best = f"{each.share:.0%} of {each.best}"
        tuned = f"tuned: {words_of_settings(each.became)}"
        if each.written == "unchanged":
            tuned = "tuned: nothing to change"
        rows.append(_row("", tuned, each.after, case.students, best))
    return "\n".join(rows)


def _row(binds: str, config: str, lesson: Lesson, students: int, best: str) -> str:
    waits = f"{lesson.wait_seconds(0.5):.1f} / {lesson.wait_seconds(0.95):.1f} s"
    return (
        f"| {binds} | {config} | {lesson.seated} of {students} | {lesson.kills} | {lesson.lost} "
        f"| {lesson.failed_ratio:.1%} | {waits} | {best} |"
    )
