from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresstune.emulator.limits import Pace, Quotas
from stresstune.emulator.profile import Errors, Faults, Profile


def truth_of(quotas: Quotas, **more):
    return {limit.kind: limit for limit in Profile(models={"m": quotas}, **more).truth()}


def test_the_truth_names_each_limit_with_its_value():
    quotas = Quotas(
        requests_per_minute=60, tokens_per_minute=1000, requests_per_day=500, concurrency=4
    )
    truth = truth_of(quotas, errors=Errors(overload_ratio=0.25))
    assert {kind: limit.value for kind, limit in truth.items()} == {
        "requests_per_minute": 60,
        "tokens_per_minute": 1000,
        "requests_per_day": 500,
        "concurrency": 4,
        "overload": 0.25,
    }


def test_a_service_without_limits_has_no_truth_to_tell():
    assert Profile().truth() == ()


def test_the_truth_of_a_bucket_has_its_burst():
    assert (
        truth_of(Quotas(requests_per_minute=60, window="bucket"))["requests_per_minute"].burst == 10
    )
    quotas = Quotas(requests_per_minute=60, tokens_per_minute=6000, window="bucket", burst=20)
    truth = truth_of(quotas)
    assert truth["requests_per_minute"].burst == 20
    assert truth["tokens_per_minute"].burst == 2000


def test_the_day_is_a_fixed_window_whatever_the_minute_is():
    truth = truth_of(Quotas(requests_per_day=5, window="sliding"))
    assert truth["requests_per_day"].window == "fixed"
    assert truth["requests_per_day"].window_seconds == 86_400


@pytest.mark.parametrize(
    ("refusal", "stated"), [("stated", True), ("wrapped", True), ("bare", False), ("broken", False)]
)
def test_the_truth_says_whether_the_service_states_it(refusal, stated):
    truth = truth_of(Quotas(requests_per_minute=5), errors=Errors(refusal=refusal))
    assert truth["requests_per_minute"].stated is stated


def test_the_throughput_of_places_is_reckoned_from_the_mean_time():
    pace = Pace(median_seconds=2.0, sigma=0.0)
    assert truth_of(Quotas(places=4), pace=pace)["throughput"].value == 2.0
    assert truth_of(Quotas(places=4), pace=Pace(median_seconds=0.0)) == {}


def test_the_first_pattern_that_matches_holds():
    image, other = Quotas(requests_per_minute=0), Quotas(requests_per_minute=10)
    profile = Profile(models={"gemini-*image*": image, "gemini-*": other})
    assert profile.quotas_for("gemini-2.5-flash-image") is image
    assert profile.quotas_for("gemini-2.5-flash") is other
    assert profile.quotas_for("gpt-4") is None


@pytest.mark.parametrize(
    "make",
    [
        lambda: Quotas(requests_per_minute=-1),
        lambda: Quotas(concurrency=0),
        lambda: Quotas(window="rolling"),
        lambda: Quotas(used_ratio=1.5),
        lambda: Pace(median_seconds=-1.0),
        lambda: Profile(time_scale=0.0),
        lambda: Profile(models={}),
        lambda: Faults(reset=0.6, hang=0.6),
    ],
)
def test_what_cannot_be_is_refused(make):
    with pytest.raises(ValueError, match=r"is \S|at most"):
        make()


def test_only_faults_that_happen_have_a_share():
    assert Faults(reset=0.1, hang=0.2).shares() == {"reset": 0.1, "hang": 0.2}


@given(
    st.builds(
        Profile,
        name=st.text(max_size=20),
        models=st.dictionaries(
            st.text(min_size=1, max_size=9),
            st.builds(
                Quotas,
                requests_per_minute=st.none() | st.integers(0, 9999),
                window=st.sampled_from(["fixed", "sliding", "bucket"]),
                rejected_count=st.booleans(),
            ),
            min_size=1,
            max_size=3,
        ),
        time_scale=st.floats(0.1, 100),
    )
)
def test_a_profile_survives_its_json(profile):
    assert Profile.from_json(profile.to_json()) == profile
