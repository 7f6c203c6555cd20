from __future__ import annotations

import copy
import json
import math
import pickle

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from stresstune.model.api import ApiCapacity, Limit
from stresstune.model.change import Plan
from stresstune.model.load import Latency
from stresstune.model.memory import MemoryCapacity
from stresstune.model.policy import Bounds, Policy
from stresstune.model.record import Estimate, Record, convert_field, to_plain
from stresstune.model.workload import Budget, Workload
from tests.model.records import record_types, records
from tests.policy.evidence import memory_that_fits

pytestmark = pytest.mark.no_cover

slow = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.parametrize("kind", record_types(), ids=lambda kind: kind.__name__)
@slow
@given(data=st.data())
def test_every_record_comes_back_from_its_json(kind: type[Record], data: st.DataObject) -> None:
    record = data.draw(records(kind))
    text = record.to_json()
    assert kind.from_json(text) == record
    assert kind.from_json(text.encode()) == record
    assert kind.from_json(record.to_dict()) == record
    assert text.startswith('{"schema":1')
    assert json.loads(text) == json.loads(json.dumps(record.to_dict()))


@pytest.mark.parametrize("kind", record_types(), ids=lambda kind: kind.__name__)
@settings(slow, max_examples=1)
@given(data=st.data())
def test_every_record_is_frozen_and_keyword_only(kind: type[Record], data: st.DataObject) -> None:
    record = data.draw(records(kind))
    name = record.__struct_fields__[0]
    with pytest.raises(AttributeError):
        setattr(record, name, None)
    with pytest.raises(TypeError):
        kind(getattr(record, name))


@pytest.mark.parametrize("kind", record_types(), ids=lambda kind: kind.__name__)
def test_every_field_of_a_record_is_in_its_docstring(kind: type[Record]) -> None:
    for name in kind.__struct_fields__:
        assert f"    {name}: " in kind.__doc__ or "every other field" in kind.__doc__, name


@pytest.mark.parametrize("schema", [None, 0, 2, "1"])
def test_another_schema_is_refused_by_its_number(schema: object) -> None:
    plain = {**Workload().to_dict(), "schema": schema}
    with pytest.raises(ValueError, match=f"not a Workload of stresstune: schema is {schema!r}"):
        Workload.from_json(json.dumps(plain))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "truncated"),
        ("{", "truncated"),
        ("[]", "it is no JSON object"),
        ("null", "it is no JSON object"),
        ('{"schema": 1, "sessions": "thirty"}', r"Expected `int`, got `str` - at `\$.sessions`"),
        ('{"schema": 1, "sessions": 0}', r"`\$.sessions`"),
        ('{"schema": 1, "image_kind": "jpeg"}', r"Invalid enum value 'jpeg'"),
    ],
)
def test_what_is_no_such_record_is_refused_with_its_place(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Workload.from_json(text)


def test_a_record_that_lacks_a_field_is_refused() -> None:
    with pytest.raises(ValueError, match="missing required field `limits`"):
        ApiCapacity.from_json('{"schema": 1, "record": "api_capacity"}')


def test_a_tagged_record_is_not_mistaken_for_another() -> None:
    text = ApiCapacity(
        limits=(),
        outcome="enough",
        breaking_point=None,
        requests_sent=1,
        rejected=0,
        seconds=1.0,
        latency=Latency(),
    ).to_json()
    with pytest.raises(ValueError, match="not a Plan"):
        Plan.from_json(text)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: Workload(sessions=-1), "Workload.sessions is -1: .* >= 1"),
        (lambda: Workload(sessions="30"), "Workload.sessions is '30': Expected `int`"),
        (lambda: Workload(sessions=True), "Workload.sessions is True"),
        (lambda: Workload(think_seconds=math.nan), "Workload.think_seconds is nan"),
        (lambda: Workload(error_tolerance_ratio=1), "error_tolerance_ratio is 1: .* < 1"),
        (lambda: Workload(latency_objective_seconds=0), "latency_objective_seconds is 0"),
        (lambda: Budget(max_requests=0), "Budget.max_requests is 0"),
        (lambda: Budget(max_seconds=math.inf), "Budget.max_seconds is inf"),
        (lambda: Policy(headroom_ratio=1.0), "Policy.headroom_ratio is 1.0"),
        (lambda: Policy(min=20, max=10), "Policy.min is 20 for max_concurrent_sessions, above "),
        (
            lambda: Policy(
                min=Bounds(slow_mode_delay_seconds=9.5), max={"slow_mode_delay_seconds": 4}
            ),
            "above Policy.max, which is 4",
        ),
        (lambda: Policy(max="many"), "Policy.max is 'many'"),
        (lambda: Policy(max={"max_concurrent_sessions": 0}), "Policy.max is "),
        (lambda: Policy(pin=[3]), "Policy.pin is"),
    ],
)
def test_what_people_fill_in_by_hand_is_checked_when_it_is_made(make: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        make()


def test_bounds_may_be_a_number_or_written_out() -> None:
    assert Policy(max=12).upper == Bounds(max_concurrent_sessions=12)
    assert Policy().lower == Bounds()
    delay = Bounds(slow_mode_delay_seconds=4.0)
    assert Policy(min=delay).lower is delay


def test_what_is_said_as_a_list_or_a_dict_becomes_what_it_stands_for() -> None:
    policy = Policy(pin=["slow_mode_default"], min={"max_concurrent_sessions": 5})
    assert policy == Policy(pin=("slow_mode_default",), min=Bounds(max_concurrent_sessions=5))
    assert hash(policy) == hash(Policy.from_json(policy.to_json()))
    assert policy.lower.max_concurrent_sessions == 5


def test_a_session_is_given_its_pictures() -> None:
    assert Workload(images_per_session=3, image_bytes=10).session_bytes == 30


def test_an_endless_end_of_an_interval_is_written_as_none() -> None:
    limit = Limit(kind="throughput", value=2.0, low=1.0, high=math.inf, provenance="measured")
    assert Limit.from_json(limit.to_json()).high is None


def test_plain_values_and_json_have_one_rule_for_what_has_no_end() -> None:
    size = Estimate(78.3, 70.0, math.inf)
    record = memory_that_fits(24)
    record = replace(record, bytes_per_session=size)
    plain = record.to_dict()
    assert plain["bytes_per_session"] == {"value": 78.3, "low": 70.0, "high": None}
    text = json.dumps(plain, allow_nan=False)
    assert json.loads(text) == json.loads(record.to_json())
    for again in (
        record.from_json(text),
        record.from_json(plain),
        record.from_json(record.to_json()),
    ):
        found = again.bytes_per_session
        assert again == record
        assert found is not None
        assert (found, found.low, found.high) == (78.3, 70.0, math.inf)
    endless = replace(record, bytes_per_session=Estimate(math.inf, -math.inf, math.inf))
    assert record.from_json(endless.to_json()) == endless


# --- a number that knows its interval


def test_an_estimate_is_the_number_itself_and_survives_copies() -> None:
    size = Estimate(78.3, 78.1, 78.6)
    for same in (copy.copy(size), copy.deepcopy(size), pickle.loads(pickle.dumps(size))):
        assert (same, same.low, same.high) == (78.3, 78.1, 78.6)
    assert repr(size) == "Estimate(78.3, 78.1, 78.6)"
    assert to_plain(size) == {"value": 78.3, "low": 78.1, "high": 78.6}


def test_an_estimate_is_read_from_its_three_numbers_only() -> None:
    assert convert_field({"value": 1, "low": 0, "high": 2}, Estimate).high == 2.0
    already = Estimate(1, 0, 2)
    assert convert_field(already, Estimate) is already
    with pytest.raises(msgspec.ValidationError, match="an object of value, low and high, not '1'"):
        convert_field("1", Estimate)
    with pytest.raises(NotImplementedError, match="cannot be read from JSON"):
        convert_field("1", type("Other", (), {}))


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="object has no JSON form"):
        to_plain(object())


@pytest.mark.parametrize("broken", [{"value": 1.0}, "78 MB", 5])
def test_a_broken_estimate_in_json_is_a_value_error(broken: object) -> None:
    memory = MemoryCapacity(
        mode="predict",
        source="simulated",
        held_sessions=4,
        sessions_that_fit=24,
        safe_sessions=19,
        bytes_per_session=Estimate(78.3e6, 78.1e6, 78.6e6),
        baseline_bytes=40_000_000,
        limit_bytes=2 * 10**9,
        limit_source="--limit",
        headroom_ratio=0.2,
        stopped_by="target",
    )
    plain = {**memory.to_dict(), "bytes_per_session": broken}
    with pytest.raises(ValueError, match="not a MemoryCapacity of stresstune"):
        MemoryCapacity.from_json(msgspec.json.encode(plain))
