"""What hurt users once does not come back by itself under another version."""

from penstock.domain.ledger.gate import SHIFT
from tests.end_to_end.bench import BAD, GOOD, Bench, specification
from tests.end_to_end.endings import PROMOTED, REFUSED, ROLLED_BACK, ending, row
from tests.end_to_end.stage import BUCKET

LONG = {"rollout": {"step_minutes": 20}}


def model_of(bench: Bench, version: int) -> str:
    return f"{bench.group}/{version}/model.tar.gz"


def bad(bench: Bench) -> str:
    """The second version is rolled back; its package."""
    bench.live(**LONG)
    package = bench.register(behaviour=BAD)
    assert row(bench.released(package)) == ROLLED_BACK
    return package


def same_again(bench: Bench) -> str:
    """The artefact of the second version is registered once more."""
    return bench.register(InferenceSpecification=specification(model_of(bench, 2)))


def cured(bench: Bench) -> None:
    """What was wrong was not the model."""
    bench.policy()
    bench.twin.synthetic.behave(f"s3://{BUCKET}/{model_of(bench, 2)}", GOOD)


def test_the_bus_and_people_hear_of_the_quarantine(bench: Bench) -> None:
    package = bad(bench)
    (said,) = bench.events("Package Quarantined")
    (went_back,) = bench.events("Release Rolled Back")
    assert said["model_package_arn"] == package
    assert said["release_id"] == went_back["release_id"]
    assert said["reason"].startswith(f"the alarm penstock-{bench.endpoint}-errors fired; ")
    assert [digest.partition(":")[0] for digest in said["digests"]] == ["etag", "image"]
    assert sum("Package Quarantined" in subject for subject, _ in bench.mail()) == 1


def test_the_same_artefact_under_another_version_is_refused_and_by_hand_it_runs(
    bench: Bench,
) -> None:
    package = bad(bench)
    (went_back,) = bench.events("Release Rolled Back")
    again = same_again(bench)
    refused = bench.released(again)
    assert row(refused) == REFUSED
    why = ending(refused)["reason"]
    assert package in why
    assert went_back["release_id"] in why
    assert row(bench.released_by_hand(again)) == REFUSED
    cured(bench)
    assert row(bench.released_by_hand(again, despite_quarantine=True)) == PROMOTED
    assert bench.serving == [again]


def test_a_refused_version_is_not_tried_again_by_the_sweep(bench: Bench) -> None:
    bad(bench)
    again = same_again(bench)
    bench.released(again)
    bench.sweep()
    bench.sweep()
    assert len(bench.executions(again)) == 1
    assert len(bench.events("Release Refused")) == 1


def test_the_same_package_is_tried_again_by_hand(bench: Bench) -> None:
    package = bad(bench)
    cured(bench)
    assert row(bench.released_by_hand(package)) == PROMOTED


def test_a_new_artefact_is_released(bench: Bench) -> None:
    bad(bench)
    bench.policy()
    assert row(bench.released(bench.register())) == PROMOTED


def test_a_running_release_is_not_ended_by_what_will_be_refused(bench: Bench) -> None:
    bad(bench)
    good = bench.register()
    release = bench.started(good)
    bench.until_step(SHIFT)
    waiting = bench.started(same_again(bench))
    assert row(bench.end(release)) == PROMOTED
    assert row(bench.end(waiting)) == REFUSED
    assert bench.serving == [good]


def test_a_rollback_by_hand_quarantines_nothing(bench: Bench) -> None:
    bench.live(**LONG)
    release = bench.started(bench.register())
    bench.until_step(SHIFT)
    bench.rolled_back_by_hand(reason="a feeling")
    assert row(bench.end(release)) == ROLLED_BACK
    assert bench.events("Package Quarantined") == []
    bench.policy()
    assert row(bench.released(same_again(bench))) == PROMOTED
