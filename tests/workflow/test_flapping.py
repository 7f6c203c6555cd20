"""Measuring the same truth again and again never writes back and forth."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stresstune.config.load import load_config
from stresstune.config.schema import KNOBS
from stresstune.model.api import Limit
from stresstune.workflow.tune import tune
from tests.policy.evidence import api_of, memory_that_fits

CONFIG = """\
MAX_CONCURRENT_SESSIONS = 30
[slow_mode]
default = false
delay_seconds = 3.0
"""
NOISE = st.floats(-0.045, 0.045)


def results(sessions: float, per_minute: float) -> dict[str, Any]:
    limit = Limit(
        kind="requests_per_minute",
        value=per_minute,
        low=per_minute * 0.99,
        high=per_minute * 1.01,
        provenance="measured",
    )
    memory, api = memory_that_fits(max(1, int(sessions))), api_of(limit)
    return {"schema": 1, "memory": memory.to_dict(), "api": api.to_dict()}


@settings(max_examples=12)
@given(
    sessions=st.floats(5, 80),
    per_minute=st.floats(20, 700),
    noise=st.lists(st.tuples(NOISE, NOISE), min_size=3, max_size=7),
)
@example(sessions=78.3, per_minute=547.5, noise=[(0, 0), (0, 0.04), (0, -0.04), (0, 0.04)])
@example(sessions=73.7, per_minute=66.0, noise=[(0, 0), (0, -0.045), (0, 0.045), (0, -0.045)])
def test_no_knob_comes_back_to_a_value_that_it_has_left(
    sessions: float, per_minute: float, noise: list[tuple[float, float]]
):
    seen: dict[str, list[object]] = {knob: [] for knob in KNOBS}
    with TemporaryDirectory() as folder:
        config = Path(folder, "workshop.toml")
        config.write_text(CONFIG)
        for of_memory, of_api in noise:
            tune(config, results=results(sessions * (1 + of_memory), per_minute * (1 + of_api)))
            for knob, value in load_config(config).values.items():
                seen[knob].append(value)
    for knob, values in seen.items():
        steps = [value for value, _ in groupby(values)]
        assert len(steps) == len(set(steps)), (knob, values)


@pytest.mark.parametrize(("per_minute", "sessions"), [(66.0, 30), (20.0, 6)])
def test_a_real_gain_is_still_taken(tmp_path: Path, per_minute: float, sessions: int):
    config = tmp_path / "workshop.toml"
    config.write_text(CONFIG)
    tune(config, results=results(60, per_minute))
    before = load_config(config).values["max_concurrent_sessions"]
    tune(config, results=results(60, per_minute * 1.5))
    after = load_config(config).values["max_concurrent_sessions"]
    assert before < after <= sessions
