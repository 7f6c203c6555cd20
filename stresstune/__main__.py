"""``python -m stresstune``, also installed as ``stresstune``."""

from __future__ import annotations

import sys
from pathlib import Path

from stresstune.cli.main import main


def run() -> None:
    """Run the command line and end the process with its exit code.

    People's modules lie where they are, and a console script does not look there by itself. It
    looks there last, so that no file of theirs stands in for a library.
    """
    here = str(Path.cwd())
    if not {"", here} & set(sys.path):
        sys.path.append(here)
    sys.exit(main())


if __name__ == "__main__":
    run()
