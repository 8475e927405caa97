"""What was done, is under way or is overtaken is not done again."""

from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import ANSWERED, NOTHING_TO_DO, PROMOTED, REFUSED, ending, row

CHANGED = "SageMaker Model Package State Change"


def test_a_duplicate_approval_has_nothing_to_do(bench: Bench) -> None:
    bench.policy()
    bench.twin.events.weather.duplicate(
        "aws.sagemaker", where=lambda detail: detail.get("ModelApprovalStatus") == "Approved"
    )
    package = bench.register()
    bench.released(package)
    rows = [row(bench.end(each.arn)) for each in bench.executions(package)]
    assert sorted(rows) == sorted([PROMOTED, NOTHING_TO_DO])
    assert len(bench.events("Release Started")) == 1


def test_a_package_that_serves_already_has_nothing_to_do(bench: Bench) -> None:
    package = bench.live()
    execution = bench.released_by_hand(package)
    assert row(execution) == NOTHING_TO_DO
    assert set(ending(execution)) == ANSWERED
    assert "already serves" in ending(execution)["reason"]


def test_a_package_under_way_has_nothing_to_do(bench: Bench) -> None:
    bench.live()
    package = bench.register()
    release = bench.started(package)
    bench.until_share(50)
    assert row(bench.released_by_hand(package)) == NOTHING_TO_DO
    assert row(bench.end(release)) == PROMOTED


def test_an_approval_older_than_what_serves_has_nothing_to_do(bench: Bench) -> None:
    older = bench.approved_unseen()
    package = bench.live()
    late = {"model_package_arn": older, "approved_at": "2026-03-02T09:00:00Z"}
    execution = bench.end(bench.start(action="release", **late))
    assert row(execution) == NOTHING_TO_DO
    assert bench.serving == [package]


def test_an_approval_in_a_group_without_policy_is_passed_over_in_silence(bench: Bench) -> None:
    package = bench.register(ModelApprovalStatus="Approved")
    execution = bench.released(package)
    assert row(execution) == NOTHING_TO_DO
    assert "no policy" in ending(execution)["reason"]
    assert (bench.said(), bench.mail()) == ([], [])


def test_a_manual_start_in_a_group_without_policy_is_refused(bench: Bench) -> None:
    execution = bench.released_by_hand(bench.approved_unseen())
    assert row(execution) == REFUSED
    assert "no policy" in ending(execution)["reason"]
    assert bench.events("Release Refused")


def test_a_pending_package_in_a_group_without_policy_stays_as_it_is(bench: Bench) -> None:
    package = bench.register()
    bench.pass_minutes(5)
    shown = bench.package(package)
    assert shown["ModelApprovalStatus"] == "PendingManualApproval"
    assert "ApprovalDescription" not in shown
    assert (bench.said(), bench.executions()) == ([], [])
