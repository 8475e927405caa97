"""Who decides about a package, and what is released without a review."""

import pytest

from tests.end_to_end.bench import Bench
from tests.end_to_end.endings import NOTHING_TO_DO, PROMOTED, REFUSED, row


def test_a_package_that_clears_the_bars_is_approved_and_says_why(bench: Bench) -> None:
    bench.policy()
    package = bench.register(auc=0.93)
    said = bench.until_event("Model Package Reviewed")
    assert (said["decision"], said["mode"], said["passed"]) == ("approved", "automatic", True)
    assert (said["bars"][0]["value"], said["bars"][0]["verdict"]) == (0.93, "pass")
    shown = bench.package(package)
    assert shown["ModelApprovalStatus"] == "Approved"
    assert "metrics.auc is 0.93" in shown["ApprovalDescription"]
    assert shown["CustomerMetadataProperties"]["penstock.decision"] == "approved"
    assert bench.evidence(shown["CustomerMetadataProperties"]["penstock.evidence"])


def test_a_package_that_misses_a_bar_is_rejected_and_not_released(bench: Bench) -> None:
    bench.policy()
    package = bench.register(auc=0.7)
    assert bench.until_event("Model Package Reviewed")["decision"] == "rejected"
    bench.pass_minutes(2)
    assert bench.package(package)["ModelApprovalStatus"] == "Rejected"
    assert bench.executions() == []


def test_in_manual_mode_a_person_decides(bench: Bench) -> None:
    bench.policy({"approval": {"mode": "manual"}})
    package = bench.register()
    assert bench.until_event("Model Package Reviewed")["decision"] == "left_pending"
    assert bench.package(package)["ModelApprovalStatus"] == "PendingManualApproval"
    assert "Model Package Reviewed" in bench.mail()[0][0]
    bench.decide(package, "Approved")
    assert row(bench.released(package)) == PROMOTED


def test_a_bar_against_live_passes_while_nothing_is_live(bench: Bench) -> None:
    bars = [{"metric": "metrics.auc", "at_least_vs_live": -0.005}]
    bench.policy({"approval": {"bars": bars}})
    assert row(bench.released(bench.register(auc=0.9))) == PROMOTED
    worse = bench.register(auc=0.88)
    bench.twin.until(lambda: len(bench.events("Model Package Reviewed")) == 2, 5, "the review")
    said = bench.events("Model Package Reviewed")[1]
    assert said["decision"] == "rejected"
    assert said["bars"][0]["live_value"] == 0.9
    assert said["model_package_arn"] == worse


@pytest.mark.parametrize(
    ("unreviewed", "auc", "expected"),
    [
        ("review", 0.9, PROMOTED),
        ("review", 0.7, REFUSED),
        ("accept", 0.7, PROMOTED),
        ("refuse", 0.9, REFUSED),
    ],
)
def test_a_package_registered_as_approved(
    bench: Bench, unreviewed: str, auc: float, expected: object
) -> None:
    bench.policy({"approval": {"unreviewed": unreviewed}})
    execution = bench.released(bench.register(auc, ModelApprovalStatus="Approved"))
    assert row(execution) == expected
    assert bench.exists == (expected == PROMOTED)


@pytest.mark.parametrize(("auc", "decision"), [(0.9, "approved"), (0.7, "rejected")])
def test_one_that_is_reviewed_on_its_way_leaves_what_every_review_leaves(
    bench: Bench, auc: float, decision: str
) -> None:
    """Writing on an approved package sends another event of it: nothing starts again."""
    bench.policy()
    package = bench.register(auc, ModelApprovalStatus="Approved")
    bench.released(package)
    (said,) = bench.events("Model Package Reviewed")
    assert (said["decision"], said["passed"]) == (decision, decision == "approved")
    shown = bench.package(package)
    assert shown["ModelApprovalStatus"] == "Approved"
    assert shown["CustomerMetadataProperties"]["penstock.decision"] == decision
    assert bench.evidence(shown["CustomerMetadataProperties"]["penstock.evidence"])
    bench.pass_minutes(32)
    assert (len(bench.executions(package)), len(bench.events("Model Package Reviewed"))) == (1, 1)


def test_one_whose_report_comes_late_is_released_when_it_is_there(bench: Bench) -> None:
    """Approved without a review and without a verdict yet: the sweep tries again, quietly."""
    bench.policy()
    evaluation = f"{bench.group}/1/evaluation.json"
    package = bench.register(report="", ModelApprovalStatus="Approved")
    bench.erase(evaluation)
    assert row(bench.end(bench.started(package))) == NOTHING_TO_DO
    bench.upload(evaluation, '{"metrics": {"auc": 0.9}}')
    bench.twin.until(lambda: len(bench.executions(package)) > 1, 20, "the sweep")
    assert row(bench.end(bench.executions(package)[-1].arn)) == PROMOTED
    assert bench.mail("Release Refused") == []


def test_a_persons_approval_over_no_verdict_counts_and_is_recorded(bench: Bench) -> None:
    bench.policy()
    package = bench.register(report="")
    bench.erase(f"{bench.group}/1/evaluation.json")
    bench.pass_minutes(2)
    bench.decide(package, "Approved")
    assert row(bench.released(package)) == PROMOTED
    assert any("approved without a verdict" in note for note in bench.last_plan().notes)


def test_a_persons_approval_over_a_recorded_miss_counts_and_is_recorded(bench: Bench) -> None:
    bench.live(approval={"on_miss": "leave_pending"})
    package = bench.register(auc=0.7)
    bench.twin.until(lambda: len(bench.events("Model Package Reviewed")) == 2, 5, "the review")
    bench.decide(package, "Approved")
    assert row(bench.released(package)) == PROMOTED
    assert any("approved over a recorded miss" in note for note in bench.last_plan().notes)


def test_a_report_that_comes_late_is_found_by_the_sweep(bench: Bench) -> None:
    bench.policy()
    evaluation = f"{bench.group}/1/evaluation.json"
    package = bench.register(report="")
    bench.erase(evaluation)
    bench.pass_minutes(2)
    assert bench.package(package)["ModelApprovalStatus"] == "PendingManualApproval"
    bench.upload(evaluation, '{"metrics": {"auc": 0.9}}')
    assert row(bench.end(bench.started(package, minutes=20))) == PROMOTED


def test_a_report_that_is_gone_after_the_review_does_not_block_the_release(bench: Bench) -> None:
    bench.live(approval={"mode": "manual"})
    package = bench.register()
    bench.twin.until(lambda: len(bench.events("Model Package Reviewed")) == 2, 5, "the review")
    bench.erase(f"{bench.group}/2/evaluation.json")
    bench.decide(package, "Approved")
    assert row(bench.released(package)) == PROMOTED
