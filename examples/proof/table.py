"""The outcome as a table, and its place in the README."""

from collections.abc import Sequence
from pathlib import Path

from examples.proof.outcome import Outcome, Seen

BEGIN, END = "<!-- proof: begin -->", "<!-- proof: end -->"

_HEAD = (
    "| what is short | config | students | killed | sessions lost | failed requests "
    "| wait p50 / p95 | of the best setting |\n"
    "|---|---|--:|--:|--:|--:|--:|--:|"
)


def table(outcomes: Sequence[Outcome]) -> str:
    """Return a Markdown table with a row before and a row after for each case."""
    rows = [_HEAD]
    for each in outcomes:
        untuned, tuned = config_words(each)
        rows.append(_row(each.binds, untuned, each.before, each.students, ""))
        best = f"{100 * each.share:.0f} % of {each.best}"
        rows.append(_row("", f"**{tuned}**", each.after, each.students, best))
    others = sorted({each.limit for each in outcomes if not each.limit.startswith("cgroup")})
    rows += [f"\nThe limit on memory was {limit}." for limit in others]
    return "\n".join(rows)


def config_words(outcome: Outcome) -> tuple[str, str]:
    """Return what the config says before tuning and after, in a few words."""
    tuned = outcome.became.words if outcome.written != "unchanged" else "nothing to change"
    if outcome.headroom_ratio is not None:
        tuned += f", headroom {100 * outcome.headroom_ratio:g} %"
    return f"untuned: {outcome.was.words}", f"tuned: {tuned}"


def write_between_markers(text: str, path: Path) -> None:
    """Put a text between the markers of a file, in place of what stands there.

    Raises:
        ValueError: The file has not exactly one such place.
    """
    before, begin, rest = path.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in after or END in after:
        raise ValueError(f"{path} must have {BEGIN} and {END} once, in this order")
    path.write_text(f"{before}{begin}\n{text}\n{end}{after}")


def _row(binds: str, config: str, seen: Seen, students: int, best: str) -> str:
    waits = f"{seen.wait_p50_seconds:.1f} / {seen.wait_p95_seconds:.1f} s"
    waits = waits if seen.wait_p50_seconds else "no caption"
    return (
        f"| {binds} | {config} | {seen.seated} of {students} | {seen.kills} | {seen.lost} "
        f"| {100 * seen.failed_ratio:.1f} % of {seen.requests:,} | {waits} | {best} |"
    )
