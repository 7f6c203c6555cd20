"""A check as GitHub Actions shows it."""

from __future__ import annotations

from pathlib import Path

from stresstune.config.github import annotate, summary
from stresstune.model.fingerprint import Check

DRIFTED = Check(
    status="drifted",
    ok=False,
    findings=(
        "slow_mode.default is false, and slow mode was found necessary",
        "memory ends at 1.00 GB here\n(50 % less)",
    ),
    values={"MAX_CONCURRENT_SESSIONS": 30, "slow_mode.default": False},
    right={"MAX_CONCURRENT_SESSIONS": 9},
)


def test_each_finding_is_an_error_at_the_line_of_its_key(workshop: Path):
    slow, memory = annotate(DRIFTED, workshop)
    title = "title=stresstune check"
    assert slow.startswith(f"::error file={workshop},line=5,{title}::slow_mode.default is false, ")
    assert memory.endswith(f",line=1,{title}::memory ends at 1.00 GB here%0A(50 %25 less)")


def test_what_was_never_measured_is_a_warning(workshop: Path):
    check = Check(status="never_tuned", ok=False, findings=("never tuned",))
    assert annotate(check, workshop)[0].startswith("::warning file=")


def test_all_well_is_a_notice(workshop: Path):
    assert annotate(Check(status="ok", ok=True), workshop)[0].startswith("::notice file=")


def test_a_path_cannot_break_out_of_its_command(workshop: Path):
    odd = workshop.rename(workshop.with_name("a,b:c.toml"))
    assert "a%2Cb%3Ac.toml,line=1" in annotate(Check(status="ok", ok=True), odd)[0]


def test_the_summary_lists_the_values(workshop: Path):
    text = summary(DRIFTED)
    assert text.startswith("### stresstune check: drifted\n")
    assert "| `MAX_CONCURRENT_SESSIONS` | 30 | 9 |" in text
    assert "| `slow_mode.default` | False | False |" in text
