from __future__ import annotations

from stresstune.emulator.counts import Counts, ModelCounts, Tally


def test_the_whole_is_the_sum_of_the_models():
    tally = Tally()
    one, two = tally.model("one"), tally.model("two")
    for model in (one, one, two):
        model.requests += 1
    one.admit(10)
    one.enter()
    one.reject(("requests_per_minute", "tokens_per_minute"))
    two.reject(("requests_per_minute",))
    counts = tally.counts(5.0)
    assert (counts.generate, counts.admitted, counts.rejected) == (3, 1, 2)
    assert counts.by_reason == {"requests_per_minute": 2, "tokens_per_minute": 1}
    assert counts.input_tokens == 10
    assert counts.in_flight == 1
    assert counts.by_model["two"] == ModelCounts(
        requests=1, rejected=1, by_reason={"requests_per_minute": 1}
    )


def test_the_most_in_flight_is_kept_after_they_left():
    model = Tally().model("m")
    for _ in range(3):
        model.enter()
    model.leave()
    assert model.in_flight == 2
    assert model.counts().max_in_flight == 3


def test_counts_that_were_taken_do_not_change_any_more():
    tally = Tally()
    before = tally.counts(0.0)
    tally.by_status["200"] += 1
    tally.model("m").reject(("billing",))
    assert before == Counts()


def test_the_line_for_a_person_names_faults():
    line = Counts(generate=3, admitted=3, by_fault={"reset": 2}).line()
    assert line == "0:00  3 calls, 0 in flight: 3 admitted, 0 rejected, 0 overloaded, reset 2"


def test_counts_survive_their_json():
    tally = Tally()
    tally.model("m").admit(3)
    counts = tally.counts(1.5)
    assert Counts.from_json(counts.to_json()) == counts
