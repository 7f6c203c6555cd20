"""Whatever the service is like and whoever calls: the books balance."""

from __future__ import annotations

import anyio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from stresstune.emulator.options import tailor

SHARES = st.sampled_from([0.0, 0.2])
PROFILES = st.builds(
    tailor,
    rpm=st.none() | st.integers(0, 8),
    tpm=st.none() | st.integers(0, 30),
    rpd=st.none() | st.integers(0, 20),
    concurrency=st.none() | st.integers(1, 4),
    places=st.none() | st.integers(1, 3),
    queue=st.none() | st.integers(0, 3),
    window=st.sampled_from(["fixed", "sliding", "bucket"]),
    rejected_count=st.booleans(),
    latency=st.sampled_from([0.0, 1.0, 20.0]),
    refusal=st.sampled_from(["stated", "bare", "vertex", "error_info", "wrapped", "broken"]),
    delays=st.sampled_from(["floor", "ceil", "exact", "lying", "none"]),
    overload=SHARES,
    internal=SHARES,
    reset=SHARES,
    empty=SHARES,
    stream_error=SHARES,
    seed=st.integers(0, 9),
)
CALLS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.0, 0.1, 5.0, 30.0]),
        st.fixed_dictionaries(
            {
                "method": st.sampled_from(
                    ["generateContent", "streamGenerateContent", "countTokens"]
                )
            },
            optional={
                "body": st.just(b"{"),
                "x_server_timeout": st.sampled_from(["5", "15"]),
                "version": st.just("v1"),
            },
        ),
    ),
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(PROFILES, CALLS)
def test_every_call_is_counted_once_and_nobody_stays_inside(client_of, profile, calls):
    async def main():
        client, replies = client_of(profile), []

        async def one(parts):
            replies.append(await client.call(**parts))

        async with anyio.create_task_group() as tasks:
            for gap_seconds, parts in calls:
                await anyio.sleep(gap_seconds)
                tasks.start_soon(one, parts)
        return client.service.world, client.service.world.counts(), replies

    clock = trio.testing.MockClock(autojump_threshold=0)
    world, counts, replies = anyio.run(main, backend="trio", backend_options={"clock": clock})
    asked = [parts for _, parts in calls if parts["method"] != "countTokens"]
    assert len(replies) == counts.requests == len(calls)
    assert counts.generate == len(asked)
    assert counts.count_tokens == len(calls) - len(asked)
    assert counts.in_flight == 0
    refused = sum(model.refused for model in counts.by_model.values())
    assert counts.admitted + counts.rejected + counts.overloaded + refused == counts.generate
    assert counts.rejected == counts.by_status.get("429", 0)
    assert counts.overloaded == counts.by_status.get("503", 0)
    broken = counts.by_fault.get("reset", 0)
    assert sum(counts.by_status.values()) == len(calls) - broken
    for admission in world._admissions.values():
        assert admission.gate.inside == 0
        limit = profile.models["*"].concurrency
        assert limit is None or admission.gate.most_inside <= limit
