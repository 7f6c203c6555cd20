from __future__ import annotations

from pathlib import Path

import pytest

from stresstune.errors import MeasurementError, UsageError
from stresstune.fleet.address import address_of
from stresstune.workflow.fleet.job import our_address


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nowhere", "nowhere is no fleet: give tcp://HOST:8786, the path of a scheduler file, or"),
        ("10.0.0.1:8786", r"give tcp://10\.0\.0\.1:8786, if that is where the scheduler is"),
        ("http://10.0.0.1:8787", "begins with tcp:// .* the dashboard's http:// is another one"),
        ("tcp://10.0.0.1", "has no port: a scheduler listens at 8786"),
        ("tcp://10.0.0.1:port", "has no port"),
    ],
)
def test_what_is_no_address_is_refused_with_what_was_meant(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        address_of(text)


@pytest.mark.parametrize(
    "address", ["tcp://10.0.0.1:8786", "tls://web:1", "tcp://[::1]:8786", "inproc://1/2/3"]
)
def test_every_way_to_a_scheduler_is_taken(address: str) -> None:
    assert address_of(address) == ({"address": address}, address)


def test_a_scheduler_file_is_read_beforehand(tmp_path: Path) -> None:
    file = tmp_path / "scheduler.json"
    file.write_text('{"address": "tcp://10.0.0.1:8786"}')
    assert address_of(file) == ({"scheduler_file": str(file)}, str(file))
    file.write_text("{}")
    with pytest.raises(UsageError, match="is no scheduler file"):
        address_of(file)


def test_a_name_that_nobody_knows_is_said_and_is_no_internal_error() -> None:
    with pytest.raises(
        MeasurementError, match=r"at tcp://nobody\.invalid:8786 .*is the name right"
    ):
        our_address("tcp://nobody.invalid:8786")
