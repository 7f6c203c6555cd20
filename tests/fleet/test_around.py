from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytest.importorskip("distributed", reason="it needs the extra fleet")

COMPLAIN = (
    "from stresstune.fleet.around import be_quiet; be_quiet(); import distributed, logging; "
    "[logging.getLogger(f'distributed.{name}').error('Reconnect') for name in ('client', 'core')]"
)


@pytest.mark.parametrize(("level", "lines"), [(None, 0), ("error", 2)])
def test_dasks_log_says_nothing_unless_somebody_wants_it(level: str | None, lines: int) -> None:
    variables = {k: v for k, v in os.environ.items() if not k.startswith("DASK_")}
    if level is not None:
        variables["DASK_LOGGING__DISTRIBUTED"] = level
    done = subprocess.run(
        [sys.executable, "-c", COMPLAIN], capture_output=True, text=True, check=True, env=variables
    )
    assert (done.stdout + done.stderr).count("Reconnect") == lines
