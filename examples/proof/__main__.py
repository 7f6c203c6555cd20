"""Runs the cases, prints the table, and ends with 1 where the goal was not reached."""

import argparse
import shutil
import signal
import sys

from examples.proof.case import CASES
from examples.proof.run import run
from examples.proof.table import table


def main() -> int:
    """Run the cases that were named, or all."""
    parser = argparse.ArgumentParser(prog="python -m examples.proof")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(c.name for c in CASES))
    named = parser.parse_args().cases
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is taken down
    unknown = set(named) - {case.name for case in CASES}
    if unknown:
        parser.error(f"there is no case {', '.join(sorted(unknown))}")
    outcomes = []
    for case in CASES:
        if named and case.name not in named:
            continue
        if case.redis and shutil.which("redis-server") is None:
            print(f"{case.name}: skipped, there is no redis-server on this machine")
            continue
        outcomes.append(run(case, lambda line: print(line, file=sys.stderr, flush=True)))
    print(table(outcomes))
    missed = [each.case.name for each in outcomes if not each.reached]
    if missed:
        print(f"\nThe goal was not reached in: {', '.join(missed)}.")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
