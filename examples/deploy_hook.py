"""A start hook as a script: measure where that is needed, and start in any case.

    python examples/deploy_hook.py && exec gunicorn app:app
    python examples/deploy_hook.py --simulate free      # without a key

Writes the config named by `STRESSTUNE_CONFIG` (workshop.toml). Ends with 1 where the app must not
start: the config is broken, or what was measured is critical and `--strict` was given.
"""

import argparse
import os
import sys

import stresstune

CONFIG = os.environ.get("STRESSTUNE_CONFIG", "workshop.toml")


def main() -> int:
    """Tune the config, and return the exit code of the hook."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--simulate", metavar="PROFILE")
    parser.add_argument("--strict", action="store_true")
    chosen = parser.parse_args()
    try:
        result = tune(chosen.simulate)
    except stresstune.ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    print(result.outcome, *(f"{one.key} = {one.new}" for one in result.changes), sep="\n  ")
    for line in result.recommendation.announce if result.recommendation else ():
        print(f"Tell the room: {line}")
    return int(chosen.strict and result.tier == "critical")


def tune(simulate: str | None) -> stresstune.TuneResult:
    """Measure if the last measurement is not of here and now; otherwise take half of the seats."""
    try:
        return stresstune.tune(CONFIG, if_needed=True, simulate=simulate)
    except (stresstune.CredentialsMissing, stresstune.MeasurementError) as error:
        print(f"{error}\nNot measured: starting with half of the seats.", file=sys.stderr)
        return stresstune.tune(CONFIG, fallback=True)


if __name__ == "__main__":
    sys.exit(main())
