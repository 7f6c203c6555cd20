import pytest

from stresstune.memory.findings.advice import Measured, advise, compare
from stresstune.model.workload import Workload

MB = 1_000_000


def measured(**more: object) -> Measured:
    values = {
        "workload": Workload(image_kind="encoded"),
        "simulated": True,
        "threads": 1,
        "limit_bytes": 2000 * MB,
        "baseline_bytes": 20 * MB,
        "transient_bytes": 0,
        "transient_of_one_bytes": 0,
        "bytes_per_session": 78.3 * MB,
        "sessions_that_fit": 25,
        "headroom_ratio": 0.2,
    }
    return Measured(**{**values, **more})


def test_where_all_fit_there_is_nothing_to_advise():
    assert advise(measured(sessions_that_fit=40)) == ()


def test_the_next_machine_is_named_with_what_is_needed():
    machine, store = advise(measured())
    assert machine == "a machine of 4.00 GB: 30 sessions with 20 % headroom need 3.00 GB"
    assert "Redis: sessions are 98 % of what is used" in store


def test_the_app_itself_is_measured_where_it_was_not_yet():
    *_, store = advise(measured())
    assert "(measure it: --app or the App source, with --what-if-env REDIS_URL=…" in store
    *_, store = advise(measured(simulated=False, is_app=True))
    assert store.endswith("(measure it: --what-if-env REDIS_URL=…, or what your app calls it)")


def test_what_is_needed_is_enough_where_the_headroom_is_no_whole_session():
    said = advise(measured(bytes_per_session=100 * MB, baseline_bytes=0, transient_bytes=0))
    assert said[0].endswith("need 3.80 GB")  # 30 are safe of 38


def test_beyond_every_machine_several_are_needed():
    said = advise(measured(bytes_per_session=10_000 * MB, sessions_that_fit=0))
    assert said[0].startswith("several machines: ")


def test_decoded_pictures_cost_what_encoded_ones_would_save():
    workload = Workload(image_kind="decoded")
    said = advise(measured(workload=workload, bytes_per_session=360 * MB, sessions_that_fit=5))
    assert (
        said[0]
        == "encoded instead of decoded pictures: 5.0 times as many sessions, 25 instead of 5"
    )


def test_what_the_user_made_cannot_be_told_to_be_encoded():
    workload = Workload(image_kind="decoded")
    said = advise(measured(workload=workload, simulated=False))
    assert not any("encoded" in line for line in said)


def test_threads_are_weighed_by_what_they_need_for_a_moment():
    said = advise(
        measured(
            threads=16,
            transient_bytes=800 * MB,
            transient_of_one_bytes=50 * MB,
            sessions_that_fit=15,
        )
    )
    assert said[0].startswith("one session made at a time instead of 16: 1.6 times as many")
    assert len(advise(measured(threads=2))) == 2


@pytest.mark.parametrize(("more", "fewer"), [(10, 10), (10, 9.5), (0, 0)])
def test_what_changes_little_is_not_worth_saying(more: int, fewer: int):
    assert compare("it", more, fewer) == ""


def test_from_nothing_to_something_has_no_ratio():
    assert compare("it", 4, 0) == "it: 4 instead of 0"


def test_sessions_that_keep_nothing_need_no_advice():
    assert advise(measured(bytes_per_session=0.0)) == ()


def test_an_empty_picture_is_no_reason_to_encode():
    workload = Workload(image_kind="decoded", images_per_session=0)
    assert not any("encoded" in line for line in advise(measured(workload=workload)))
