"""Shows what `stresstune check --json` found as annotations and as a summary of the step.

Usage: python annotate.py CHECK.json CONFIG

Exits with 1 where the values in force do not fit.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from stresstune.config.github import annotate, summary
from stresstune.model.fingerprint import Check


def main() -> int:
    """Print the annotations, write the summary."""
    check = Check.from_json(Path(sys.argv[1]).read_text())
    for line in annotate(check, sys.argv[2]):
        print(line)
    if target := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(target).open("a") as file:
            file.write(summary(check))
    return 1 if check.status == "drifted" else 0


if __name__ == "__main__":
    sys.exit(main())
