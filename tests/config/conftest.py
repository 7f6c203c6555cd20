"""What the tests of the config room share."""

from __future__ import annotations

from pathlib import Path

import pytest

WORKSHOP = """\
# The workshop's app
MAX_CONCURRENT_SESSIONS = 30   # users at the same time

[slow_mode]
default = false          # new sessions start in slow mode
delay_seconds = 3.0      # pause between two calls

# What the app is meant to carry
[stresstune.workload]
sessions = 30
"""


@pytest.fixture
def workshop(tmp_path: Path) -> Path:
    """Return a config with everything in it."""
    path = tmp_path / "workshop.toml"
    path.write_text(WORKSHOP)
    return path
