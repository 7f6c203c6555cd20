"""Runs the cases, prints the table, and ends with 1 where the goal was not reached."""

import argparse
import shutil
import signal
import sys
from pathlib import Path

from examples.proof import outcome
from examples.proof.case import CASES, Case, quick
from examples.proof.outcome import Outcome
from examples.proof.run import run
from examples.proof.table import table, write_between_markers

ROOT = Path(__file__).parents[2]
KEPT, CHART, README = ROOT / "docs/proof.json", ROOT / "docs/proof.svg", ROOT / "README.md"


def main() -> int:
    """Run the cases that were named, or all; or show once more what an earlier run came to."""
    chosen = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is taken down
    if chosen.again:
        outcomes = outcome.load(KEPT)
    else:
        cases = [case for case in CASES if not chosen.cases or case.name in chosen.cases]
        outcomes = [run(case, _say) for case in _shortened(cases, quickly=chosen.quick)]
    print(table(outcomes))
    if chosen.write_readme:
        _write(outcomes)
    missed = [each.case for each in outcomes if not each.reached]
    if missed:
        print(f"\nThe goal was not reached in: {', '.join(missed)}.")
    return int(bool(missed))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m examples.proof")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(c.name for c in CASES))
    parser.add_argument(
        "--quick", action="store_true", help="a sixth of the class; 1 %% is a matter of luck then"
    )
    parser.add_argument(
        "--write-readme",
        action="store_true",
        help="write table, chart and outcomes into README.md and docs/",
    )
    parser.add_argument(
        "--again", action="store_true", help="run nothing: show what docs/proof.json has kept"
    )
    chosen = parser.parse_args()
    unknown = set(chosen.cases) - {case.name for case in CASES}
    if unknown:
        parser.error(f"there is no case {', '.join(sorted(unknown))}")
    if chosen.write_readme and (chosen.cases or chosen.quick):
        parser.error("--write-readme takes a whole run: leave --quick and the names away")
    if chosen.again and (chosen.cases or chosen.quick):
        parser.error("--again runs nothing: leave --quick and the names away")
    return chosen


def _shortened(cases: list[Case], *, quickly: bool) -> list[Case]:
    able = [case for case in cases if not case.redis or shutil.which("redis-server")]
    for case in cases:
        if case not in able:
            _say(f"{case.name}: skipped, there is no redis-server on this machine")
    return [quick(case) for case in able] if quickly else able


def _write(outcomes: list[Outcome]) -> None:
    from examples.proof.chart import draw  # noqa: PLC0415 - matplotlib, for whoever wants a chart

    CHART.parent.mkdir(exist_ok=True)
    outcome.save(outcomes, KEPT)
    draw(outcomes, CHART)
    write_between_markers(table(outcomes), README)
    _say(f"Written: {', '.join(str(path.relative_to(ROOT)) for path in (KEPT, CHART, README))}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
