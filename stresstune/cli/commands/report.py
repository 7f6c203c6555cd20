"""``report``: a run as a page that can be sent to somebody."""

from __future__ import annotations

import click

from stresstune.cli import exits
from stresstune.cli.interrupted import put_right
from stresstune.cli.options import Frame, framed
from stresstune.cli.progress import busy
from stresstune.cli.types import FILE
from stresstune.model.report import ReportFile
from stresstune.workflow.report import form_of, gather, write_report

NEXT = "Next: open it, or send it: it is complete by itself."


@click.command(
    epilog="""\b
Examples:
  stresstune report                      the latest run, as report.html
  stresstune report --run 3 --out run3.html
  stresstune report --out report.md      for a pull request
  stresstune report --out report.png     one picture, for a chat
  stresstune report --out - | less       Markdown to stdout
"""
)
@click.option(
    "--run",
    "run_id",
    type=click.IntRange(1, 2**63 - 1),
    metavar="ID",
    help="Which run (its number in `history`); the latest if not said.",
)
@click.option(
    "--against",
    type=click.IntRange(1, 2**63 - 1),
    metavar="ID",
    help="The run that it is compared with; the one before it if not said.",
)
@click.option(
    "--out",
    default="report.html",
    show_default=True,
    type=FILE,
    metavar="FILE",
    help="Where to: .html, .md, .png or .json; - prints Markdown.",
)
@framed
def report(frame: Frame, run_id: int | None, against: int | None, out: str) -> int:
    """Write a report of a run, from the journal: charts, the arithmetic, what to tell the room.

    The page is one file that loads nothing from anywhere: it can be mailed, printed (two pages)
    and read offline. Nothing is measured. Charts need pip install 'stresstune[report]'; Markdown
    does not.
    """
    render = form_of("report.md" if out == "-" else out)
    put_right(frame)
    dossier = gather(frame.path, run_id=run_id, against=against, state_dir=frame.state_dir)
    with busy(frame.shell, f"telling run {dossier.run.id} in {out}: drawing what was measured"):
        data = render(dossier)
    verdict = dossier.run.evidence.verdict
    if out == "-":
        frame.shell.show(data.decode().rstrip("\n"))
    else:
        write_report(out, data)
        binds = f"; {verdict.binding} binds" if verdict.binding else ""
        frame.shell.show_line(f"Run {dossier.run.id} ({verdict.tier}{binds}) is told in {out}.")
        frame.shell.show(NEXT)
    found = ReportFile(
        out=None if out == "-" else out,
        size_bytes=len(data),
        run_id=dossier.run.id,
        against=dossier.earlier.id if dossier.earlier else None,
        tier=verdict.tier,
        binding=verdict.binding,
    )
    frame.shell.document(found.to_dict())
    return exits.DONE
