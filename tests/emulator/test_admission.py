from __future__ import annotations

from stresstune.emulator.admission import Admission, Size
from stresstune.emulator.limits import Quotas


def kinds(admission: Admission, now: float, tokens: int = 1, images: int = 0) -> list[str]:
    return [exceeded.kind for exceeded in admission.admit(now, Size(tokens=tokens, images=images))]


def test_every_exceeded_quota_is_named():
    admission = Admission(Quotas(requests_per_minute=1, tokens_per_minute=10, requests_per_day=1))
    assert kinds(admission, 0.0, 10) == []
    assert kinds(admission, 1.0, 10) == [
        "requests_per_minute",
        "requests_per_day",
        "tokens_per_minute",
    ]


def test_a_call_that_one_quota_refuses_uses_none_of_the_others():
    admission = Admission(Quotas(requests_per_minute=5, tokens_per_minute=10))
    assert kinds(admission, 0.0, 11) == ["tokens_per_minute"]
    assert [kinds(admission, 0.0) for _ in range(5)] == [[]] * 5
    assert kinds(admission, 0.0) == ["requests_per_minute"]


def test_tokens_are_counted_by_their_number():
    admission = Admission(Quotas(tokens_per_minute=100))
    assert kinds(admission, 0.0, 60) == []
    assert kinds(admission, 0.0, 41) == ["tokens_per_minute"]
    assert kinds(admission, 0.0, 40) == []


def test_the_day_outlasts_the_minute():
    admission = Admission(Quotas(requests_per_minute=1, requests_per_day=2))
    assert kinds(admission, 0.0) == []
    assert kinds(admission, 60.0) == []
    (exceeded,) = admission.admit(120.0, Size())
    assert exceeded.kind == "requests_per_day"
    assert exceeded.wait_seconds == 86_400.0 - 120.0


def test_refused_calls_count_only_where_the_profile_says_so():
    free = Admission(Quotas(requests_per_minute=1, window="sliding"))
    counted = Admission(Quotas(requests_per_minute=1, window="sliding", rejected_count=True))
    for admission in (free, counted):
        kinds(admission, 0.0)
        kinds(admission, 30.0)
    assert kinds(free, 61.0) == []
    assert kinds(counted, 61.0) == ["requests_per_minute"]


def test_a_call_that_the_gate_refuses_counts_only_where_the_profile_says_so():
    for rejected_count, after in ((False, []), (True, ["requests_per_minute"])):
        quotas = Quotas(requests_per_minute=2, concurrency=1, rejected_count=rejected_count)
        admission = Admission(quotas)
        assert [admission.enter(0.0, Size()) for _ in range(3)] == [True, False, False]
        assert kinds(admission, 1.0) == after


def test_somebody_else_may_have_used_a_part_of_the_quota_before():
    admission = Admission(Quotas(requests_per_minute=10, used_ratio=0.5))
    assert [kinds(admission, 0.0) for _ in range(6)] == [[]] * 5 + [["requests_per_minute"]]


def test_the_phase_moves_the_minute_but_not_the_day():
    admission = Admission(Quotas(requests_per_minute=1, requests_per_day=1, phase_seconds=30.0))
    kinds(admission, 0.0)
    waits = {exceeded.kind: exceeded.wait_seconds for exceeded in admission.admit(10.0, Size())}
    assert waits == {"requests_per_minute": 20.0, "requests_per_day": 86_390.0}


def test_pictures_are_counted_only_where_they_are_asked_for():
    admission = Admission(Quotas(images_per_minute=1))
    assert kinds(admission, 0.0, images=1) == []
    assert kinds(admission, 0.0, images=1) == ["images_per_minute"]
    assert kinds(admission, 0.0) == []
